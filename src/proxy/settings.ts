/** `common`: the Common Log Format of NCSA httpd. */
export const ACCESS_LOG_FORMATS = ['off', 'json', 'common'] as const;

export type AccessLogFormat = (typeof ACCESS_LOG_FORMATS)[number];

/** What the data side needs to know from the configuration. Plain data: it crosses to the proxy threads. */
export interface ProxySettings {
  /** Null: all addresses, IPv4 and IPv6. */
  readonly bind: string | null;
  /** 0: any free one. */
  readonly port: number;
  /** CIDRs, e.g. `127.0.0.0/8`. */
  readonly trustedProxies: readonly string[];
  /** Lower-case protocol names. */
  readonly upgrades: readonly string[];
  /** Whether any certificate of a server that speaks https will do. */
  readonly insecureSkipVerify: boolean;
  readonly timeouts: Timeouts;
  readonly limits: Limits;
  /** On how many servers at most a request that is safe to repeat is tried, where its route does not say; 0 as 1: not repeated. */
  readonly retryAttempts: number;
  /** Whether plain requests go on the fast lane; else all are on the full lane. */
  readonly fastLane: boolean;
  readonly accessLog: AccessLogFormat;
}

/** Milliseconds; 0 where a deadline may be switched off. */
export interface Timeouts {
  readonly connectMs: number;
  readonly responseMs: number;
  readonly idleMs: number;
  readonly serverIdleMs: number;
  readonly streamMs: number;
  readonly headerMs: number;
}

export interface Limits {
  readonly headerBytes: number;
  /** 0: none. */
  readonly bodyBytes: number;
  /** Client connections at a time. */
  readonly connections: number;
  /** Requests in flight to one server at a time; 0: no limit. */
  readonly serverRequests: number;
  /** Requests that wait for a server of one backend. */
  readonly queue: number;
}
