/** What main and a proxy thread tell each other. Plain data. */

import type { AccessBatch } from '../telemetry/accessLog.ts';
import type { Overload } from '../model/connections.ts';
import type { BreakerState, EjectedServer, FailingServer } from '../model/condition.ts';
import type { Counts } from '../model/counts.ts';
import type { News } from '../traffic/news.ts';
import type { Rows } from '../traffic/rows.ts';
import type { Sharing } from '../traffic/sharedLimits.ts';
import type { ProxySettings } from './settings.ts';

/** The `workerData` of a proxy thread. */
export interface ProxyThreadData {
  readonly settings: ProxySettings;
  /** What it is called, e.g. `proxy-1`. */
  readonly name: string;
  /** What it shares with the others; null: there are none. */
  readonly sharing: (Sharing & { readonly channel: string }) | null;
}

export type ToProxy =
  /** Read this table (`routing/wire.ts`); answered by `prepared`. `rows`: null where nothing is shared. */
  | { readonly kind: 'install'; readonly tableBytes: SharedArrayBuffer; readonly rows: Rows | null }
  /** Route by the table that was read last; answered by `installed`. The first one opens the entrypoint, on this port. */
  | { readonly kind: 'swap'; readonly port: number }
  /** Do as another thread does that has found something out. */
  | { readonly kind: 'learn'; readonly news: News }
  /** These servers, and no others, fail their active health check. */
  | { readonly kind: 'health'; readonly failing: readonly FailingServer[] }
  /** So many bytes of the access log are with main now. */
  | { readonly kind: 'accessLogTaken'; readonly bytes: number }
  /** Tell what was counted so far; answered in pieces by `counts` with the same id. */
  | { readonly kind: 'collect'; readonly id: number }
  /** Answer everything with `Connection: close`, still accepting. */
  | { readonly kind: 'announceStop' }
  /** Accept no more; the thread exits when the last request is done, at the latest after `graceMs`. */
  | { readonly kind: 'stop'; readonly graceMs: number };

export type FromProxy =
  | { readonly kind: 'prepared'; readonly tableId: string }
  /** `at`: milliseconds since the epoch, by a clock that all threads have. */
  | {
      readonly kind: 'installed';
      readonly tableId: string;
      readonly decodeMs: number;
      readonly at: number;
    }
  | { readonly kind: 'listening'; readonly address: string; readonly port: number }
  | { readonly kind: 'listenFailed'; readonly code: string; readonly message: string }
  /** Forwarded fields of a private but untrusted peer were dropped: said once for each peer address. */
  | { readonly kind: 'untrustedForwarder'; readonly peer: string }
  /** The circuit breaker of a backend changed its state. `isTold`, here and below: because this thread was told to (`learn`). */
  | {
      readonly kind: 'breaker';
      readonly backend: string;
      readonly state: BreakerState;
      readonly isTold: boolean;
    }
  /** A server was ejected, or put on probation. */
  | { readonly kind: 'ejected'; readonly server: EjectedServer; readonly isTold: boolean }
  /** A server that was ejected gets its share of requests again. */
  | { readonly kind: 'readmitted'; readonly server: EjectedServer; readonly isTold: boolean }
  /** A server's certificate was refused: said once for each server and reason, and again after a while. */
  | {
      readonly kind: 'untrustedServer';
      readonly backend: string;
      readonly url: string;
      readonly reason: string;
    }
  /** Lines of the access log, to be answered by `accessLogTaken`. All of them come before `stopped`. */
  | ({ readonly kind: 'accessLog' } & AccessBatch)
  /** There are more client connections than may be open, or are so no longer. */
  | ({ readonly kind: 'overload' } & Overload)
  /** A piece of what was counted; all pieces up to the last add up (`telemetry/sumCounts.ts`). */
  | {
      readonly kind: 'counts';
      readonly id: number;
      readonly counts: Counts;
      readonly isLast: boolean;
    }
  | { readonly kind: 'stopped'; readonly cutOff: number };
