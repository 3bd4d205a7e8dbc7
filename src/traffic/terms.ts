/** How long the first ejection lasts; each further one twice as long as the one before. */
const FIRST_TERM_MS = 5_000;
const LONGEST_TERM_MS = 300_000;
/** In good standing for so long, one doubling is forgiven. */
const FORGIVENESS_MS = 60_000;

/** How long a server is ejected for: ever longer, until it has been well for a while. */
export class Terms {
  /** Those that were begun and are not forgiven. */
  #count = 0;

  /** How long the next one lasts. */
  get nextMs(): number {
    return Math.min(FIRST_TERM_MS * 2 ** this.#count, LONGEST_TERM_MS);
  }

  begun(): void {
    this.#count += 1;
  }

  /** It was in good standing for so long. */
  forgive(goodForMs: number): void {
    this.#count = Math.max(0, this.#count - Math.floor(goodForMs / FORGIVENESS_MS));
  }
}
