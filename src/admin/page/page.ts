import { PROGRAM } from '../../control/program.ts';
import type { Install, Status } from '../../control/status.ts';
import { html, Html } from '../html.ts';
import { isoTime } from '../overview.ts';
import { ICON_HREF, LOGO, STYLE } from '../style.ts';
import { renderFindings } from './findings.ts';
import { renderRoutes } from './routes.ts';
import type { Selection } from './selection.ts';
import { select } from './selection.ts';
import { renderServices } from './services.ts';
import { EMPTY } from './empty.ts';
import { renderCards, renderNotices } from './summary.ts';

/** Exactly this text is what the Content-Security-Policy has the hash of. */
const STYLE_ELEMENT = new Html(`<style>${STYLE}</style>`);

/** The page at `/`: one document without scripts, true at `now` (milliseconds since the epoch). */
export function renderPage(status: Status, filter: string, now: number): string {
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${pageTitle(status)}</title>
        <link rel="icon" href="${ICON_HREF}" />
        ${STYLE_ELEMENT}
      </head>
      <body>
        <header>
          <a class="brand" href="/"
            >${new Html(LOGO)}
            <h1>active-lb</h1></a
          >
          <span class="dim">${PROGRAM.version}</span>
        </header>
        <main>
          ${renderNotices(status, now)}
          <div class="cards">${renderCards(status, now)}</div>
          ${status.install === null ? null : renderInstall(status.install, filter, status)}
        </main>
        <footer>
          <p>As of <time datetime="${isoTime(now)}">${isoTime(now)}</time>; reload for the present.</p>
          <p>
            JSON: <a href="/api/overview">overview</a>, <a href="/api/routes">routes</a>,
            <a href="/api/services">services</a>, <a href="/api/version">version</a>,
            <a href="/ready">ready</a>
          </p>
        </footer>
      </body>
    </html> `;
  return page.text.trimStart();
}

function pageTitle({ notReady, metadata }: Status): string {
  const state =
    notReady.length > 0
      ? 'not ready'
      : metadata.stale
        ? 'stale'
        : metadata.lastError === null
          ? 'ready'
          : 'metadata fails';
  return `${state} · active-lb`;
}

function renderInstall(install: Install, filter: string, { entrypoints }: Status): Html {
  if (install.derivation.services.length === 0) return EMPTY;
  const selection = select(install, filter);
  const { matching, services, routes } = selection;
  const anchored = new Set(services.shown.map(({ id }) => id));
  return html`${renderFilter(selection)}
  ${
    services.total === 0 && routes.total === 0
      ? html`<p class="note">Nothing matches “${selection.filter}”. <a href="/">Show everything</a></p>`
      : html`${renderFindings(matching)} ${renderRoutes(routes, anchored, entrypoints)}
        ${renderServices(services)}`
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
