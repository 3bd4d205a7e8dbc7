import { count, grouped } from '../../control/words.ts';
import { PAGE_ROWS, type Page } from '../list.ts';
import { hrefWith } from '../place.ts';

interface PagerProps {
  readonly page: Page<unknown>;
  /** What the rows are: `route`. */
  readonly noun: string;
}

/** Leads from page to page of a long list; nothing where there is one page only. */
export function Pager({ page: { page, pages, total }, noun }: PagerProps) {
  if (pages === 1) return null;
  const first = (page - 1) * PAGE_ROWS + 1;
  const last = Math.min(total, page * PAGE_ROWS);
  return (
    <nav class="pager" aria-label={`Pages of ${noun}s`}>
      {page > 1 ? (
        <a href={hrefWith({ page: String(page - 1) })}>Previous</a>
      ) : (
        <span class="dim">Previous</span>
      )}
      <span>
        {grouped(first)}–{grouped(last)} of {count(total, noun)}
      </span>
      {page < pages ? <a href={hrefWith({ page: String(page + 1) })}>Next</a> : <span class="dim">Next</span>}
    </nav>
  );
}
