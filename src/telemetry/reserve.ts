/**
 * The room that lines of one kind have to wait in. Once it is full, all further lines are dropped until half of it is empty: a
 * gap in one place, whose size can be told there, instead of many.
 */
export class Reserve {
  readonly #limitBytes: number;
  readonly #gapEnded: (dropped: number) => void;
  #waitingBytes = 0;
  #isFull = false;
  #written = 0;
  #dropped = 0;
  #told = 0;

  /** `gapEnded` is called when lines are taken again, with the number of those dropped before. */
  constructor(limitBytes: number, gapEnded: (dropped: number) => void) {
    this.#limitBytes = limitBytes;
    this.#gapEnded = gapEnded;
  }

  /** Lines that left it, written. */
  get written(): number {
    return this.#written;
  }

  /** Lines that found no room. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Whether there is room for these lines; else they are dropped. What is larger than the whole room finds some while it is empty. */
  take(bytes: number, lines: number): boolean {
    this.#isFull ||= this.#waitingBytes > 0 && this.#waitingBytes + bytes > this.#limitBytes;
    if (this.#isFull) {
      this.#dropped += lines;
      return false;
    }
    this.#waitingBytes += bytes;
    return true;
  }

  /** These lines were dropped elsewhere, before they came here. */
  drop(lines: number): void {
    this.#dropped += lines;
    this.#endGap();
  }

  /** These lines are written. */
  giveBack(bytes: number, lines: number): void {
    this.#waitingBytes -= bytes;
    this.#written += lines;
    if (this.#isFull && this.#waitingBytes <= this.#limitBytes / 2) this.#isFull = false;
    this.#endGap();
  }

  #endGap(): void {
    const untold = this.#dropped - this.#told;
    if (this.#isFull || untold === 0) return;
    this.#told = this.#dropped;
    this.#gapEnded(untold);
  }
}
