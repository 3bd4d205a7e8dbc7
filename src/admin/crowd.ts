import type { Socket } from 'node:net';
import { clientOf } from './client.ts';

/** More than any team's browsers and scripts behind one address have open, and few of all that may be. */
const MAX_OF_CLIENT = 200;

/**
 * Bounds the connections of each client: one that opens all that there may be, which needs no login, would keep health checks out, and
 * Rancher then replaces us.
 */
export class Crowd {
  readonly #connections = new Map<string, number>();

  /** Closes a connection that is one too many. */
  enter(socket: Socket): void {
    const client = clientOf(socket.remoteAddress ?? '');
    const others = this.#connections.get(client) ?? 0;
    if (others >= MAX_OF_CLIENT) {
      socket.destroy();
      return;
    }
    this.#connections.set(client, others + 1);
    socket.once('close', () => {
      const left = (this.#connections.get(client) ?? 1) - 1;
      if (left > 0) this.#connections.set(client, left);
      else this.#connections.delete(client);
    });
  }
}
