/** A request that waits until a server has room for it. */
export interface Waiter {
  /** The keys of servers that it does not go to again. */
  readonly tried: ReadonlySet<string>;
  /** A server may have room: goes there, leaving the queue, and says so; false where there is none for it. */
  goOn(): boolean;
  /** It has waited as long as it may; it is in the queue no more. */
  expired(): void;
  /** Servers came or went: leaves the queue where there is nothing to wait for any more. */
  reconsider(): void;
}

/**
 * The requests that wait for a server of one backend, first come, first served. Whenever a server gets room, those who wait are
 * asked before anybody else can be, so that nobody who comes later finds room that one of them could have had.
 */
export class Queue {
  readonly #maxLength: number;
  /** With the timer of each. */
  readonly #waiters = new Map<Waiter, NodeJS.Timeout>();
  #isServing = false;

  constructor(maxLength: number) {
    this.#maxLength = maxLength;
  }

  get length(): number {
    return this.#waiters.size;
  }

  /** Lets it wait for at most `ms`; false where it is too long already. */
  join(waiter: Waiter, ms: number): boolean {
    if (this.#waiters.size >= this.#maxLength) return false;
    const timer = setTimeout(() => {
      this.#waiters.delete(waiter);
      waiter.expired();
    }, ms);
    this.#waiters.set(waiter, timer.unref());
    return true;
  }

  /** It waits no more. Nothing happens where it does not. */
  leave(waiter: Waiter): void {
    clearTimeout(this.#waiters.get(waiter));
    this.#waiters.delete(waiter);
  }

  /** Servers may have room: as many go on as there is room for, in their order. */
  serve(): void {
    if (this.#isServing || this.#waiters.size === 0) return;
    this.#isServing = true;
    for (const waiter of this.#waiters.keys()) {
      // Who may go to any server and finds none shows that there is none for others.
      if (!waiter.goOn() && waiter.tried.size === 0) break;
    }
    this.#isServing = false;
  }

  /** Servers came or went: who can goes on, and who waits for nothing any more leaves. */
  reconsider(): void {
    this.serve();
    for (const waiter of this.#waiters.keys()) waiter.reconsider();
  }
}
