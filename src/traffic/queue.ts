import type { SharedTally } from './tally.ts';

/** How often it is looked whether another thread has made room of which nobody could tell. */
const LOOK_MS = 100;

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
  /** Those that wait in other threads, too; null: there are none. */
  readonly #shared: SharedTally | null;
  #looking: NodeJS.Timeout | undefined;
  /** With the timer of each. */
  readonly #waiters = new Map<Waiter, NodeJS.Timeout>();
  #isServing = false;

  /** `maxLength` is that of all threads that share it. */
  constructor(maxLength: number, shared?: SharedTally) {
    this.#maxLength = maxLength;
    this.#shared = shared ?? null;
  }

  get length(): number {
    return this.#waiters.size;
  }

  /** Lets it wait for at most `ms`; false where it is too long already. */
  join(waiter: Waiter, ms: number): boolean {
    if (!this.#hasRoom()) return false;
    const timer = setTimeout(() => {
      this.leave(waiter);
      waiter.expired();
    }, ms);
    this.#waiters.set(waiter, timer.unref());
    if (this.#shared !== null) this.#look();
    return true;
  }

  /** It waits no more. Nothing happens where it does not. */
  leave(waiter: Waiter): void {
    clearTimeout(this.#waiters.get(waiter));
    if (!this.#waiters.delete(waiter)) return;
    this.#shared?.giveBack();
    if (this.#waiters.size > 0) return;
    clearInterval(this.#looking);
    this.#looking = undefined;
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

  #hasRoom(): boolean {
    return this.#shared?.take(this.#maxLength) ?? this.#waiters.size < this.#maxLength;
  }

  #look(): void {
    // What another thread gave back just before this one was seen to wait.
    setImmediate(() => this.serve());
    this.#looking ??= setInterval(() => this.serve(), LOOK_MS).unref();
  }
}
