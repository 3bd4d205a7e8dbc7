import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Requests of one connection that may wait for their answers; one that sends more is cut off, since each costs memory. */
const MAX_WAITING = 100;

/**
 * Has the requests of a connection answered one after another, as they must be sent (RFC 9112 §9.3.2): the next once the client has
 * the answer before, and in another turn of the event loop, so that many at once hold up nobody else.
 */
export class Pipelines {
  readonly #waiting = new WeakMap<Socket, (() => void)[]>();

  /** Calls `answer` when it is its turn; never where the connection is gone by then. */
  add({ socket }: IncomingMessage, response: ServerResponse, answer: () => void): void {
    const waiting = this.#waiting.get(socket) ?? [];
    if (waiting.length >= MAX_WAITING) {
      socket.destroy();
      return;
    }
    this.#waiting.set(socket, waiting);
    waiting.push(answer);
    response.once('close', () => {
      waiting.shift();
      const [next] = waiting;
      if (next !== undefined && !socket.destroyed) setImmediate(next);
    });
    if (waiting.length === 1) answer();
  }
}
