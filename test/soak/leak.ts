/** Loaded by every thread of the daemon to prove that the soak notices (`--leak`): each connection leaves 20 KB and a timer behind. */
import { subscribe } from 'node:diagnostics_channel';

const kept: Buffer[] = [];

subscribe('net.server.socket', () => {
  kept.push(Buffer.from('x'.repeat(20_480)));
  setTimeout(() => kept.length, 3_600_000);
});
