import type { Install, Status } from '../../control/status.ts';
import type { Html } from '../html.ts';
import { html } from '../html.ts';
import { renderDocument } from './document.ts';
import { NO_QUESTION, renderRequestForm } from './explainForm.ts';
import { renderFindings } from './findings.ts';
import { renderRoutes } from './routes.ts';
import type { Selection } from './selection.ts';
import { select } from './selection.ts';
import { viewsOf } from '../installViews.ts';
import { renderServices } from './services.ts';
import { EMPTY } from './empty.ts';
import { renderCards, renderNotices } from './summary.ts';

/** The page at `/`: one document without scripts, true at `now` (milliseconds since the epoch). */
export function renderPage(status: Status, filter: string, now: number): string {
  return renderDocument(
    pageTitle(status),
    html`${renderNotices(status, now)}
      <div class="cards">${renderCards(status, now)}</div>
      ${status.install === null ? null : renderInstall(status.install, filter, status)}`,
    now,
  );
}

function pageTitle({ notReady, metadata }: Status): string {
  const state =
    notReady.length > 0
      ? 'not ready'
      : metadata.stale
        ? 'stale'
        : metadata.held !== null
          ? 'held'
          : metadata.lastError === null
            ? 'ready'
            : 'metadata fails';
  return state;
}

function renderInstall(install: Install, filter: string, { entrypoints }: Status): Html {
  if (install.derivation.services.length === 0) return EMPTY;
  const selection = select(install, filter);
  const { matching, services, routes } = selection;
  const anchored = new Set(services.shown.map(({ id }) => id));
  return html`<div class="asking">${renderFilter(selection)} ${renderRequestForm(NO_QUESTION)}</div>
    ${
      services.total === 0 && routes.total === 0
        ? html`<p class="note">Nothing matches “${selection.filter}”. <a href="/">Show everything</a></p>`
        : html`${renderFindings(matching)} ${renderRoutes(routes, anchored, entrypoints)}
          ${renderServices(services, (id) => viewsOf(install).serviceView(id))}`
    }`;
}

function renderFilter({ filter }: Selection): Html {
  return html`<search>
    <form action="/" method="get">
      <label for="q">Show only what contains</label>
      <input
        id="q"
        name="q"
        type="search"
        value="${filter}"
        placeholder="a host, service, container, finding…"
      />
      <button>Filter</button>
      ${filter === '' ? null : html`<a href="/">Show everything</a>`}
    </form>
  </search>`;
}
