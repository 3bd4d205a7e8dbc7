/** What is made of counts: what of them there was in a second. Plain data. */

import type { ServerCounts } from './counts.ts';

/** What became of requests between two moments. All numbers are rounded to hundredths, and none is negative. */
export interface Rates {
  readonly total: TotalRates;
  /** Those that there is something to tell of, by `stack/name`. */
  readonly services: ReadonlyMap<string, ServiceRates>;
  /** Routes that were taken, of each table that was routed by. */
  readonly routes: readonly RouteRates[];
  /** How many answers there were by status code; those that there were none of are left out. */
  readonly statuses: Readonly<Record<string, number>>;
}

export interface ServiceRates {
  /** Requests that are over. */
  readonly requestsPerSecond: number;
  /** Of those, the ones that were answered 5xx. */
  readonly errorsPerSecond: number;
  /** Null where none is over. */
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  /** Requests that are not over. */
  readonly inFlight: number;
}

export interface TotalRates extends ServiceRates {
  readonly p99Ms: number | null;
  /** Client connections that have a place. */
  readonly connections: number;
  /** Client connections that wait for one. */
  readonly waiting: number;
  /** Requests that wait for a server. */
  readonly queued: number;
}

export interface RouteRates {
  readonly tableId: string;
  /** The route's place in the table, and requests that took it each second. */
  readonly rates: readonly (readonly [index: number, requestsPerSecond: number])[];
}

/** What a second of traffic was like. */
export interface Statistics extends Rates {
  /** Milliseconds since the epoch, at the end. */
  readonly at: number;
  /** How long it was in fact. */
  readonly seconds: number;
  readonly servers: readonly ServerCounts[];
}

/** A second of all traffic together. */
export interface DatedTotal {
  readonly at: number;
  readonly total: TotalRates;
}
