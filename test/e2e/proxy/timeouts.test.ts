import { test } from 'node:test';
import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import { onEachLane, oneHost, startProxy } from '../../support/proxy.ts';
import { bytes, echo, onReuse, startServer } from '../../support/recordingServer.ts';
import { startUnresponsiveServer } from '../../support/unresponsiveServer.ts';
import type { Field } from '../../support/httpMessage.ts';

const SHORT_MS = 200;
/** A timer may fire late, also because one that is looked at in rounds is cheaper; never early, and never by much. */
const LATEST_MS = 2_000;

const WEBSOCKET: readonly Field[] = [
  ['Connection', 'Upgrade'],
  ['Upgrade', 'websocket'],
];

async function took(startedAt: number, atLeastMs = SHORT_MS): Promise<void> {
  const ms = performance.now() - startedAt;
  assert.ok(ms >= atLeastMs - 20 && ms < LATEST_MS, `after ${Math.round(ms)} ms`);
}

onEachLane(
  'deadlines',
  (lane) => {
    test('a server that does not accept a connection in time is 504', async (t) => {
      const proxy = await startProxy(t, lane, oneHost(await startUnresponsiveServer(t)), {
        timeouts: { connectMs: SHORT_MS },
      });
      const startedAt = performance.now();
      assert.equal((await proxy.ask('POST', '/', [], 'hello')).status, 504);
      await took(startedAt);
    });

    test('a request fails over from a server that does not accept connections, nothing being sent yet', async (t) => {
      const live = await startServer(t);
      const proxy = await startProxy(t, lane, oneHost(await startUnresponsiveServer(t), live), {
        timeouts: { connectMs: 100 },
      });
      for (const _ of [1, 2]) assert.equal((await proxy.ask('POST', '/', [], 'hello')).status, 200);
      assert.deepEqual(
        live.exchanges.map(({ request }) => request.bodyText),
        ['hello', 'hello'],
      );
    });

    test('a server that does not answer in time is 504, and the request to it is given up', async (t) => {
      const server = await startServer(t, () => undefined);
      const proxy = await startProxy(t, lane, oneHost(server), { timeouts: { responseMs: SHORT_MS } });
      const client = await proxy.connect();
      const startedAt = performance.now();
      assert.equal((await client.request('GET', '/').response()).status, 504);
      await took(startedAt);
      await server.connections[0]!.whenEnded();
      assert.equal(server.exchanges.length, 1);
      server.script = echo;
      assert.equal((await proxy.ask('GET', '/')).status, 200);
    });

    test('a response head that trickles in is no answer in time', async (t) => {
      const server = await startServer(t, async (exchange) => {
        for (const byte of 'HTTP/1.1 200 OK\r\nX-Slow: 1234567890123456789012345678901234567890\r\n') {
          await exchange.write(byte);
          await setTimeout(20);
        }
      });
      const proxy = await startProxy(t, lane, oneHost(server), { timeouts: { responseMs: SHORT_MS } });
      const startedAt = performance.now();
      assert.equal((await proxy.ask('GET', '/')).status, 504);
      await took(startedAt);
    });

    test('an upload that takes longer than the response time-out is not late: the clock starts when it is sent', async (t) => {
      const server = await startServer(t);
      const proxy = await startProxy(t, lane, oneHost(server), { timeouts: { responseMs: SHORT_MS } });
      const client = await proxy.connect();
      client.send('POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 8\r\n\r\n');
      for (let n = 0; n < 8; n += 1) {
        await setTimeout(SHORT_MS / 4);
        client.send('x');
      }
      assert.equal((await client.response()).status, 200);
    });

    test('a response time-out of 0 waits', async (t) => {
      const server = await startServer(t, async (exchange) => {
        await setTimeout(300);
        await exchange.answer('late');
      });
      const proxy = await startProxy(t, lane, oneHost(server), { timeouts: { responseMs: 0 } });
      assert.equal((await proxy.ask('GET', '/')).message.bodyText, 'late');
    });

    test('an upgrade that is not answered in time is 504', async (t) => {
      const server = await startServer(t, () => undefined);
      const proxy = await startProxy(t, lane, oneHost(server), { timeouts: { responseMs: SHORT_MS } });
      assert.equal((await proxy.ask('GET', '/', WEBSOCKET)).status, 504);
      await server.connections[0]!.whenEnded();
    });

    test('a request head that stops half-way is 408 and the connection closed', async (t) => {
      const server = await startServer(t);
      const proxy = await startProxy(t, lane, oneHost(server), { timeouts: { headerMs: SHORT_MS } });
      const client = await proxy.connect();
      const startedAt = performance.now();
      client.send('GET / HTTP/1.1\r\nHost: a.te');
      assert.equal((await client.response()).status, 408);
      await client.closed();
      await took(startedAt);
    });

    test('a request head that trickles in is 408 all the same: a byte now and then buys no time', async (t) => {
      const server = await startServer(t);
      const proxy = await startProxy(t, lane, oneHost(server), { timeouts: { headerMs: SHORT_MS } });
      const client = await proxy.connect();
      const startedAt = performance.now();
      client.send('GET / HTTP/1.1\r\nX-Slow: ');
      const trickle = setInterval(() => client.socket.writable && client.send('x'), 20);
      t.after(() => clearInterval(trickle));
      const response = await client.outcome();
      clearInterval(trickle);
      await client.closed();
      assert.ok(response === null || response.status === 408);
      await took(startedAt);
    });

    test('a second request head that stops half-way is 408, also on a connection that was used before', async (t) => {
      const server = await startServer(t);
      const proxy = await startProxy(t, lane, oneHost(server), { timeouts: { headerMs: SHORT_MS } });
      const client = await proxy.connect();
      await client.request('GET', '/').response();
      client.send('GET / HTTP/1.1\r\nHost');
      assert.equal((await client.response()).status, 408);
      await client.closed();
    });

    for (const [what, first] of Object.entries({
      'in the same packet as the one before it':
        'GET / HTTP/1.1\r\nHost: a.test\r\n\r\nGET / HTTP/1.1\r\nX-Slow: ',
      'behind the body of the one before it':
        'PUT / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 5\r\n\r\nhelloGET / HTTP/1.1\r\nX-Slow: ',
    })) {
      test(`a pipelined request head that trickles in is 408, too (${what})`, async (t) => {
        const server = await startServer(t);
        const proxy = await startProxy(t, lane, oneHost(server), { timeouts: { headerMs: SHORT_MS } });
        const client = await proxy.connect();
        const startedAt = performance.now();
        client.send(first);
        const trickle = setInterval(() => client.socket.writable && client.send('x'), 20);
        t.after(() => clearInterval(trickle));
        assert.equal((await client.response()).status, 200);
        assert.equal((await client.response()).status, 408);
        clearInterval(trickle);
        await client.closed();
        await took(startedAt);
      });
    }

    test('a trickling head behind a response that is slow is 408 when that is complete, which it is in full', async (t) => {
      const server = await startServer(t, async (exchange) => {
        await setTimeout(3 * SHORT_MS);
        await echo(exchange);
      });
      const proxy = await startProxy(t, lane, oneHost(server), { timeouts: { headerMs: SHORT_MS } });
      const client = await proxy.connect();
      client.send('GET /slow HTTP/1.1\r\nHost: a.test\r\n\r\nGET / HTTP/1.1\r\nHos');
      assert.equal((await client.response()).message.bodyText, 'GET /slow');
      assert.equal((await client.response()).status, 408);
      await client.closed();
    });

    test('a connection on which nothing was ever sent is closed', async (t) => {
      const server = await startServer(t);
      const proxy = await startProxy(t, lane, oneHost(server), {
        timeouts: { headerMs: SHORT_MS, idleMs: SHORT_MS },
      });
      const client = await proxy.connect();
      await client.closed(LATEST_MS);
    });

    test('a client connection that is idle between requests is closed without a word', async (t) => {
      const server = await startServer(t);
      const proxy = await startProxy(t, lane, oneHost(server), { timeouts: { idleMs: SHORT_MS } });
      const client = await proxy.connect();
      await client.request('GET', '/').response();
      const startedAt = performance.now();
      await client.closed();
      await took(startedAt, SHORT_MS / 2);
      assert.equal(client.received, 1);
    });

    test('a slow response is not an idle client', async (t) => {
      const server = await startServer(t, async (exchange) => {
        await setTimeout(400);
        await exchange.answer('late');
      });
      const proxy = await startProxy(t, lane, oneHost(server), { timeouts: { idleMs: 100, headerMs: 100 } });
      assert.equal((await proxy.ask('GET', '/')).message.bodyText, 'late');
    });

    test('an idle connection to a server is closed in time, before the server would do it', async (t) => {
      const server = await startServer(t);
      const proxy = await startProxy(t, lane, oneHost(server), { timeouts: { serverIdleMs: SHORT_MS } });
      await proxy.ask('GET', '/');
      const startedAt = performance.now();
      await server.connections[0]!.whenEnded();
      await took(startedAt, SHORT_MS / 2);
      assert.equal((await proxy.ask('GET', '/')).status, 200);
      assert.equal(server.connections.length, 2);
    });

    test('a server that keeps connections for 1 s says so, and none is reused, for it may be closed in that moment', async (t) => {
      const server = await startServer(t, (exchange) =>
        exchange.answer('', [
          ['Connection', 'keep-alive'],
          ['Keep-Alive', 'timeout=1'],
        ]),
      );
      const proxy = await startProxy(t, lane, oneHost(server));
      await proxy.ask('GET', '/');
      await proxy.ask('GET', '/');
      assert.equal(server.connections.length, 2);
    });

    test('a reused connection has the whole response time-out again', async (t) => {
      const slow = async (exchange: Parameters<typeof echo>[0]) => {
        await setTimeout(SHORT_MS * 0.6);
        await echo(exchange);
      };
      const server = await startServer(t, onReuse(slow, slow));
      const proxy = await startProxy(t, lane, oneHost(server), { timeouts: { responseMs: SHORT_MS } });
      const client = await proxy.connect();
      for (const _ of [1, 2, 3]) assert.equal((await client.request('GET', '/').response()).status, 200);
    });

    test('an interim response does not stop the response clock', async (t) => {
      const server = await startServer(t, bytes('HTTP/1.1 103 Early Hints\r\n\r\n'));
      const proxy = await startProxy(t, lane, oneHost(server), { timeouts: { responseMs: SHORT_MS } });
      assert.equal((await proxy.ask('GET', '/')).status, 504);
    });
  },
  4,
);
