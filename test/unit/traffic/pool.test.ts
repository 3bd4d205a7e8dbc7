import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request, type ClientRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { suite, test, type TestContext } from 'node:test';
import { Pool } from '../../../src/traffic/pool.ts';
import { cleanup } from '../../support/cleanup.ts';

/** Longer than any of these tests may take. */
const LONG_MS = 60_000;

/** A server that answers every request with its path, `/slow…` after `slowMs`; it keeps the connections it has. */
class Peer {
  readonly sockets: Socket[] = [];
  readonly port: number;

  private constructor(port: number, sockets: Socket[]) {
    this.port = port;
    this.sockets = sockets;
  }

  static async start(t: TestContext, slowMs = 0): Promise<Peer> {
    const server = createServer({ keepAliveTimeout: LONG_MS }, (asked, response) => {
      const answer = () => response.end(asked.url);
      if (asked.url?.startsWith('/slow')) setTimeout(answer, slowMs);
      else answer();
    });
    const sockets: Socket[] = [];
    server.on('connection', (socket) => sockets.push(socket.on('error', () => {})));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    cleanup(t, () => {
      server.close();
      server.closeAllConnections();
    });
    return new Peer((server.address() as AddressInfo).port, sockets);
  }

  async whenClosed(index: number): Promise<void> {
    const socket = this.sockets[index];
    assert.ok(socket, `connection ${index}`);
    if (!socket.closed) await once(socket, 'close');
  }
}

function send(pool: Pool, { port }: Peer, path = '/'): ClientRequest {
  return request({ host: '127.0.0.1', port, path, agent: pool }).end();
}

async function received(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const piece of response) text += String(piece);
  return text;
}

/** One whole request; resolves when its connection is back in the pool, or closed. `keepAlive` is what the server promises. */
async function exchange(pool: Pool, peer: Peer, path = '/', keepAlive?: string): Promise<ClientRequest> {
  const sent = send(pool, peer, path);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  pool.learn(response.socket, keepAlive);
  const done = once(sent, 'close');
  assert.equal(await received(response), path);
  await done;
  return sent;
}

function poolOf(t: TestContext, idleMs: number): Pool {
  const pool = new Pool(idleMs);
  cleanup(t, () => pool.destroy());
  return pool;
}

suite('an idle connection', { concurrency: true }, () => {
  test('is used again, and not timed while it is in use', async (t) => {
    const peer = await Peer.start(t, 1200);
    const pool = poolOf(t, 600);
    await exchange(pool, peer);
    const again = await exchange(pool, peer, '/slow');
    assert.equal(again.reusedSocket, true);
    assert.equal(peer.sockets.length, 1);
  });

  test('is closed after its time', async (t) => {
    const peer = await Peer.start(t);
    const pool = poolOf(t, 100);
    await exchange(pool, peer);
    const idleSince = performance.now();
    await peer.whenClosed(0);
    assert.ok(performance.now() - idleSince > 80);
    assert.equal((await exchange(pool, peer)).reusedSocket, false);
  });

  test('is closed a second before the server said that it would', async (t) => {
    const peer = await Peer.start(t);
    const pool = poolOf(t, LONG_MS);
    await exchange(pool, peer, '/', 'timeout=2, max=100');
    const idleSince = performance.now();
    await peer.whenClosed(0);
    const idleMs = performance.now() - idleSince;
    assert.ok(idleMs > 900 && idleMs < 2000, `${idleMs} ms`);
  });

  for (const promise of ['timeout=1', 'timeout=0', 'TIMEOUT=1']) {
    test(`is not kept where the server promises ${promise}: it would close just as we send`, async (t) => {
      const peer = await Peer.start(t);
      await exchange(poolOf(t, LONG_MS), peer, '/', promise);
      await peer.whenClosed(0);
    });
  }

  for (const promise of ['timeout=3600', 'max=5', 'timeout=soon', '', undefined]) {
    test(`is kept where the server promises ${promise}`, async (t) => {
      const peer = await Peer.start(t);
      const pool = poolOf(t, LONG_MS);
      await exchange(pool, peer, '/', promise);
      assert.equal((await exchange(pool, peer)).reusedSocket, true);
    });
  }

  test('is not kept at all where its time is 0', async (t) => {
    const peer = await Peer.start(t);
    await exchange(poolOf(t, 0), peer);
    await peer.whenClosed(0);
  });

  test('is closed by bytes that nobody asked for: they would become the answer to the next request', async (t) => {
    const peer = await Peer.start(t);
    const pool = poolOf(t, LONG_MS);
    await exchange(pool, peer);
    peer.sockets[0]?.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil');
    await peer.whenClosed(0);
    const next = await exchange(pool, peer, '/next');
    assert.equal(next.reusedSocket, false);
  });
});

suite('a server that left', () => {
  test('loses its idle connections at once', async (t) => {
    const peer = await Peer.start(t);
    const pool = poolOf(t, LONG_MS);
    await exchange(pool, peer);
    pool.retire();
    await peer.whenClosed(0);
  });

  test('finishes what it has, and then loses that connection too', async (t) => {
    const peer = await Peer.start(t, 100);
    const pool = poolOf(t, LONG_MS);
    const sent = send(pool, peer, '/slow');
    const answered = once(sent, 'response') as Promise<[IncomingMessage]>;
    pool.retire();
    const [response] = await answered;
    assert.equal(await received(response), '/slow');
    await peer.whenClosed(0);
  });
});

test('closing what is idle leaves what is in use, which may be kept afterwards', async (t) => {
  const peer = await Peer.start(t, 100);
  const pool = poolOf(t, LONG_MS);
  const slow = once(send(pool, peer, '/slow'), 'response') as Promise<[IncomingMessage]>;
  await exchange(pool, peer, '/quick');
  pool.closeIdle();
  await peer.whenClosed(1);
  const [response] = await slow;
  pool.learn(response.socket, undefined);
  assert.equal(await received(response), '/slow');
  assert.equal((await exchange(pool, peer, '/again')).reusedSocket, true);
});

test('a connection that is still being made when its request is given up is not kept', async (t) => {
  const peer = await Peer.start(t);
  const pool = poolOf(t, LONG_MS);
  const given = send(pool, peer).on('error', () => {});
  const closed = new Promise((resolve) => given.on('close', resolve));
  given.destroy();
  await closed;
  assert.equal((await exchange(pool, peer)).reusedSocket, false);
});
