import type { Socket } from 'node:net';

/** After so many nobody waits any longer, so that the first of them is not late by much. */
const MOST_HELD = 64;

let holding: Outlet[] = [];

/**
 * What is written to a socket. A write wakes whoever reads at the other end, which costs the kernel more than the write itself; who is awake already
 * reads on. So what is complete may be held until all that had come at once is dealt with, and is then written in a row with what others hold
 * (decision 17). Nothing overtakes what is held.
 */
export class Outlet {
  readonly #socket: Socket;
  #held: Buffer | null = null;
  #isClosing = false;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Whether something is held. */
  get isHolding(): boolean {
    return this.#held !== null;
  }

  /** Bytes that were written and that the kernel has not taken yet; what is held is not among them. */
  get writableLength(): number {
    return this.#socket.writableLength;
  }

  /** Writes in a moment, when this turn of the event loop is over. The bytes must not change until then. */
  hold(bytes: Buffer): void {
    if (this.#held !== null || this.#socket.writableLength > 0) {
      this.write(bytes);
      return;
    }
    this.#held = bytes;
    const count = holding.push(this);
    if (count === 1) setImmediate(flushAll);
    else if (count >= MOST_HELD) flushAll();
  }

  /** Writes now. False: nothing more should be written until the socket drains. */
  write(bytes: Buffer | string, encoding?: BufferEncoding): boolean {
    this.flush();
    return this.#socket.write(bytes, encoding);
  }

  /** Writes what is held now. */
  flush(): void {
    const held = this.#held;
    if (held === null) return;
    this.#held = null;
    if (!this.#socket.destroyed) this.#socket.write(held);
    if (this.#isClosing) this.#end();
  }

  /** Closes the socket, once what is held is written, and the kernel has taken all. */
  close(): void {
    this.#isClosing = true;
    if (this.#held === null) this.#end();
  }

  /** Closes the socket at once. What is held is not written. */
  destroy(): void {
    this.#held = null;
    this.#socket.destroy();
  }

  #end(): void {
    if (this.#socket.writableLength > 0) this.#socket.destroySoon();
    else this.#socket.destroy();
  }
}

function flushAll(): void {
  const all = holding;
  holding = [];
  for (const outlet of all) outlet.flush();
}
