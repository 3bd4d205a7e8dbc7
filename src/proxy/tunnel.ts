import type { Socket } from 'node:net';
import type { Account } from './account.ts';
import { Deadline } from './deadline.ts';

/**
 * Joins two connections byte for byte, with back-pressure, until both have ended, either breaks, or nothing passes for
 * `silenceMs`. A side that ends is ended on the other side, which may still send. The account is told what passes, and closed at the end.
 */
export function tunnel(client: Socket, server: Socket, silenceMs: number, account: Account): void {
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
    from.on('data', ({ length }: Buffer) => {
      silence.touch();
      if (from === client) account.bytesIn += length;
      else account.bytesOut += length;
    });
    from.on('error', cut);
    from.on('close', () => {
      if (!to.destroyed) {
        to.destroySoon();
        return;
      }
      silence.clear();
      account.close(true);
    });
    from.pipe(to);
  }
}
