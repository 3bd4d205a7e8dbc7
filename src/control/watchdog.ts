/** What a Node timer can wait. */
const LONGEST_TIMER_MS = 2_147_483_647;

/** Tells once when successes have been missing for too long. */
export class Watchdog {
  readonly #dueInMs: () => number;
  readonly #bark: () => void;
  #timer: NodeJS.Timeout | undefined;
  #hasBarked = false;

  /** `dueInMs` says how long it may take still, in milliseconds; it is asked again when that has passed, and not positive when it is too long. */
  constructor(dueInMs: () => number, bark: () => void) {
    this.#dueInMs = dueInMs;
    this.#bark = bark;
    this.#watch();
  }

  /** There was a success. Returns whether it came after it had been told that they were missing. */
  feed(): boolean {
    const hadBarked = this.#hasBarked;
    this.#hasBarked = false;
    this.#watch();
    return hadBarked;
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #watch(): void {
    clearTimeout(this.#timer);
    const dueInMs = this.#dueInMs();
    if (dueInMs <= 0) {
      this.#hasBarked = true;
      this.#bark();
      return;
    }
    // Timers round down, and may be early by what they cut off.
    const waitMs = Math.min(Math.ceil(dueInMs), LONGEST_TIMER_MS);
    this.#timer = setTimeout(() => this.#watch(), waitMs).unref();
  }
}
