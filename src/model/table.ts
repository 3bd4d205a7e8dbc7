/** Plain immutable data, all of it: a table crosses threads and goes to disk, so it must survive `structuredClone`. */

/** An address that receives requests. */
export interface Server {
  /** The container's name: unique in its backend and stable while the container lives. */
  readonly id: string;
  /** `http://address:port`. */
  readonly url: string;
  /** ≥ 0; the share of requests in proportion to the other servers of the backend. */
  readonly weight: number;
}

/** A balanced set of servers. */
export interface Backend {
  /** `stack/name` of the service it comes from. */
  readonly id: string;
  /** Sorted by id; empty where no container is eligible. */
  readonly servers: readonly Server[];
  /** Whether servers see the client's Host (true) or their own address. */
  readonly passHostHeader: boolean;
}

/** `prefix` with path `/` matches every path. */
export type PathKind = 'prefix' | 'exact';

/** Which requests go to which backend. */
export interface Route {
  /** Lower case, without port or trailing dot. */
  readonly host: string;
  readonly path: string;
  readonly pathKind: PathKind;
  /** As the user set it: higher first, and any before none (null). */
  readonly priority: number | null;
  /** `stack/name` of the service that asked for it. */
  readonly service: string;
  /** The id of its backend. */
  readonly backend: string;
  /** Why requests are answered 503 instead of being forwarded (fail closed); null for a normal route. */
  readonly refusal: string | null;
}

/** What the proxy routes by. */
export interface Table {
  /** The same for the same routes and backends, on every host and after every restart. */
  readonly id: string;
  /** Sorted by host, then precedence. No two have the same host, path and path kind. */
  readonly routes: readonly Route[];
  /** Sorted by id. */
  readonly backends: readonly Backend[];
}
