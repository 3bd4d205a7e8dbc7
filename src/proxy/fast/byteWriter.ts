import type { Writable } from 'node:stream';

const FIRST_BYTES = 65_536;

/** Where a writer's bytes go: a socket, or a connection to a server. */
export type Sink = Pick<Writable, 'writableLength'> & { write(bytes: Buffer): boolean };

/**
 * Puts bytes together for one write: a system call costs more than copying some kilobytes. Its memory is used again as soon as the
 * kernel has taken what was written, which is nearly always at once; so one writer serves a whole thread.
 */
export class ByteWriter {
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #length = 0;

  copy(from: Buffer, start: number, end: number): void {
    this.#makeRoom(end - start);
    from.copy(this.#bytes, this.#length, start, end);
    this.#length += end - start;
  }

  /** `text`: no characters beyond U+00FF. */
  text(text: string): void {
    this.#makeRoom(text.length);
    this.#length += this.#bytes.write(text, this.#length, 'latin1');
  }

  /** A copy of what was put together, which begins anew. */
  take(): Buffer {
    const taken = Buffer.allocUnsafe(this.#length);
    this.#bytes.copy(taken, 0, 0, this.#length);
    this.#length = 0;
    return taken;
  }

  /** Forgets what was put together. */
  discard(): void {
    this.#length = 0;
  }

  /** Writes what was put together, which begins anew; returns what the sink's `write` does. */
  writeTo(sink: Sink): boolean {
    // It has to wait, and must not hold on to more memory than its own.
    if (sink.writableLength > 0) return sink.write(this.take());
    const isTaken = sink.write(this.#bytes.subarray(0, this.#length));
    this.#length = 0;
    if (sink.writableLength > 0) this.#bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
    return isTaken;
  }

  #makeRoom(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#bytes.length));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}
