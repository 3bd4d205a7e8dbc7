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

/** A server of a backend that gets no requests, or only one at a time, because of how it answered. */
export interface EjectedServer {
  /** The id of its backend. */
  readonly backend: string;
  /** Its own id and url, which together are unique in the backend. */
  readonly server: string;
  readonly url: string;
  /** What it did, in a few words, e.g. `did not answer in time, 3 times in a row`. */
  readonly reason: string;
  /** Milliseconds since the epoch, when it is put on probation; null: it is, and gets one request at a time until one succeeds. */
  readonly until: number | null;
}

/** `closed`: requests pass. `open`: all are answered 503. `recovering`: more and more of them pass. */
export type BreakerState = 'closed' | 'open' | 'recovering';
