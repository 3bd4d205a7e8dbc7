/** What is known of servers and backends besides their table: it comes and goes with the traffic. Plain data. */

/** A server of a backend whose active health check fails. */
export interface FailingServer {
  /** The id of its backend. */
  readonly backend: string;
  /** Its own id and url, which together are unique in the backend. */
  readonly server: string;
  readonly url: string;
  /** What came instead of an answer below 400, in a few words, e.g. `answered 500`. */
  readonly reason: string;
}

/** `closed`: requests pass. `open`: all are answered 503. `recovering`: more and more of them pass. */
export type BreakerState = 'closed' | 'open' | 'recovering';
