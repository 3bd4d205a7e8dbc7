import { test } from 'node:test';
import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import { onEachLane, oneHost, startProxy } from '../../support/proxy.ts';
import { Outcomes } from '../../support/outcomes.ts';
import { startServer } from '../../support/recordingServer.ts';
import type { Field } from '../../support/httpMessage.ts';

const SHORT_MS = 200;
/** For streams that must not be found silent: pauses of this test between two pieces are much shorter, also on a busy machine. */
const PATIENT_MS = 600;
const PAUSE_MS = 100;
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
  'deadlines of streams',
  (lane) => {
    for (const framing of ['Content-Length: 100', 'Transfer-Encoding: chunked', 'X-Framing: none']) {
      test(`a response that falls silent in its body is cut off visibly (${framing})`, async (t) => {
        const body = framing.startsWith('T') ? '5\r\nhello\r\n' : 'hello';
        const server = await startServer(t, (exchange) =>
          exchange.write(`HTTP/1.1 200 OK\r\n${framing}\r\n\r\n${body}`),
        );
        const proxy = await startProxy(t, lane, oneHost(server), { timeouts: { streamMs: SHORT_MS } });
        const client = await proxy.connect();
        const { message } = await client.request('GET', '/').responseHead();
        await client.closed();
        assert.ok(!message.complete, client.seen());
        await server.connections[0]!.whenEnded();
      });
    }

    test('a response that keeps saying something is not silent', async (t) => {
      const server = await startServer(t, async (exchange) => {
        await exchange.write('HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n');
        for (let n = 0; n < 8; n += 1) {
          await setTimeout(PAUSE_MS);
          await exchange.write('x');
        }
      });
      const proxy = await startProxy(t, lane, oneHost(server), { timeouts: { streamMs: PATIENT_MS } });
      assert.equal((await proxy.ask('GET', '/')).message.bodyText, 'xxxxxxxx');
    });

    test('an upload that falls silent is given up on both sides', async (t) => {
      const server = await startServer(t);
      const proxy = await startProxy(t, lane, oneHost(server), { timeouts: { streamMs: SHORT_MS } });
      const client = await proxy.connect();
      client.send('POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 100\r\n\r\nhello');
      const response = await client.outcome();
      assert.ok(response === null || [400, 408, 504].includes(response.status));
      await client.closed();
      await server.connections[0]!.whenEnded();
      assert.equal(server.completed.length, 0);
    });

    test('an upload that its server does not take is the server’s time-out, not the client’s', async (t) => {
      const server = await startServer(t, (exchange) => void exchange.socket.pause());
      const outcomes = new Outcomes();
      const proxy = await startProxy(t, lane, oneHost(server), {
        timeouts: { streamMs: SHORT_MS },
        finished: outcomes.finished,
      });
      const client = await proxy.connect();
      const length = 32 << 20;
      client.expecting('POST').send(`POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: ${length}\r\n\r\n`);
      client.send(Buffer.alloc(length));
      // So much is left of the upload that the answer may not get through.
      assert.equal((await outcomes.nth()).failure, 'server-timeout');
    });

    test('a client that stops reading its response is given up on both sides', async (t) => {
      const server = await startServer(t, async (exchange) => {
        await exchange.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
        while (!exchange.connection.closed) await exchange.write(`100000\r\n${'x'.repeat(1 << 20)}\r\n`);
      });
      const proxy = await startProxy(t, lane, oneHost(server), { timeouts: { streamMs: SHORT_MS } });
      const client = await proxy.connect({ keepBodies: false });
      await client.request('GET', '/').responseHead();
      client.socket.pause();
      await server.connections[0]!.whenClosed();
    });

    test('a tunnel in which both sides are silent is closed on both', async (t) => {
      const server = await startServer(t, (exchange) =>
        exchange.write(
          'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
        ),
      );
      const proxy = await startProxy(t, lane, oneHost(server), { timeouts: { streamMs: SHORT_MS } });
      const client = await proxy.connect();
      await client.request('GET', '/', WEBSOCKET).responseHead();
      const startedAt = performance.now();
      await client.closed();
      await took(startedAt, SHORT_MS / 2);
      await server.connections[0]!.whenEnded();
    });

    test('a tunnel in which only one side speaks is not silent', async (t) => {
      const server = await startServer(t, async (exchange) => {
        await exchange.write(
          'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
        );
        for (let n = 0; n < 8; n += 1) {
          await setTimeout(PAUSE_MS);
          await exchange.write('x');
        }
      });
      const proxy = await startProxy(t, lane, oneHost(server), { timeouts: { streamMs: PATIENT_MS } });
      const client = await proxy.connect();
      await client.request('GET', '/', WEBSOCKET).responseHead();
      assert.equal(await client.tunnelled(8), 'xxxxxxxx');
    });

    test('the body of a quick response may take longer than the response time-out', async (t) => {
      const server = await startServer(t, async (exchange) => {
        await exchange.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nx');
        await setTimeout(300);
        await exchange.write('y');
      });
      const proxy = await startProxy(t, lane, oneHost(server), { timeouts: { responseMs: 150 } });
      assert.equal((await proxy.ask('GET', '/')).message.bodyText, 'xy');
    });
  },
  4,
);
