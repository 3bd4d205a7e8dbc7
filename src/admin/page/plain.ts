import { PROGRAM } from '../../control/program.ts';
import type { Install, Status } from '../../control/status.ts';
import { count, durationWords } from '../../control/words.ts';
import type { Backend, Route } from '../../model/table.ts';
import { routeWords } from '../../routing/words.ts';
import { html, type Html } from '../html.ts';
import { viewsOf } from '../installViews.ts';

/** More than this is for scripts, which ask `/api/routes`. */
const MAX_ROUTES = 300;

/** What is routed, for browsers that run no script and for people who look at the page with curl. */
export function renderPlain({ install, metadata, notReady }: Status): Html {
  return html`<main>
    <h1>${PROGRAM.name} ${PROGRAM.version}</h1>
    ${notReady.map((reason) => html`<p>Not ready: ${reason}</p>`)}
    ${metadata.ageMs === null ? null : html`<p>Metadata was read ${durationWords(metadata.ageMs)} ago.</p>`}
    ${metadata.stale ? html`<p>Metadata is stale.</p>` : null}
    ${metadata.lastError === null ? null : html`<p>Metadata cannot be read: ${metadata.lastError.message}</p>`}
    ${install === null ? html`<p>Nothing is routed yet.</p>` : renderRoutes(install)}
    <p>
      The dashboard needs JavaScript. The same as JSON: <a href="/api/overview">overview</a>,
      <a href="/api/routes">routes</a>, <a href="/api/services">services</a>,
      <a href="/api/history">history</a>, /api/explain?host=… and /api/explain?service=…
    </p>
  </main>`;
}

function renderRoutes(install: Install): Html {
  const { routes, backends } = install.derivation.table;
  const { errors, warnings } = viewsOf(install).counts;
  const byId = new Map(backends.map((backend) => [backend.id, backend]));
  return html`<p>
      ${count(routes.length, 'route')}; ${count(errors, 'error')} and ${count(warnings, 'warning')} in labels.
    </p>
    <ul>
      ${routes.slice(0, MAX_ROUTES).map((route) => renderRoute(route, byId.get(route.backend)))}
    </ul>
    ${routes.length > MAX_ROUTES ? html`<p>… and ${count(routes.length - MAX_ROUTES, 'more route')}.</p>` : null}`;
}

function renderRoute(route: Route, backend: Backend | undefined): Html {
  const outcome = route.refusal === null ? count(backend?.servers.length ?? 0, 'server') : 'refused';
  return html`<li>${routeWords(route)} → ${route.service} (${outcome})</li>`;
}
