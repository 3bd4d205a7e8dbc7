/** How many there are of something that a process has a limit for, of requests to a server for instance. */
export interface Tally {
  /** In all threads that share it. */
  readonly total: number;
  /** Counts one more, unless there are `limit`; returns whether it did. */
  take(limit: number): boolean;
  /** One less in this thread. */
  giveBack(): void;
}

/** A tally of one thread alone. */
export class OwnTally implements Tally {
  total = 0;

  take(limit: number): boolean {
    if (this.total >= limit) return false;
    this.total += 1;
    return true;
  }

  giveBack(): void {
    this.total -= 1;
  }
}

/** How many numbers of shared memory a tally of so many threads takes: the sum, then each thread's own. */
export function tallyWidth(threads: number): number {
  return 1 + threads;
}

/**
 * A tally in memory that the proxy threads of a process share. A thread adds to the sum and to its own number, so that main can take
 * back what a crashed one has left (`takeBack`). Nothing is allocated, and no step waits for another thread.
 */
export class SharedTally implements Tally {
  readonly #cells: Int32Array;
  readonly #at: number;
  readonly #thread: number;
  readonly #threads: number;

  /** `at`: the index of the sum. `thread`: from 0, which of `threads` this one is. */
  constructor(cells: Int32Array, at: number, thread: number, threads: number) {
    this.#cells = cells;
    this.#at = at;
    this.#thread = thread;
    this.#threads = threads;
  }

  get total(): number {
    return Atomics.load(this.#cells, this.#at);
  }

  /** Whether other threads have any. */
  get hasOthers(): boolean {
    return this.total > this.#of(this.#thread);
  }

  take(limit: number): boolean {
    const cells = this.#cells;
    for (let total = Atomics.load(cells, this.#at); total < limit;) {
      const found = Atomics.compareExchange(cells, this.#at, total, total + 1);
      if (found === total) {
        Atomics.add(cells, this.#at + 1 + this.#thread, 1);
        return true;
      }
      total = found;
    }
    return false;
  }

  giveBack(): void {
    Atomics.sub(this.#cells, this.#at + 1 + this.#thread, 1);
    Atomics.sub(this.#cells, this.#at, 1);
  }

  /** One of this thread's is another thread's from now on. */
  passTo(thread: number): void {
    Atomics.sub(this.#cells, this.#at + 1 + this.#thread, 1);
    Atomics.add(this.#cells, this.#at + 1 + thread, 1);
  }

  /** The next thread in turn after that one that has any; null where none has. */
  after(thread: number): number | null {
    for (let step = 1; step <= this.#threads; step += 1) {
      const next = (thread + step) % this.#threads;
      if (this.#of(next) > 0) return next;
    }
    return null;
  }

  #of(thread: number): number {
    return Atomics.load(this.#cells, this.#at + 1 + thread);
  }
}

/** Takes back what a thread that is no more has left in the tally whose sum is at this index. */
export function takeBack(cells: Int32Array, at: number, thread: number): void {
  const left = Atomics.exchange(cells, at + 1 + thread, 0);
  if (left !== 0) Atomics.sub(cells, at, left);
}
