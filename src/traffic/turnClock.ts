import type { Clock } from './clock.ts';

/**
 * A clock that can be held while one thing is done, since a request asks for the time a dozen times, and each answer costs a tenth of
 * a microsecond. Whoever holds it frees it again before it lets anybody else run.
 */
export class TurnClock {
  readonly #clock: Clock;
  readonly #other: TurnClock | null;
  #heldAt: number | null = null;

  /** `other` is held with it. */
  constructor(clock: Clock, other: TurnClock | null = null) {
    this.#clock = clock;
    this.#other = other;
  }

  /** The time, or when it was held. */
  readonly now: Clock = () => this.#heldAt ?? this.#clock();

  hold(): void {
    this.#heldAt = this.#clock();
    this.#other?.hold();
  }

  free(): void {
    this.#heldAt = null;
    this.#other?.free();
  }
}
