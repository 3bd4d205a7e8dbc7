import type { Backend, Route, Table } from '../model/table.ts';

/** The route that a request takes, and the backend that it leads to. */
export interface Match {
  readonly route: Route;
  readonly backend: Backend;
}

/** Finds the route of a request. */
export interface Matcher {
  /**
   * `host` as `normalizeHost` gives it, `path` of the request target without its query. One look-up however many hosts
   * there are; hosts match as a whole, and a path prefix ends at a segment. Null: no route.
   */
  match(host: string, path: string): Match | null;
}

/** Makes a matcher of a whole table at once. Throws where a route names a backend that the table lacks: a bug. */
export function buildMatcher(table: Table): Matcher {
  const builder = new MatcherBuilder();
  for (const backend of table.backends) builder.addBackend(backend);
  for (const route of table.routes) builder.addRoute(route);
  return builder.finish();
}

/** Makes a matcher piece by piece, for who must not take long at a time: first backends, then routes in the table's order. */
export class MatcherBuilder {
  readonly #backends = new Map<string, Backend>();
  readonly #byHost = new Map<string, Match[]>();

  addBackend(backend: Backend): void {
    this.#backends.set(backend.id, backend);
  }

  addRoute(route: Route): void {
    const backend = this.#backends.get(route.backend);
    if (backend === undefined)
      throw new Error(
        `The table has no backend ${route.backend}, which the route of ${route.host} leads to.`,
      );
    const matches = this.#byHost.get(route.host);
    if (matches === undefined) this.#byHost.set(route.host, [{ route, backend }]);
    else matches.push({ route, backend });
  }

  finish(): Matcher {
    const byHost = this.#byHost;
    return {
      match(host, path) {
        const candidates = byHost.get(host);
        return candidates?.find(({ route }) => matchesPath(route, path)) ?? null;
      },
    };
  }
}

function matchesPath(route: Route, path: string): boolean {
  const { length } = route.path;
  if (route.pathKind === 'exact') return path === route.path;
  if (length === 1) return true;
  return (
    path.startsWith(route.path) &&
    (path.length === length || route.path.endsWith('/') || path[length] === '/')
  );
}
