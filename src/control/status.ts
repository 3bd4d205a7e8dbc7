import type { Derivation } from '../model/derivation.ts';
import type { Conditions } from './conditions.ts';
import type { Hold } from './events.ts';

/** What main knows, for the admin server to show. Read anew for every request. */
export interface Status {
  readonly startedAt: number;
  /** Milliseconds since then, whatever became of the time of day. */
  readonly uptimeMs: number;
  /** What requests are routed by; null before the first install. */
  readonly install: Install | null;
  readonly metadata: MetadataStatus;
  readonly entrypoints: readonly EntrypointStatus[];
  /** Why `/ready` says no, in words; empty when ready. */
  readonly notReady: readonly string[];
}

export interface Install {
  readonly derivation: Derivation;
  readonly conditions: Conditions;
  readonly metadataVersion: string;
  /** Milliseconds since the epoch, as all times here. */
  readonly installedAt: number;
}

export interface MetadataStatus {
  readonly url: string;
  readonly lastSuccessAt: number | null;
  /** Milliseconds since then, whatever became of the time of day; null before it. */
  readonly ageMs: number | null;
  /** The last failure; null after a success. */
  readonly lastError: { readonly message: string; readonly at: number } | null;
  /** How many refreshes failed since the start. */
  readonly failuresTotal: number;
  /** No success for five refresh intervals, or none at all while what is installed comes from disk. */
  readonly stale: boolean;
  /** While what is installed comes from `LB_STATE_DIR`: when it was read from the source. Else null. */
  readonly fromState: { readonly readAt: number } | null;
  /** A refresh that is no failure, but not installed either, since it would remove most of the servers. Null: none. */
  readonly held: Hold | null;
}

export interface EntrypointStatus {
  readonly name: string;
  /** The address bound, e.g. `::`. */
  readonly address: string;
  readonly port: number;
  readonly state: 'waiting' | 'listening' | 'closing';
}
