/** What main and a proxy thread tell each other. Plain data. */

import type { BreakerState, FailingServer } from '../model/condition.ts';
import type { Counts } from '../model/counts.ts';
import type { ProxySettings } from './settings.ts';

/** The `workerData` of a proxy thread. */
export interface ProxyThreadData {
  readonly settings: ProxySettings;
}

export type ToProxy =
  /** Route by this table from now on (`routing/wire.ts`). The first one opens the entrypoint. */
  | { readonly kind: 'install'; readonly tableBytes: SharedArrayBuffer }
  /** These servers, and no others, fail their active health check. */
  | { readonly kind: 'health'; readonly failing: readonly FailingServer[] }
  /** Tell what was counted so far; answered in pieces by `counts` with the same id. */
  | { readonly kind: 'collect'; readonly id: number }
  /** Answer everything with `Connection: close`, still accepting. */
  | { readonly kind: 'announceStop' }
  /** Accept no more; the thread exits when the last request is done, at the latest after `graceMs`. */
  | { readonly kind: 'stop'; readonly graceMs: number };

export type FromProxy =
  | { readonly kind: 'installed'; readonly tableId: string; readonly decodeMs: number }
  | { readonly kind: 'listening'; readonly address: string; readonly port: number }
  | { readonly kind: 'listenFailed'; readonly code: string; readonly message: string }
  /** Forwarded fields of a private but untrusted peer were dropped: said once for each peer address. */
  | { readonly kind: 'untrustedForwarder'; readonly peer: string }
  /** The circuit breaker of a backend changed its state. */
  | { readonly kind: 'breaker'; readonly backend: string; readonly state: BreakerState }
  /** A server's certificate was refused: said once for each server and reason, and again after a while. */
  | {
      readonly kind: 'untrustedServer';
      readonly backend: string;
      readonly url: string;
      readonly reason: string;
    }
  /** A piece of what was counted; all pieces up to the last add up (`telemetry/sumCounts.ts`). */
  | {
      readonly kind: 'counts';
      readonly id: number;
      readonly counts: Counts;
      readonly isLast: boolean;
    }
  | { readonly kind: 'stopped'; readonly cutOff: number };
