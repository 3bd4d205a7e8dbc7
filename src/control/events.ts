import type { Change } from '../routing/diff.ts';
import type { Derivation } from '../model/derivation.ts';

/** What the refresher thread tells main. Plain data. */
export type FromRefresher = RefreshEvent | StoreEvent;

/** About the source, and what was derived. */
export type RefreshEvent = Refreshed | RefreshFailed | Resolved | Restored;

/** The source was read and derived. */
export interface Refreshed {
  readonly kind: 'refreshed';
  /** Milliseconds since the epoch, when the read was complete. */
  readonly at: number;
  /** Milliseconds from the start of the read to here. */
  readonly durationMs: number;
  readonly metadataVersion: string;
  /** Null where nothing that was derived differs from before. */
  readonly publication: Publication | null;
}

export interface Publication {
  readonly derivation: Derivation;
  /** The encoded table (`routing/wire.ts`); null where the table is the same and only reports differ. */
  readonly tableBytes: SharedArrayBuffer | null;
  /** What differs from the publication before, in words; the first one lists everything. */
  readonly changes: readonly Change[];
}

/** Names of external services resolve differently, and something that was derived is new. The metadata was not read. */
export interface Resolved {
  readonly kind: 'resolved';
  readonly publication: Publication;
}

/** The source could not be read; what is installed stays. Sent for every failure. */
export interface RefreshFailed {
  readonly kind: 'failed';
  readonly at: number;
  /** One sentence: what was asked, what came, what would be right. */
  readonly error: string;
  /** Milliseconds until the next try. */
  readonly retryInMs: number;
}

/** The source could not be read so far; what the last good answer was is taken from disk until it can. */
export interface Restored {
  readonly kind: 'restored';
  readonly metadataVersion: string;
  /** Milliseconds since the epoch, when it was read from the source. */
  readonly readAt: number;
  readonly publication: Publication;
}

/** Something about the stored snapshot that an operator should know. Nothing that is routed now depends on it. */
export interface StoreEvent {
  readonly kind: 'store';
  /**
   * `written`: told each time; `write-recovered` in its place after `write-failed`, which is told once until then. `read-failed`: it was
   * wanted, and stays where it is. `set-aside`: it was wanted, is none of ours or damaged, and has another name now.
   */
  readonly what: 'written' | 'write-failed' | 'write-recovered' | 'read-failed' | 'set-aside';
  /** One sentence. */
  readonly text: string;
}
