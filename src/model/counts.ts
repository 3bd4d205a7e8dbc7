/** What a proxy thread has counted, as plain data: it crosses threads, and that of several threads can be summed. */

import type { ConnectionNumbers } from './connections.ts';

/** Methods that are counted each for itself (RFC 9110 section 9.3, RFC 5789). */
export const METHODS = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'CONNECT',
  'other',
] as const;

/** Classes of status codes; `none`: the client left before an answer. */
export const CODES = ['none', '1xx', '2xx', '3xx', '4xx', '5xx'] as const;

/** Up to how many milliseconds, inclusive, the buckets for durations reach; one more takes what was longer. */
export const BUCKETS_MS = [
  1, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000,
] as const;

/** What stands for the service of requests that have no route. No service is named so: their names have a slash. */
export const NO_SERVICE = 'none';

const REQUESTS = METHODS.length * CODES.length;
const DURATIONS = BUCKETS_MS.length + 1;

/** Where in the row of a service which number is. */
export const COLUMN = {
  /** Requests that are over: `CODES.length` numbers for each method. */
  requests: 0,
  /** How long they took, one number for each bucket, not added up. Without tunnels. */
  durations: REQUESTS,
  durationSumMs: REQUESTS + DURATIONS,
  bytesIn: REQUESTS + DURATIONS + 1,
  bytesOut: REQUESTS + DURATIONS + 2,
  retries: REQUESTS + DURATIONS + 3,
  /** Requests that are not over. */
  inFlight: REQUESTS + DURATIONS + 4,
} as const;

/** How many numbers the row of a service has. */
export const WIDTH = REQUESTS + DURATIONS + 5;

export interface Counts {
  /** Services of the table that had requests, those that left it with requests in flight, and `NO_SERVICE`. */
  readonly services: readonly string[];
  /** A row of `WIDTH` numbers for each of them, in their order: so 10,000 of them cross threads in next to no time. */
  readonly rows: Float64Array<ArrayBuffer>;
  /** Those that there is something to tell of; of a backend that several services share, two may be called alike. */
  readonly servers: readonly ServerCounts[];
  /** Requests that wait for a server now. */
  readonly queued: number;
  /** Requests that a server did not answer in full, by kind (`model/outcome.ts`). */
  readonly failures: Readonly<Record<string, number>>;
  readonly entrypoints: readonly EntrypointCounts[];
  /** Upgraded connections that are open now. */
  readonly tunnels: number;
  /** Answers by status code, of all services that there ever were. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Milliseconds that all requests took together, of all services that there ever were. Without tunnels. */
  readonly durationMs: number;
  /** The latest answers with a status of 400 or more, newest first, `MAX_RECENT_ERRORS` at most. */
  readonly recentErrors: readonly RecentError[];
  /** Requests by route, of each table that is routed by: one, but for the moment between two swaps. */
  readonly routes: readonly RouteCounts[];
  readonly threads: readonly ThreadVitals[];
}

/** How many answers with a status of 400 or more are remembered. */
export const MAX_RECENT_ERRORS = 10;

/** An answer with a status of 400 or more. What the client sent of it is cut where it is long. */
export interface RecentError {
  /** Milliseconds since the epoch, when the answer was over. */
  readonly at: number;
  readonly status: number;
  /** As sent; empty where the request could not be read. So are the other two. */
  readonly method: string;
  /** With its port. */
  readonly host: string;
  /** Without the query, which often holds secrets. */
  readonly path: string;
}

/** How many requests took each route of a table since it was swapped in. */
export interface RouteCounts {
  readonly tableId: string;
  /** By the route's place in the table. */
  readonly requests: Float64Array<ArrayBuffer>;
}

export interface ServerCounts {
  readonly backend: string;
  /** Its id. */
  readonly server: string;
  /** Connections to it that could not be made. */
  readonly connectErrors: number;
  readonly ejections: number;
  readonly isEjected: boolean;
  /** Requests now. */
  readonly inFlight: number;
}

export interface EntrypointCounts extends ConnectionNumbers {
  readonly entrypoint: string;
  /** How many client connections may have a place. */
  readonly limit: number;
}

/** How a thread of the process fares. */
export interface ThreadVitals {
  readonly thread: string;
  /** How long its event loop kept what was due waiting, of late: seconds that half, 99 % and all of its rounds stay below. */
  readonly delay: { readonly p50: number; readonly p99: number; readonly max: number };
  /** Seconds in which it did something, since it began. */
  readonly busySeconds: number;
  /** Seconds of that for collecting garbage. */
  readonly gcSeconds: number;
  readonly heapUsedBytes: number;
}

/** What a thread has counted that has done nothing. */
export const NO_COUNTS: Counts = {
  services: [],
  rows: new Float64Array(),
  servers: [],
  queued: 0,
  failures: {},
  entrypoints: [],
  tunnels: 0,
  statuses: {},
  durationMs: 0,
  recentErrors: [],
  routes: [],
  threads: [],
};
