import type { EntrypointStatus } from '../../control/status.ts';
import type { RouteView } from '../../control/views.ts';
import { count } from '../../control/words.ts';
import type { Html } from '../html.ts';
import { html } from '../html.ts';
import { badge } from './badges.ts';
import { filterHref, routeHref, serviceAnchor } from './links.ts';
import type { Excerpt } from './selection.ts';

/** The table of routes. `anchored` are the services that stand further down this page. */
export function renderRoutes(
  routes: Excerpt<RouteView>,
  anchored: ReadonlySet<string>,
  entrypoints: readonly EntrypointStatus[],
): Html {
  return html`<section aria-labelledby="routes">
    <h2 id="routes">Routes <span class="count">${count(routes.total, 'route')}</span></h2>
    ${
      routes.shown.length === 0
        ? html`<p class="note">No route.</p>`
        : html`<table class="routes">
            <caption>
              Which requests go to which service
            </caption>
            <thead>
              <tr>
                <th scope="col">Requests for</th>
                <th scope="col">Go to</th>
                <th scope="col">Servers</th>
              </tr>
            </thead>
            <tbody>
              ${routes.shown.map((route) => renderRoute(route, anchored, entrypoints))}
            </tbody>
          </table>`
    }
    ${
      routes.total > routes.shown.length
        ? html`<p class="note">
            The first ${routes.shown.length} of ${count(routes.total, 'route')}. The filter finds the others.
          </p>`
        : null
    }
  </section>`;
}

function renderRoute(
  route: RouteView,
  anchored: ReadonlySet<string>,
  entrypoints: readonly EntrypointStatus[],
): Html {
  const { service, segment } = route;
  const serviceHref = anchored.has(service) ? `#${serviceAnchor(service)}` : filterHref(service);
  return html`<tr>
    <th scope="row">${renderMatch(route, entrypoints)}</th>
    <td>
      <a href="${serviceHref}">${service}</a>
      ${segment === null ? null : html`<span class="dim">segment ${segment}</span>`}
    </td>
    <td>${renderServers(route)}</td>
  </tr>`;
}

function renderMatch(route: RouteView, entrypoints: readonly EntrypointStatus[]): Html {
  const { host, path, pathKind, priority, conditions, rewrite, passHostHeader } = route;
  const name = path === '/' && pathKind === 'prefix' ? host : `${host}${path}`;
  const href = routeHref(route, entrypoints);
  return html`${href === null ? name : html`<a href="${href}" rel="noreferrer">${name}</a>`}
  ${pathKind === 'exact' || pathKind === 'pattern' ? html`<span class="dim">exactly</span>` : null}
  ${priority === null ? null : html`<span class="dim">priority ${priority}</span>`}
  ${conditions.map((condition, i) => html`<p class="dim">${i === 0 ? 'if' : 'and'} ${condition}</p>`)}
  ${rewrite.map((step) => html`<p class="dim">${step}</p>`)}
  ${passHostHeader ? null : html`<p class="dim">servers see their own address as Host</p>`}`;
}

function renderServers({ refusal, servers }: RouteView): Html {
  if (refusal !== null) return html`${badge('bad', 'refused')} <span class="dim">answers 503</span>`;
  if (servers.length === 0) return html`${badge('warning', 'none')} <span class="dim">answers 503</span>`;
  return html`${servers.length}`;
}
