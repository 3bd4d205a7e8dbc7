/** Turns of the event loop without an event after which a server goes on with what is out of order. */
export const SERVER_TURNS = 10;
/** The same for a client: later, so that never both go on at a time. */
export const CLIENT_TURNS = 22;

/** The same for a server that holds a request: when its client has ended its connection, and the proxy would have left if it wanted. */
export const HOLD_TURNS = 60;

/** The same for who waits for a connection to be closed, which then never will. */
export const HUNG_TURNS = 300;

/** Time, too: where the machine is busy, what was written may take longer to arrive than some idle turns. */
const LEAST_MS = 2;
/** The same where being wrong would be called a fault. */
export const HUNG_MS = 300;

interface Waiter {
  readonly turns: number;
  readonly ms: number;
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

  /** Whoever waits now waits for ever: the case is over. */
  forget(): void {
    this.#waiters.clear();
  }

  /** Resolves when nothing has happened for so many turns and milliseconds. */
  lasts(turns: number, ms = LEAST_MS): Promise<void> {
    this.stir();
    return new Promise((resolve) => {
      const waiter = {
        turns,
        ms,
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
    const waitedMs = performance.now() - this.#since;
    // Where turns are short it is the time that all wait for: the least patient goes first nevertheless.
    const [first] = [...this.#waiters]
      .filter(({ turns, ms }) => turns <= this.#turns && ms <= waitedMs)
      .sort((a, b) => a.turns - b.turns);
    first?.go();
    this.#isTicking = this.#waiters.size > 0;
    if (this.#isTicking) setImmediate(this.#tick);
  };
}

/** A turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
