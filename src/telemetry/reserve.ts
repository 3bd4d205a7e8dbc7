/**
 * The room that lines of one kind have to wait in. Once it is full, all further lines are dropped until half of it is empty: one
 * large gap, whose size can be told in its place, instead of many.
 */
export class Reserve {
  readonly #limitBytes: number;
  #waitingBytes = 0;
  #isFull = false;
  #written = 0;
  #dropped = 0;
  #told = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** Whether lines are dropped at the moment. */
  get isFull(): boolean {
    return this.#isFull;
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
    if (this.#isFull) this.#dropped += lines;
    else this.#waitingBytes += bytes;
    return !this.#isFull;
  }

  /** These lines were dropped elsewhere, before they came here. */
  drop(lines: number): void {
    this.#dropped += lines;
  }

  /** These lines are written. */
  giveBack(bytes: number, lines: number): void {
    this.#waitingBytes -= bytes;
    this.#written += lines;
    if (this.#waitingBytes <= this.#limitBytes / 2) this.#isFull = false;
  }

  /** How many lines were dropped since it was last asked, once lines are taken again; 0 before. */
  takeGap(): number {
    if (this.#isFull) return 0;
    const gap = this.#dropped - this.#told;
    this.#told = this.#dropped;
    return gap;
  }
}
