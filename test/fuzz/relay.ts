import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import type { LaneUnderTest } from './track.ts';

/** What a relay does to the bytes that pass, packet by packet; Latin-1. */
export interface Meddling {
  readonly request?: (packet: string) => string;
  readonly response?: (packet: string) => string;
}

/** A lane that is wrong on purpose: between it and its clients somebody meddles with what passes. */
export function meddled(lane: LaneUnderTest, meddling: Meddling): LaneUnderTest {
  return { ...lane, name: `${lane.name}, meddled with`, behind: (port) => startRelay(port, meddling) };
}

async function startRelay(
  to: number,
  { request = same, response = same }: Meddling,
): Promise<{ port: number; close(): void }> {
  const open = new Set<Socket>();
  const relay = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const proxy = connect({ port: to, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    pass(client, proxy, request);
    pass(proxy, client, response);
    for (const socket of [client, proxy]) {
      open.add(socket);
      socket.on('close', () => open.delete(socket));
    }
  });
  relay.listen(0, '127.0.0.1');
  await once(relay, 'listening');
  return {
    port: (relay.address() as AddressInfo).port,
    close: () => {
      relay.close();
      for (const socket of open) socket.destroy();
    },
  };
}

function pass(from: Socket, to: Socket, meddle: (packet: string) => string): void {
  from.on('data', (packet: Buffer) => {
    if (to.writable) to.write(meddle(packet.toString('latin1')), 'latin1');
  });
  from.on('end', () => to.end());
  from.on('error', () => to.resetAndDestroy());
  // The other side's error does it, too, and may have come first.
  from.on('close', (isBroken) => {
    if (isBroken) to.destroy();
  });
}

function same(packet: string): string {
  return packet;
}
