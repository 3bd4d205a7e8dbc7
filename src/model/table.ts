/** Plain immutable data, all of it: a table crosses threads and goes to disk, so it must survive `structuredClone`. */

/** An address that receives requests. */
export interface Server {
  /** The container's name, or the address of an external service: stable while it lives. In a shared backend two may be alike. */
  readonly id: string;
  /** `http://address:port` or `https://address:port`; with the id unique in its backend. */
  readonly url: string;
  /** ≥ 0; the share of requests in proportion to the other servers of the backend. 0: only those that stick to it. */
  readonly weight: number;
  /** The name that its address was resolved from: what it is called in TLS and as Host; null for a container. */
  readonly hostname: string | null;
  /** Whether it comes before servers that are not: those receive requests only while none of the preferred can. */
  readonly isPreferred: boolean;
}

/** A balanced set of servers, of one service or of several that share it. */
export interface Backend {
  /**
   * `stack/name` of its service or `stack/name/segment`; where services share it by `traefik.backend`, `stack//name`, or
   * `stack//name/segment` where it is named for a service with segments as a whole.
   */
  readonly id: string;
  /** Sorted by id and url; empty where no container is eligible. */
  readonly servers: readonly Server[];
  readonly method: BalancingMethod;
  /** Null: every request is balanced for itself. */
  readonly stickiness: Stickiness | null;
  readonly circuitBreaker: CircuitBreaker | null;
  readonly healthCheck: HealthCheck | null;
}

/**
 * `wrr`: by weight in turn. `drr`: the same with weights that fall with latency and errors. `least`: of two servers the one with fewer
 * requests in flight.
 */
export type BalancingMethod = 'wrr' | 'drr' | 'least';

/** A client's requests go to the server that it was first sent to, which a cookie names (RFC 6265). */
export interface Stickiness {
  /** The cookie's name. */
  readonly cookie: string;
  readonly secure: boolean;
  readonly httpOnly: boolean;
  readonly sameSite: 'none' | 'lax' | 'strict' | null;
}

/** When it holds, requests are answered 503 for a while instead of being forwarded. */
export interface CircuitBreaker {
  /** As its user wrote it. */
  readonly expression: string;
  readonly condition: BreakerCondition;
}

/** What an expression such as `NetworkErrorRatio() > 0.5 || !(LatencyAtQuantileMS(50.0) < 80)` says (vulcand/oxy, and so Traefik 1.7). */
export type BreakerCondition =
  | { readonly kind: 'and' | 'or'; readonly left: BreakerCondition; readonly right: BreakerCondition }
  | { readonly kind: 'not'; readonly of: BreakerCondition }
  | {
      readonly kind: 'compare';
      readonly metric: BreakerMetric;
      readonly operator: '<' | '<=' | '>' | '>=' | '==' | '!=';
      readonly value: number;
    };

export type BreakerMetric =
  /** Of all requests of the last ten seconds, those that a server refused, broke off or let time out, or answered 502 or 504. */
  | { readonly kind: 'network-error-ratio' }
  /** Answers with a status of at least `from` and below `to`, divided by those from `dividedFrom` to below `dividedTo`. */
  | {
      readonly kind: 'response-code-ratio';
      readonly from: number;
      readonly to: number;
      readonly dividedFrom: number;
      readonly dividedTo: number;
    }
  /** Milliseconds until the response's head that `quantile` per cent of requests stay below. */
  | { readonly kind: 'latency-at-quantile'; readonly quantile: number };

/** An active check of every server, besides Rancher's. */
export interface HealthCheck {
  /** A request target. */
  readonly path: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Null: the server's own. */
  readonly port: number | null;
  /** Null: the server's own. */
  readonly scheme: 'http' | 'https' | null;
  /** Sent as Host; null: the server's address. */
  readonly hostname: string | null;
  /** Alternating names and values. */
  readonly fields: readonly string[];
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
  /** The segment of the service that asked for it (`traefik.<segment>.…`); null for the service as a whole. */
  readonly segment: string | null;
  /** The id of its backend. */
  readonly backend: string;
  /** Whether servers see the client's Host (true) or their own address. */
  readonly passHostHeader: boolean;
  /** How many servers a request that is safe to repeat is tried on at most, once connected; null: as the settings say. */
  readonly attempts: number | null;
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
