import { Agent, type ClientRequest } from 'node:http';
import type { Socket } from 'node:net';

/**
 * The keep-alive connections to one server. An idle one is closed after `idleMs`, or a second before the server said it
 * would close it, or as soon as the server sends something that nobody asked for.
 */
export class Pool extends Agent {
  /** What a new connection emits when something can be sent over it. */
  readonly readyEvent: 'connect' | 'secureConnect' = 'connect';
  readonly #idleMs: number;
  /** Of each connection that has answered: how long its server promised to keep it, Infinity where it did not say. */
  readonly #promisedMs = new WeakMap<Socket, number>();
  #isRetired = false;

  constructor(idleMs: number) {
    super({ keepAlive: true, maxFreeSockets: 1024, scheduling: 'lifo' });
    this.#idleMs = idleMs;
  }

  /** Remembers that a connection has answered, and what the response's `Keep-Alive: timeout=` promises for it. */
  learn(socket: Socket, keepAliveField: string | undefined): void {
    const seconds = /timeout=(\d{1,6})/i.exec(keepAliveField ?? '')?.[1];
    if (seconds !== undefined) this.#promisedMs.set(socket, Number(seconds) * 1000);
    else if (!this.#promisedMs.has(socket)) this.#promisedMs.set(socket, Infinity);
  }

  /** Closes what is idle now; what is in use goes on. */
  closeIdle(): void {
    for (const sockets of Object.values(this.freeSockets)) {
      for (const socket of sockets ?? []) socket.destroy();
    }
  }

  /** The server left: closes what is idle, and what is in use as soon as it is done. */
  retire(): void {
    this.#isRetired = true;
    this.closeIdle();
  }

  /** Node calls this when a request is done; false closes the connection. */
  override keepSocketAlive(socket: Socket): boolean {
    const promisedMs = this.#promisedMs.get(socket);
    // Node also hands back one that is still being made, when its request was given up at once: nobody knows whether it ever
    // will be, or who is at its other end.
    if (this.#isRetired || promisedMs === undefined) return false;
    // A second early, so that we are not about to send when the server closes.
    const idleMs = Math.min(this.#idleMs, promisedMs - 1000);
    if (idleMs <= 0) return false;
    socket.setKeepAlive(true, 1000);
    socket.unref();
    socket.on('data', destroyOnData);
    // Node's agent destroys a free socket that times out.
    socket.setTimeout(idleMs);
    return true;
  }

  /** Node calls this when an idle connection is taken for a new request. */
  override reuseSocket(socket: Socket, request: ClientRequest): void {
    socket.off('data', destroyOnData);
    socket.setTimeout(0);
    super.reuseSocket(socket, request);
  }
}

/** Bytes that answer no request would become the answer of the next one. */
function destroyOnData(this: Socket): void {
  this.destroy();
}
