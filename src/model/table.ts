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

/** `exact`: this name. `pattern`: a template such as `{sub:[a-z]+}.example`. `any`: every host, written `*`. */
export type HostKind = 'exact' | 'pattern' | 'any';

/** Which hosts; names in lower case, without port or trailing dot. A template is as its user wrote it (`model/template.ts`). */
export interface HostMatch {
  readonly host: string;
  readonly hostKind: HostKind;
}

/** A `prefix` ends at a segment; with path `/` it matches every path. The other two are templates such as `/users/{id:[0-9]+}`. */
export type PathKind = 'prefix' | 'exact' | 'pattern' | 'prefix-pattern';

/** Which paths, spelled as `comparablePath` does. A template is as its user wrote it. */
export interface PathMatch {
  readonly path: string;
  readonly pathKind: PathKind;
}

/** What a request must be besides host and path. Patterns are RE2 source; that of a query's value is a template. */
export type Condition =
  | { readonly what: 'host'; readonly anyOf: readonly HostMatch[] }
  | { readonly what: 'path'; readonly anyOf: readonly PathMatch[] }
  | { readonly what: 'method'; readonly anyOf: readonly string[] }
  | { readonly what: 'field'; readonly name: string; readonly value: string }
  | { readonly what: 'field-pattern'; readonly name: string; readonly pattern: string }
  | { readonly what: 'query'; readonly name: string; readonly value: string };

/** What is done to the path that is sent on, in this order. The query is never touched. */
export interface Rewrite {
  /** Of these, the first that matches is cut off. */
  readonly strip: readonly PathMatch[];
  /** Put before the path; empty: nothing. */
  readonly addPrefix: string;
  /** All matches of an RE2 pattern are replaced; `$1` and `${name}` stand for its groups, as in Go. */
  readonly replacePattern: { readonly pattern: string; readonly replacement: string } | null;
  /** Sent instead of the path. */
  readonly replacePath: string | null;
}

/** Which requests go to which backend. */
export interface Route extends HostMatch, PathMatch {
  /** All must hold; sorted, each once. */
  readonly conditions: readonly Condition[];
  /** Null: sent on as it came. */
  readonly rewrite: Rewrite | null;
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
  /** Those of exact hosts by host, then precedence; then all others by precedence. No two match exactly the same requests. */
  readonly routes: readonly Route[];
  /** Sorted by id. */
  readonly backends: readonly Backend[];
}
