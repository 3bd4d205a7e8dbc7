import type { Backend, Route, Table } from '../../../src/model/table.ts';
import type { MatchableRequest } from '../../../src/routing/conditions.ts';
import { buildTable } from '../../../src/routing/build.ts';
import { backendWith, routeOf, serverOf } from '../../support/model.ts';
import type { Matcher } from '../../../src/routing/matcher.ts';

export { routeOf };

/** A request for all that a matcher asks about: a GET of `target` at `host`, but for what is given. */
export function requestOf(
  host: string,
  target = '/',
  given: Partial<MatchableRequest> = {},
): MatchableRequest {
  return { host, path: target.replace(/\?.*$/, ''), target, method: 'GET', fields: [], ...given };
}

/** A backend with so many servers on loopback. */
export function backendOf(id: string, serverCount = 1): Backend {
  const servers = Array.from({ length: serverCount }, (_, i) =>
    serverOf(`${id.replace('/', '-')}-${i + 1}`, `http://127.0.0.1:${8081 + i}`),
  );
  return backendWith(id, servers);
}

/** A table of these routes, each backend with one server. */
export function tableOf(...routes: readonly Route[]): Table {
  return buildTable(
    routes,
    [...new Set(routes.map(({ backend }) => backend))].map((id) => backendOf(id)),
  ).table;
}

/** The service whose route a request for `target` at `host` takes. */
export function serviceFound(
  matcher: Matcher,
  host: string,
  target = '/',
  given: Partial<MatchableRequest> & { readonly isTrusted?: boolean } = {},
): string | null {
  const match = matcher.match(requestOf(host, target, given), given.isTrusted === true);
  return match === null || typeof match === 'string' ? match : match.route.service;
}
