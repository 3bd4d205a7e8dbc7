/** What main and a proxy thread tell each other. Plain data. */

import type { ProxySettings } from './settings.ts';

/** The `workerData` of a proxy thread. */
export interface ProxyThreadData {
  readonly settings: ProxySettings;
}

export type ToProxy =
  /** Route by this table from now on (`routing/wire.ts`). The first one opens the entrypoint. */
  | { readonly kind: 'install'; readonly tableBytes: SharedArrayBuffer }
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
  | { readonly kind: 'stopped'; readonly cutOff: number };
