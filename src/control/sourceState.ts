import type { GuardStart } from './removalGuard.ts';
import type { Hold, RefreshEvent } from './events.ts';
import type { MetadataStatus } from './status.ts';

/** After so many refresh intervals without a success, what is installed counts as stale. */
const STALE_AFTER_INTERVALS = 5;

/** Milliseconds since some moment, never going back: what the time of day does must make nothing stale, nor hide that it is. */
export type MonotonicClock = () => number;

/** What main knows of the source: how its refreshes went, and what of them is held. */
export class SourceState {
  readonly #url: string;
  readonly #staleAfterMs: number;
  readonly #clock: MonotonicClock;
  readonly #startedAt: number;
  #lastSuccess: { readonly at: number; readonly monotonic: number } | null = null;
  #lastError: MetadataStatus['lastError'] = null;
  #failures = 0;
  #failuresTotal = 0;
  #fromState: MetadataStatus['fromState'] = null;
  /** With the moment at which it ends, by the monotonic clock. */
  #held: { readonly hold: Hold; readonly endsAt: number } | null = null;

  constructor(url: string, refreshIntervalMs: number, clock: MonotonicClock) {
    this.#url = url;
    this.#staleAfterMs = STALE_AFTER_INTERVALS * refreshIntervalMs;
    this.#clock = clock;
    this.#startedAt = clock();
  }

  /** Notes a refresh. `failuresBefore` tells how many failed since the last success. */
  note(event: RefreshEvent): { readonly failuresBefore: number } {
    const failuresBefore = this.#failures;
    switch (event.kind) {
      case 'failed':
        this.#failures++;
        this.#failuresTotal++;
        this.#lastError = { message: event.error, at: event.at };
        break;
      case 'refreshed':
        this.#failures = 0;
        this.#lastSuccess = { at: event.at, monotonic: this.#clock() };
        this.#lastError = null;
        if (!event.isHeld) this.#fromState = null;
        break;
      case 'restored':
        this.#fromState = { readAt: event.readAt };
        break;
      case 'hold-ended':
        this.#held = null;
        if (event.publication !== null) this.#fromState = null;
        break;
      case 'resolved':
        break;
    }
    return { failuresBefore };
  }

  /** A refresh is held. Returns whether none was before. */
  hold(hold: Hold): boolean {
    const isNew = this.#held === null;
    this.#held = { hold, endsAt: this.#held?.endsAt ?? this.#clock() + hold.until - hold.since };
    return isNew;
  }

  /** What is held shall go live now; false where nothing is. It counts as held until it is live. */
  release(): boolean {
    if (this.#held === null) return false;
    this.#held = { ...this.#held, endsAt: this.#clock() };
    return true;
  }

  /** What a refresher that is started anew goes on with. */
  get resumedHold(): GuardStart['hold'] {
    if (this.#held === null) return null;
    const { hold, endsAt } = this.#held;
    return { since: hold.since, until: hold.until, remainingMs: Math.max(0, endsAt - this.#clock()) };
  }

  get lastError(): MetadataStatus['lastError'] {
    return this.#lastError;
  }

  /** Milliseconds until so long has passed without a success that it is stale, if none comes; not positive where it has. */
  get staleInMs(): number {
    return (this.#lastSuccess?.monotonic ?? this.#startedAt) + this.#staleAfterMs - this.#clock();
  }

  get status(): MetadataStatus {
    return {
      url: this.#url,
      lastSuccessAt: this.#lastSuccess?.at ?? null,
      ageMs: this.#lastSuccess === null ? null : this.#clock() - this.#lastSuccess.monotonic,
      lastError: this.#lastError,
      failuresTotal: this.#failuresTotal,
      stale: this.staleInMs <= 0 || (this.#fromState !== null && this.#lastSuccess === null),
      fromState: this.#fromState,
      held: this.#held?.hold ?? null,
    };
  }
}
