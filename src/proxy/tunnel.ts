import type { Socket } from 'node:net';
import { Deadline } from './deadline.ts';

/**
 * Joins two connections byte for byte, with back-pressure, until both have ended, either breaks, or nothing passes for
 * `silenceMs`. A side that ends is ended on the other side, which may still send.
 */
export function tunnel(client: Socket, server: Socket, silenceMs: number): void {
  const silence = new Deadline();
  const cut = (): void => {
    client.destroy();
    server.destroy();
  };
  silence.set(silenceMs, cut);
  for (const [from, to] of [
    [client, server],
    [server, client],
  ] as const) {
    from.setTimeout(0);
    from.setNoDelay(true);
    from.on('data', () => silence.touch());
    from.on('error', cut);
    from.on('close', () => {
      if (to.destroyed) silence.clear();
      else to.destroySoon();
    });
    from.pipe(to);
  }
}
