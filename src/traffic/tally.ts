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

/** How many numbers of shared memory a tally of so many threads takes: the sum, each thread's own, and what is passed to each. */
export function tallyWidth(threads: number): number {
  return 1 + 2 * threads;
}

/**
 * A tally in memory that the proxy threads of a process share. A thread changes the sum and its own number, so that main can take
 * back what a crashed one has left (`takeBack`). Nothing is allocated, and no step waits for another thread.
 *
 * An operation of `Atomics` takes some 20 ns: there is one for each change, to the sum. All else is written by one thread, or read as a
 * hint that may be late.
 */
export class SharedTally implements Tally {
  readonly #cells: Int32Array;
  readonly #at: number;
  /** Where its own number is. */
  readonly #own: number;
  readonly #threads: number;

  /** `at`: the index of the sum. `thread`: from 0, which of `threads` this one is. */
  constructor(cells: Int32Array, at: number, thread: number, threads: number) {
    this.#cells = cells;
    this.#at = at;
    this.#own = at + 1 + thread;
    this.#threads = threads;
  }

  get total(): number {
    return this.#cells[this.#at] ?? 0;
  }

  /** Whether other threads have any. */
  get hasOthers(): boolean {
    return this.total > (this.#cells[this.#own] ?? 0);
  }

  take(limit: number): boolean {
    const cells = this.#cells;
    for (let total = cells[this.#at] ?? 0; total < limit;) {
      const found = Atomics.compareExchange(cells, this.#at, total, total + 1);
      if (found === total) {
        this.#addOwn(1);
        return true;
      }
      total = found;
    }
    return false;
  }

  giveBack(): void {
    this.#addOwn(-1);
    Atomics.sub(this.#cells, this.#at, 1);
  }

  /** One of this thread's is another thread's from now on, which is to be told: it is `received` then. */
  passTo(thread: number): void {
    this.#addOwn(-1);
    Atomics.add(this.#cells, this.#at + 1 + this.#threads + thread, 1);
  }

  /** One that was passed to this thread is its own now. */
  received(): void {
    Atomics.sub(this.#cells, this.#own + this.#threads, 1);
    this.#addOwn(1);
  }

  /** The next thread in turn after that one that has any; null where none has. */
  after(thread: number): number | null {
    for (let step = 1; step <= this.#threads; step += 1) {
      const next = (thread + step) % this.#threads;
      if ((this.#cells[this.#at + 1 + next] ?? 0) > 0) return next;
    }
    return null;
  }

  #addOwn(by: number): void {
    this.#cells[this.#own] = (this.#cells[this.#own] ?? 0) + by;
  }
}

/** Takes back what a thread that is no more has left in the tally whose sum is at this index, of so many threads. */
export function takeBack(cells: Int32Array, at: number, thread: number, threads: number): void {
  const own = at + 1 + thread;
  const left = Atomics.exchange(cells, own, 0) + Atomics.exchange(cells, own + threads, 0);
  if (left !== 0) Atomics.sub(cells, at, left);
}
