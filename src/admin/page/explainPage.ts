import type { Status } from '../../control/status.ts';
import type { Explained } from '../explain.ts';
import type { Html } from '../html.ts';
import { html } from '../html.ts';
import { renderDocument } from './document.ts';
import { renderRequestForm } from './explainForm.ts';
import { renderRequestExplanation } from './explainRequest.ts';
import { renderServiceExplanation } from './explainService.ts';
import { notice, renderNotices } from './summary.ts';

/** The page at `/explain`: a form, and under it the answer; `explained` null: nothing is asked yet, or nothing can be answered. */
export function renderExplainPage(
  status: Status,
  explained: Explained | null,
  query: URLSearchParams,
  now: number,
): string {
  const asked = {
    host: query.get('host') ?? '',
    path: query.get('path') ?? '',
    method: (query.get('method') ?? '').toUpperCase(),
  };
  const isWell = status.notReady.length === 0 && !status.metadata.stale;
  return renderDocument(
    titleOf(explained),
    html`${isWell ? null : renderNotices(status, now)} ${renderRequestForm(asked)}
    ${explained === null ? null : html`${renderExplained(explained)} ${renderJsonLink(query)}`}`,
    now,
  );
}

function renderJsonLink(query: URLSearchParams): Html {
  return html`<p class="note"><a href="/api/explain?${query.toString()}">This as JSON</a></p>`;
}

function titleOf(explained: Explained | null): string {
  if (explained === null || explained.kind === 'mistake') return 'explain';
  return explained.kind === 'request'
    ? `${explained.explanation.request.host}${explained.explanation.request.target}`
    : explained.explanation.service;
}

function renderExplained(explained: Explained): Html {
  if (explained.kind === 'mistake')
    return notice('bad', 'This cannot be explained', html`<p>${explained.message}</p>`);
  return explained.kind === 'request'
    ? renderRequestExplanation(explained.explanation)
    : renderServiceExplanation(explained.explanation);
}
