import type { HistoryItem, HistoryView } from '../../admin/history.ts';
import type { ChangeCounts } from '../../control/changeCounts.ts';
import { count, grouped } from '../../control/words.ts';
import { useAnswer } from '../answers.ts';
import { finder, foundWords, pageOf } from '../list.ts';
import { Answer } from '../parts/answer.tsx';
import { Badge, type Tone } from '../parts/badge.tsx';
import { Changes } from '../parts/changes.tsx';
import { Pager } from '../parts/pager.tsx';
import { looked, Search } from '../parts/search.tsx';
import { Ago, Moment } from '../parts/time.tsx';
import { place } from '../place.ts';

interface History {
  readonly history: readonly HistoryItem[];
}

const KINDS: Readonly<Record<HistoryItem['kind'], readonly [Tone, string]>> = {
  change: ['quiet', 'change'],
  start: ['good', 'start'],
  restored: ['warning', 'restored'],
};

/** What went live when. */
export function HistoryPage() {
  const answered = useAnswer<History>('/api/history');
  return (
    <>
      <h2 tabIndex={-1}>History</h2>
      <Search label="Show only installs with" placeholder="a service, a metadata version…" />
      <Answer answered={answered}>{({ history }) => <Installs history={history} />}</Answer>
    </>
  );
}

function Installs({ history }: History) {
  const isFound = finder(looked());
  const found = history.filter(({ summary, metadataVersion, kind }) =>
    isFound(`${summary}\n${metadataVersion}\n${kind}`.toLowerCase()),
  );
  const page = pageOf(found, place.value.query.get('page'));
  return (
    <>
      <p class="note" role="status">
        {history.length === 0
          ? 'Nothing was installed yet.'
          : foundWords(found.length, history.length, 'install')}
      </p>
      {page.total > 0 && (
        <ol class="sheet lined installs" reversed>
          {page.rows.map((item) => (
            <Install key={item.id} item={item} />
          ))}
        </ol>
      )}
      <Pager page={page} noun="install" />
    </>
  );
}

function Install({ item: { id, at, kind, summary, counts } }: { readonly item: HistoryItem }) {
  const [tone, words] = KINDS[kind];
  return (
    <li>
      <p>
        <a href={`/history/${id}`}>{summary}</a>
      </p>
      <p class="dim">
        <Moment at={at} />, <Ago at={at} />{' '}
        {kind === 'change' ? <Counts counts={counts} /> : <Badge tone={tone}>{words}</Badge>}
      </p>
    </li>
  );
}

/** How much of each was added, removed and changed. */
function Counts({ counts }: { readonly counts: ChangeCounts }) {
  const { routes, servers, findings } = counts;
  return (
    <>
      {tally('route', routes)} {tally('server', servers)} {tally('finding', { ...findings, changed: 0 })}
    </>
  );
}

function tally(noun: string, { added, removed, changed }: ChangeCounts['routes']) {
  if (added + removed + changed === 0) return null;
  return (
    <span class="tally">
      {noun}s{added > 0 && <b class="plus"> +{grouped(added)}</b>}
      {removed > 0 && <b class="minus"> −{grouped(removed)}</b>}
      {changed > 0 && <b> ~{grouped(changed)}</b>}
    </span>
  );
}

/** One install, with what it changed. */
export function HistoryEntryPage({ id }: { readonly id: string }) {
  const answered = useAnswer<HistoryView>(`/api/history/${encodeURIComponent(id)}`);
  return (
    <>
      <p class="crumbs">
        <a href="/history">History</a>
      </p>
      <h2 tabIndex={-1}>Install {id}</h2>
      <Answer answered={answered}>{(entry) => <Entry entry={entry} />}</Answer>
    </>
  );
}

const COMPARED_WORDS = {
  live: 'what was live before it',
  'last-run': 'what was live in the run before',
} as const;

function Entry({ entry }: { readonly entry: HistoryView }) {
  const { at, kind, tableId, metadataVersion, comparedWith, total, summary, changes, moreChanges } = entry;
  const [tone, words] = KINDS[kind];
  return (
    <>
      <p>{summary}</p>
      <dl class="facts">
        <div>
          <dt>When</dt>
          <dd>
            <Moment at={at} /> <Badge tone={tone}>{words}</Badge>
          </dd>
        </div>
        <div>
          <dt>What there was then</dt>
          <dd>
            {count(total.routes, 'route')}, {count(total.services, 'service')},{' '}
            {count(total.servers, 'server')}
          </dd>
        </div>
        <div>
          <dt>Findings</dt>
          <dd>
            {count(total.errors, 'error')}, {count(total.warnings, 'warning')}
          </dd>
        </div>
        <div>
          <dt>Table, metadata version</dt>
          <dd class="mono">
            {tableId}, {metadataVersion}
          </dd>
        </div>
      </dl>
      {comparedWith === null ? (
        <p class="note">It was the first of its run, and there is nothing to compare it with.</p>
      ) : (
        <p class="note">
          {changes.length + moreChanges === 0
            ? `No change of routes, servers or findings against ${COMPARED_WORDS[comparedWith]}.`
            : `Compared with ${COMPARED_WORDS[comparedWith]}:`}
        </p>
      )}
      <Changes changes={changes} more={moreChanges} />
    </>
  );
}
