import { test } from 'node:test';
import assert from 'node:assert/strict';
import { onEachLane, oneHost, startProxy } from '../../support/proxy.ts';
import { echo, startServer, type Script } from '../../support/recordingServer.ts';
import type { RawClient } from '../../support/rawClient.ts';
import type { Field } from '../../support/httpMessage.ts';
import { startUnresponsiveServer } from '../../support/unresponsiveServer.ts';
import { bytesInUse, flood } from '../../support/memory.ts';

/** What is offered; more than what kernels keep by far. */
const OFFERED = 64 << 20;
const PIECE = 1 << 16;
/** What this process may grow by meanwhile: a little of it is what tests themselves need. */
const BOUND = 3 << 20;
/** No deadline is to end it. */
const timeouts = { connectMs: 60_000, responseMs: 60_000, streamMs: 60_000 };
const SWITCHING = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';

/** A text again and again, about as long as a piece. */
function repeated(text: string): Buffer {
  return Buffer.from(text.repeat(Math.ceil(PIECE / text.length)), 'latin1');
}

const WEBSOCKET: readonly Field[] = [
  ['Connection', 'Upgrade'],
  ['Upgrade', 'websocket'],
];

/** The head of a request whose body does not end. */
const upload = (framing: string) => `POST / HTTP/1.1\r\nHost: a.test\r\n${framing}\r\n\r\n`;

interface Attack {
  readonly what: string;
  readonly script: Script;
  readonly begin: (client: RawClient) => unknown;
  /** Who sends what without end. */
  readonly by: 'client' | 'server';
  readonly piece: Buffer;
}

const deaf: Script = ({ socket }) => void socket.pause();
const switches: Script = async (exchange) => {
  await exchange.write(SWITCHING);
  exchange.socket.pause();
};
const ATTACKS: readonly Attack[] = [
  {
    what: 'a response that its client does not read',
    script: (exchange) => exchange.write('HTTP/1.1 200 OK\r\n\r\n'),
    begin: (client) => client.request('GET', '/').socket.pause(),
    by: 'server',
    piece: repeated('x'),
  },
  {
    what: 'a flood of interim responses',
    script: () => undefined,
    begin: (client) => client.request('GET', '/').socket.pause(),
    by: 'server',
    piece: repeated(`HTTP/1.1 103 Early Hints\r\nLink: </${'a'.repeat(4_000)}>\r\n\r\n`),
  },
  {
    what: 'an upload that its server does not read',
    script: deaf,
    begin: (client) => client.send(upload(`Content-Length: ${2 * OFFERED}`)),
    by: 'client',
    piece: repeated('x'),
  },
  {
    what: 'a flood of requests behind one that is not answered',
    script: () => undefined,
    begin: (client) => client.request('GET', '/'),
    by: 'client',
    piece: repeated('GET / HTTP/1.1\r\nHost:a\r\n\r\n'),
  },
  {
    what: 'a flood of requests with bodies behind one that is not answered',
    script: () => undefined,
    begin: (client) => client.request('GET', '/'),
    by: 'client',
    piece: repeated('PUT / HTTP/1.1\r\nHost:a\r\nContent-Length: 3\r\n\r\n\n\r\n'),
  },
  {
    what: 'a tunnel whose client does not read',
    script: (exchange) => exchange.write(SWITCHING),
    begin: (client) => client.request('GET', '/', WEBSOCKET).socket.pause(),
    by: 'server',
    piece: repeated('x'),
  },
  {
    what: 'a tunnel whose server does not read',
    script: switches,
    begin: (client) => client.request('GET', '/', WEBSOCKET).responseHead(),
    by: 'client',
    piece: repeated('x\n\n'),
  },
  {
    what: 'an upgrade that is not answered, and what its client sends meanwhile',
    script: () => undefined,
    begin: (client) => client.request('GET', '/', WEBSOCKET),
    by: 'client',
    piece: repeated('x'),
  },
];

onEachLane('memory that a peer may take', (lane) => {
  for (const { what, script, begin, by, piece } of ATTACKS) {
    test(`${what} takes a bounded amount`, async (t) => {
      const server = await startServer(t, script, { keepBodies: false });
      const proxy = await startProxy(t, lane, oneHost(server), { timeouts });
      const client = await proxy.connect({ keepBodies: false });
      await begin(client);
      const { socket } = await server.exchange();
      const before = await bytesInUse();
      await flood(by === 'server' ? socket : client.socket, piece, OFFERED);
      const grown = (await bytesInUse()) - before;
      assert.ok(grown < BOUND, `${grown} bytes`);
    });
  }

  test('an upload in chunks of a byte that waits for a connection takes a bounded amount', async (t) => {
    const proxy = await startProxy(t, lane, oneHost(await startUnresponsiveServer(t)), { timeouts });
    const client = await proxy.connect();
    const before = await bytesInUse();
    client.send(upload('Transfer-Encoding: chunked'));
    await flood(client.socket, repeated('1\r\nx\r\n'), OFFERED);
    const grown = (await bytesInUse()) - before;
    assert.ok(grown < BOUND, `${grown} bytes`);
  });

  test('a client that waits keeps little more than what it has sent, whatever comes from others meanwhile', async (t) => {
    const server = await startServer(
      t,
      (exchange) => (exchange.target === '/wait' ? undefined : echo(exchange)),
      { keepBodies: false },
    );
    const proxy = await startProxy(t, lane, oneHost(server), {
      timeouts: { ...timeouts, headerMs: 60_000 },
    });
    const other = await proxy.connect({ keepBodies: false });
    const before = await bytesInUse();
    const clients = 200;
    for (let n = 0; n < clients; n += 1) {
      const client = await proxy.connect();
      if (n % 2 === 0) client.request('GET', '/wait');
      else client.send('GET / HTTP/1.1\r\nHost: a.test\r\n');
      for (const _ of [1, 2, 3]) {
        await other.request('POST', '/', [], 'x'.repeat(25_000)).response();
      }
    }
    const grown = (await bytesInUse()) - before;
    assert.ok(grown < clients * 50_000, `${grown} bytes`);
  });
});
