import type { BreakerState, FailingServer } from '../model/condition.ts';
import type { Server, Table } from '../model/table.ts';

/** What is known of the servers and backends of one table besides the table itself. Never changed, but replaced. */
export interface Conditions {
  /** By `serverKey`. */
  readonly failing: ReadonlyMap<string, FailingServer>;
  /** By the id of the backend; one that is closed may be absent. */
  readonly breakers: ReadonlyMap<string, BreakerState>;
}

/** Nothing fails, and every circuit breaker is closed. */
export const NO_CONDITIONS: Conditions = { failing: new Map(), breakers: new Map() };

/** What a server is found by; `id` and `url` are its own. */
export function serverKey(backend: string, { id, url }: Pick<Server, 'id' | 'url'>): string {
  return `${backend}\n${id}\n${url}`;
}

/** What of all that was told is about this table: servers and backends come and go, and their conditions with them. */
export function conditionsOf(
  table: Table,
  failing: readonly FailingServer[],
  breakers: ReadonlyMap<string, BreakerState>,
): Conditions {
  const backends = new Map(table.backends.map((backend) => [backend.id, backend]));
  const known = failing.filter(({ backend, server, url }) => {
    const { servers = [], healthCheck = null } = backends.get(backend) ?? {};
    return healthCheck !== null && servers.some((each) => each.id === server && each.url === url);
  });
  return {
    failing: new Map(
      known.map((each) => [serverKey(each.backend, { id: each.server, url: each.url }), each]),
    ),
    breakers: new Map([...breakers].filter(([id]) => (backends.get(id)?.circuitBreaker ?? null) !== null)),
  };
}
