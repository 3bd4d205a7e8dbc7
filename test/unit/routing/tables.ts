import type { Backend, Route, Table } from '../../../src/model/table.ts';
import { buildTable } from '../../../src/routing/build.ts';

/** A route as tests need it: all of `host` to the backend of `service`, but for what is given. */
export function routeOf(host: string, service: string, given: Partial<Route> = {}): Route {
  const usual = { path: '/', pathKind: 'prefix', priority: null, backend: service, refusal: null } as const;
  return { host, service, ...usual, ...given };
}

/** A backend with so many servers on loopback. */
export function backendOf(id: string, serverCount = 1): Backend {
  const servers = Array.from({ length: serverCount }, (_, i) => ({
    id: `${id.replace('/', '-')}-${i + 1}`,
    url: `http://127.0.0.1:${8081 + i}`,
    weight: 1,
  }));
  return { id, servers, passHostHeader: true };
}

/** A table of these routes, each backend with one server. */
export function tableOf(...routes: readonly Route[]): Table {
  return buildTable(
    routes,
    [...new Set(routes.map(({ backend }) => backend))].map((id) => backendOf(id)),
  ).table;
}
