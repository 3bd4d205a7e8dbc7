import type { Change } from '../routing/diff.ts';
import type { Derivation } from '../model/derivation.ts';

/** What the refresher thread tells main. Plain data. */
export type FromRefresher = RefreshEvent | Held | Compared | StoreEvent | DryRunAnswered;

/** What main tells the refresher thread. `release`: what is held goes live. `finish`: it ends when what is live is stored. */
export type ToRefresher = { readonly kind: 'release' } | { readonly kind: 'finish' } | AskDryRun;

/** About the source, and what was derived. */
export type RefreshEvent = Refreshed | RefreshFailed | Resolved | Restored | HoldEnded;

/** The source was read and derived. */
export interface Refreshed {
  readonly kind: 'refreshed';
  /** Milliseconds since the epoch, when the read was complete. */
  readonly at: number;
  /** Milliseconds from the start of the read to here. */
  readonly durationMs: number;
  readonly metadataVersion: string;
  /** Whether nothing of it goes live for now, because of what it would remove. */
  readonly isHeld: boolean;
  /** Null where nothing that was derived differs from before, and where it is held. */
  readonly publication: Publication | null;
}

export interface Publication {
  /** The same for the same derivation. */
  readonly id: string;
  /** The id of the publication that `changes` begin at; null: at nothing, or they do not tell all. */
  readonly follows: string | null;
  readonly derivation: Derivation;
  /** The encoded table (`routing/wire.ts`); null where the table is the same and only reports differ. */
  readonly tableBytes: SharedArrayBuffer | null;
  /** What differs from the publication before, in words; the first one lists everything. */
  readonly changes: readonly Change[];
}

/** Names of external services resolve differently, and something that was derived is new. The metadata was not read. */
export interface Resolved {
  readonly kind: 'resolved';
  /** Of the snapshot whose names they are. */
  readonly metadataVersion: string;
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

/** A refresh that is held, because it would remove most of the servers. Plain data. */
export interface Hold {
  /** Milliseconds since the epoch, when the first refresh was held. */
  readonly since: number;
  /** When the latest one goes live. */
  readonly until: number;
  /** Those of the table that stays. */
  readonly serversBefore: number;
  /** Those that the refresh would leave. */
  readonly serversAfter: number;
  /** The ids of services that would have none any more, sorted. */
  readonly servicesLost: readonly string[];
}

/** Sent for every refresh that is held: the first one begins a hold, others are the same one. */
export interface Held {
  readonly kind: 'held';
  readonly hold: Hold;
}

/** How the first publication since the start of the daemon differs from what was live when it ran before, as far as `LB_STATE_DIR` knows. */
export interface Compared {
  readonly kind: 'compared';
  /** The id of that publication. */
  readonly publication: string;
  readonly changes: readonly Change[];
}

/** `time`: its time was up. `release`: an operator let it through. `return`: a refresh has enough servers again. */
export type HoldEnd = 'time' | 'release' | 'return';

/** Nothing is held any more. */
export interface HoldEnded {
  readonly kind: 'hold-ended';
  readonly by: HoldEnd;
  /** Of what is live now. */
  readonly metadataVersion: string;
  /** Of what was held; null where that is of no interest any more, since the next event has what takes its place. */
  readonly publication: Publication | null;
}

/** Something about what is kept in `LB_STATE_DIR` that an operator should know. Nothing that is routed now depends on it. */
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

/** A dry run is asked for; it is answered under the same id. */
export interface AskDryRun {
  readonly kind: 'dry-run';
  readonly id: number;
  /** Of the request, as it came: main reads nothing of it. */
  readonly body: Uint8Array;
}

export interface DryRunAnswered {
  readonly kind: 'dry-run';
  readonly id: number;
  /** `fault`: a bug. */
  readonly outcome: DryRunOutcome | { readonly kind: 'fault'; readonly error: Error };
}

/** What came of a dry run. `code` is for scripts, `message` for people. */
export type DryRunOutcome =
  | {
      readonly kind: 'done';
      /** A `DryRun`, with a line end: main writes nothing of it. */
      readonly json: Uint8Array;
    }
  | {
      /** Of whoever asked. */
      readonly kind: 'mistake';
      readonly code: 'not-json' | 'bad-proposal' | 'too-much' | 'no-such-service';
      readonly message: string;
    }
  | {
      readonly kind: 'unavailable';
      readonly code: 'no-metadata' | 'busy' | 'no-answer';
      readonly message: string;
    };
