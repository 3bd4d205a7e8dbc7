/** So many may follow each other: some milliseconds' work. */
const MOST_IN_A_STREAK = 16;

/**
 * Requests of one client that begin in one turn of the event loop. What we answer ourselves takes no turn, so that a client that sends such requests
 * without end would have all others wait.
 */
export class Streak {
  readonly #next: () => void;
  #count = 0;
  #isOver = false;

  /** `next`: others had their turn, and a new streak begins. */
  constructor(next: () => void) {
    this.#next = next;
  }

  /** Whether nothing may begin until `next`. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** One more is about to begin. False: it has to wait until `next`. */
  take(): boolean {
    if (this.#isOver) return false;
    this.#count += 1;
    if (this.#count <= MOST_IN_A_STREAK) return true;
    this.#isOver = true;
    setImmediate(this.#begin);
    return false;
  }

  /** What began last waits for a server: others have their turn meanwhile. */
  interrupt(): void {
    this.#count = 0;
  }

  readonly #begin = (): void => {
    this.#count = 0;
    this.#isOver = false;
    this.#next();
  };
}
