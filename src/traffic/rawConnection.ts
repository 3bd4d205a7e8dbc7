import { connect, type Socket } from 'node:net';
import { Outlet } from './outlet.ts';
import type { RawPool } from './rawPool.ts';
import { copyOf, READ_BUFFER } from './readBuffer.ts';

/** What comes at once up to this size is given away as a copy. The connection of a server that sends more gets a buffer of its own. */
export const OWN_BYTES = 4_096;
/** What that begins with; it grows with what the server sends at once, since large reads cost less for each byte. */
const FIRST_BYTES = 16_384;
const GROWTH = 4;
const MOST_BYTES = 262_144;

/** Whoever has a connection at the moment. After `ended` or `broke` nothing more is told. */
export interface ConnectionUser {
  /** It is made. */
  connected(): void;
  /** The first `count` bytes of a buffer came. Up to `OWN_BYTES` are the user's for good; more until this returns, or for good where it says `keepBuffer`. */
  received(bytes: Buffer, count: number): void;
  /** What was written is on its way. */
  drained(): void;
  /** The server sends no more. */
  ended(): void;
  broke(error: NodeJS.ErrnoException): void;
}

/** A connection to a server on a bare socket. It is one user's, or idle in its pool. */
export class RawConnection {
  /** By `performance.now()`, until when it may be idle. */
  keptUntil = 0;
  /** For how long the server promised to keep it when it is idle; Infinity: it did not say. */
  promisedMs = Infinity;
  /** Bytes that came so far. */
  bytesRead = 0;
  isReused = false;
  /** Certificates are TLS's. */
  readonly isRefused = false;
  readonly #pool: RawPool;
  readonly #socket: Socket;
  readonly #outlet: Outlet;
  #user: ConnectionUser | null;
  /** To be handed to Node for the next read; null: it goes on with the one that it has. */
  #next: Buffer | null = READ_BUFFER;
  /** Of a buffer of its own; 0: it has none. */
  #bufferBytes = 0;

  /** `hostname`: an IP address. */
  constructor(hostname: string, port: number, pool: RawPool, user: ConnectionUser) {
    this.#pool = pool;
    this.#user = user;
    this.#socket = connect({
      host: hostname,
      port,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: 1000,
      onread: { buffer: this.#takeNext, callback: this.#read },
    });
    this.#outlet = new Outlet(this.#socket);
    this.#socket
      .on('connect', () => this.#user?.connected())
      .on('drain', () => this.#user?.drained())
      .on('end', () => this.#ended())
      .on('error', (error) => this.#broke(error))
      .on('close', () => this.#broke(hangUp()));
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed && this.#socket.writable;
  }

  /** Whether what was written waits for the server to read it. */
  get needsDrain(): boolean {
    return this.#socket.writableNeedDrain;
  }

  /** Bytes that were written and not taken by the kernel yet. */
  get writableLength(): number {
    return this.#outlet.writableLength;
  }

  /** False: nothing more should be written until `drained`. */
  write(bytes: Buffer): boolean {
    return this.#outlet.write(bytes);
  }

  /** Writes in a moment (`Outlet`). */
  hold(bytes: Buffer): void {
    this.#outlet.hold(bytes);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** What was just received is still needed after `received` returns: the next read gets another buffer, unless it was a copy. */
  keepBuffer(): void {
    if (this.#bufferBytes > 0) this.#next ??= Buffer.allocUnsafeSlow(this.#bufferBytes);
  }

  /** More came at once than there was room for, and all of it is wanted: the next read gets a larger buffer, if it has one of its own. */
  growBuffer(): void {
    if (this.#bufferBytes > 0 && this.#bufferBytes < MOST_BYTES)
      this.#renewBuffer(GROWTH * this.#bufferBytes);
  }

  /** Somebody else's from now on. */
  use(user: ConnectionUser): void {
    this.#user = user;
    this.isReused = true;
  }

  /** Nobody's from now on; for its pool alone. */
  rest(keptUntil: number): void {
    this.#user = null;
    this.keptUntil = keptUntil;
    if (this.#socket.isPaused()) this.#socket.resume();
  }

  /** Closes it; its user is told nothing. */
  close(): void {
    this.#user = null;
    this.#pool.forget(this);
    this.#outlet.destroy();
  }

  /** Closes it; its user is told that this is why. */
  destroy(error: Error): void {
    this.#outlet.destroy();
    this.#broke(error);
  }

  readonly #takeNext = (): Buffer => {
    const next = this.#next;
    this.#next = null;
    // Node goes on with the buffer that it has where this is none; its types do not say so.
    return next as Buffer;
  };

  readonly #read = (count: number, bytes: Uint8Array): boolean => {
    if (this.#outlet.isHolding) {
      // Nor is it an answer to a request that was not sent yet: it is sent on another connection.
      this.destroy(hangUp());
      return true;
    }
    this.bytesRead += count;
    if (this.#user === null) {
      // Bytes that answer no request would become the answer of the next one.
      this.close();
      return true;
    }
    this.#give(bytes, count);
    return true;
  };

  #give(bytes: Uint8Array, count: number): void {
    const isShared = this.#bufferBytes === 0;
    if (isShared || count <= OWN_BYTES) this.#user?.received(copyOf(bytes, count), count);
    else this.#user?.received(bytes as Buffer, count);
    if (isShared && count > OWN_BYTES) this.#renewBuffer(FIRST_BYTES);
  }

  /** The next read gets a buffer of this size, of its own. */
  #renewBuffer(size: number): void {
    this.#bufferBytes = size;
    this.#next = Buffer.allocUnsafeSlow(size);
  }

  #ended(): void {
    const user = this.#user;
    if (user === null) this.close();
    else {
      this.#user = null;
      user.ended();
      this.#socket.destroy();
    }
  }

  #broke(error: NodeJS.ErrnoException): void {
    const user = this.#user;
    this.close();
    user?.broke(error);
  }
}

/** As Node calls it when a server closes instead of answering. */
function hangUp(): NodeJS.ErrnoException {
  return Object.assign(new Error('the server closed the connection'), { code: 'ECONNRESET' });
}
