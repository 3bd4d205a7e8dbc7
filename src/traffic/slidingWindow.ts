const SECONDS = 10;
const SECOND_MS = 1000;

/** Counts of the last ten seconds, kept second by second, so that what is old goes at a time and memory is bounded. */
export class SlidingWindow {
  /** What was counted in each column. */
  readonly counts: Uint32Array;
  readonly #bySecond: readonly Uint32Array[];
  /** The second that counts now, since the clock's beginning. */
  #second = -Infinity;

  constructor(columns: number) {
    this.counts = new Uint32Array(columns);
    this.#bySecond = Array.from({ length: SECONDS }, () => new Uint32Array(columns));
  }

  /** Forgets what is older than the window; `now` in milliseconds. To be called before `add`. */
  advance(now: number): void {
    const second = Math.floor(now / SECOND_MS);
    if (second - this.#second >= SECONDS) this.clear();
    else while (this.#second < second) this.#drop(++this.#second);
    this.#second = second;
  }

  add(column: number): void {
    const row = this.#row(this.#second);
    row[column] = (row[column] ?? 0) + 1;
    this.counts[column] = (this.counts[column] ?? 0) + 1;
  }

  clear(): void {
    this.counts.fill(0);
    for (const row of this.#bySecond) row.fill(0);
  }

  /** Makes room for a second where one stands that has left the window. */
  #drop(second: number): void {
    const row = this.#row(second);
    for (const [column, count] of row.entries()) {
      if (count > 0) this.counts[column] = (this.counts[column] ?? 0) - count;
    }
    row.fill(0);
  }

  #row(second: number): Uint32Array {
    const row = this.#bySecond[second % SECONDS];
    if (row === undefined) throw new Error(`No row for second ${second}; advance comes first.`);
    return row;
  }
}
