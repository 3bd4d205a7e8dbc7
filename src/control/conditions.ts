import type { BreakerState, EjectedServer, FailingServer } from '../model/condition.ts';
import type { Server, Table } from '../model/table.ts';

/** What is known of the servers and backends of one table besides the table itself. Never changed, but replaced. */
export interface Conditions {
  /** By `serverKey`. */
  readonly failing: ReadonlyMap<string, FailingServer>;
  /** By `serverKey`; those on probation too. */
  readonly ejected: ReadonlyMap<string, EjectedServer>;
  /** By the id of the backend; one that is closed may be absent. */
  readonly breakers: ReadonlyMap<string, BreakerState>;
}

/** Nothing fails or is ejected, and every circuit breaker is closed. */
export const NO_CONDITIONS: Conditions = { failing: new Map(), ejected: new Map(), breakers: new Map() };

/** What was told, perhaps of another table. */
export interface Told {
  readonly failing: readonly FailingServer[];
  readonly ejected: ReadonlyMap<string, EjectedServer>;
  readonly breakers: ReadonlyMap<string, BreakerState>;
}

/** What a server is found by; `id` and `url` are its own. */
export function serverKey(backend: string, { id, url }: Pick<Server, 'id' | 'url'>): string {
  return `${backend}\n${id}\n${url}`;
}

/** How messages name a server. */
type ServerName = Pick<FailingServer, 'backend' | 'server' | 'url'>;

/** `serverKey` of a server as messages name it. */
export function keyOf({ backend, server, url }: ServerName): string {
  return serverKey(backend, { id: server, url });
}

/** What of all that was told is about this table: servers and backends come and go, and their conditions with them. */
export function conditionsOf(table: Table, { failing, ejected, breakers }: Told): Conditions {
  const backends = new Map(table.backends.map((backend) => [backend.id, backend]));
  const isKnown = ({ backend, server, url }: ServerName): boolean =>
    backends.get(backend)?.servers.some((each) => each.id === server && each.url === url) === true;
  const known = failing.filter(
    (server) => (backends.get(server.backend)?.healthCheck ?? null) !== null && isKnown(server),
  );
  return {
    failing: new Map(known.map((server) => [keyOf(server), server])),
    ejected: new Map([...ejected].filter(([, server]) => isKnown(server))),
    breakers: new Map([...breakers].filter(([id]) => (backends.get(id)?.circuitBreaker ?? null) !== null)),
  };
}
