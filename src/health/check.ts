import type { HealthCheck, Table } from '../model/table.ts';

/** One server of a backend that is to be checked. */
export interface Check {
  /** The id of the backend. */
  readonly backend: string;
  /** The id and url of the server. */
  readonly server: string;
  readonly url: string;
  /** The name that its address was resolved from; null where it has none. */
  readonly hostname: string | null;
  readonly how: HealthCheck;
}

/** All checks that a table asks for: of a server that is in several backends, one for each. */
export function checksOf({ backends }: Table): readonly Check[] {
  return backends.flatMap(({ id, servers, healthCheck }) =>
    healthCheck === null
      ? []
      : servers.map((server) => ({
          backend: id,
          server: server.id,
          url: server.url,
          hostname: server.hostname,
          how: healthCheck,
        })),
  );
}
