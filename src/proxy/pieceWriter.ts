import type { OutgoingMessage } from 'node:http';

/** Pieces below this are put together. */
const SMALL_BYTES = 4_096;

/**
 * Writes the pieces of a body to a message. Small ones that come in one turn go out as one: what Node keeps of each write
 * that has to wait is some hundred bytes, so that a body in chunks of a byte would take up megabytes before it counts as full.
 */
export class PieceWriter {
  readonly #to: OutgoingMessage;
  readonly #full: () => void;
  #small: Buffer[] = [];

  /** `full` is called when no more is to be written until the message drains. */
  constructor(to: OutgoingMessage, full: () => void) {
    this.#to = to;
    this.#full = full;
  }

  write(piece: Buffer): void {
    if (this.#small.length === 0 && piece.length >= SMALL_BYTES) {
      if (!this.#to.write(piece)) this.#full();
      return;
    }
    if (this.#small.length === 0) process.nextTick(() => this.flush());
    this.#small.push(piece);
  }

  /** Writes what was put together so far; before the end of the message, too. */
  flush(): void {
    const [first, ...others] = this.#small;
    if (first === undefined) return;
    this.#small = [];
    if (this.#to.destroyed) return;
    if (!this.#to.write(others.length === 0 ? first : Buffer.concat([first, ...others]))) this.#full();
  }
}
