/** Turns of the event loop without an event after which a server goes on with what is out of order. */
export const SERVER_TURNS = 10;
/** The same for a client: later, so that never both go on at a time. */
export const CLIENT_TURNS = 22;

/** The same for a server that holds a request: when its client has ended its connection, and the proxy would have left if it wanted. */
export const HOLD_TURNS = 60;

/** Time, too: where the machine is busy, what was written may take longer to arrive than some idle turns. */
const LEAST_MS = 2;

interface Waiter {
  readonly turns: number;
  readonly go: () => void;
}

/**
 * Knows when nothing happens any more around one lane. Client, proxy and servers share one event loop, and what one writes the other
 * can read in the next turn: so many turns in which neither client nor servers saw an event mean that the proxy waits for them.
 */
export class Stillness {
  #turns = 0;
  #since = 0;
  #isTicking = false;
  readonly #waiters = new Set<Waiter>();

  /** Something happened. */
  stir(): void {
    this.#turns = 0;
    this.#since = performance.now();
  }

  /** Resolves when nothing has happened for so many turns. */
  lasts(turns: number): Promise<void> {
    this.stir();
    return new Promise((resolve) => {
      const waiter = {
        turns,
        go: () => {
          this.#waiters.delete(waiter);
          // Whoever goes on is about to do something.
          this.stir();
          resolve();
        },
      };
      this.#waiters.add(waiter);
      if (!this.#isTicking) setImmediate(this.#tick);
      this.#isTicking = true;
    });
  }

  readonly #tick = (): void => {
    this.#turns += 1;
    const first = [...this.#waiters].find(({ turns }) => turns <= this.#turns);
    if (first !== undefined && performance.now() - this.#since >= LEAST_MS) first.go();
    this.#isTicking = this.#waiters.size > 0;
    if (this.#isTicking) setImmediate(this.#tick);
  };
}

/** A turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
