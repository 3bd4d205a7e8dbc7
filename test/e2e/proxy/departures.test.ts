import { test } from 'node:test';
import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { startTelling } from '../../support/outcomes.ts';
import { onEachLane, oneHost, startProxy } from '../../support/proxy.ts';
import type { Exchange } from '../../support/exchange.ts';
import { bytes, startServer } from '../../support/recordingServer.ts';
import { startUnresponsiveServer } from '../../support/unresponsiveServer.ts';

const HEADS = {
  'Content-Length': ['HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n', 'hello'],
  chunked: ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', '5\r\nhello\r\n'],
  'no framing': ['HTTP/1.1 200 OK\r\n\r\n', 'hello'],
} as const;

const DEPARTURES: Readonly<Record<string, (exchange: Exchange) => void>> = {
  ends: (exchange) => void exchange.socket.end(),
  resets: (exchange) => exchange.reset(),
};

onEachLane('sides that leave', (lane) => {
  for (const [framing, [head, body]] of Object.entries(HEADS)) {
    for (const [how, depart] of Object.entries(DEPARTURES)) {
      if (framing === 'no framing' && how === 'ends') continue; // That is how such a body is completed.
      test(`a server that ${how} in mid-body (${framing}) leaves the client with a visibly incomplete response`, async (t) => {
        const server = await startServer(t, async (exchange) => {
          await exchange.received();
          await exchange.write(head + body);
        });
        const proxy = await startProxy(t, lane, oneHost(server));
        const client = await proxy.connect();
        const { message } = await client.request('GET', '/').responseHead();
        await client.until('first bytes', () => message.bodyText === 'hello');
        depart(server.exchanges[0]!);
        await client.closed();
        assert.ok(!message.complete, client.seen());
      });
    }
  }

  test('a server that breaks off in mid-body does so for an HTTP/1.0 client by a reset or a length', async (t) => {
    const server = await startServer(t, async (exchange) => {
      await exchange.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello');
      exchange.socket.end();
    });
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    client.send('GET / HTTP/1.0\r\nHost: a.test\r\n\r\n');
    const outcome = await client.outcome();
    assert.ok(outcome === null, client.seen());
  });

  test('a malformed chunk in mid-body cuts the client off', async (t) => {
    const server = await startServer(
      t,
      bytes('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nxyz\r\n'),
    );
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    const outcome = await client.request('GET', '/').outcome();
    assert.ok(outcome === null || outcome.status === 502, client.seen());
    await server.connections[0]!.whenEnded();
  });

  test('a request behind a response that broke off is not answered on the same connection', async (t) => {
    const server = await startServer(t, async (exchange) => {
      await exchange.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello');
      exchange.socket.end();
    });
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    client.request('GET', '/first').request('GET', '/second');
    await client.closed();
    assert.equal(client.received, 1);
  });

  for (const [when, script] of [
    ['before the response', () => undefined],
    [
      'in the middle of the response',
      (exchange: Exchange) => exchange.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx'),
    ],
    [
      'in the middle of an event stream',
      (exchange: Exchange) =>
        exchange.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n'),
    ],
  ] as const) {
    for (const [how, leave] of Object.entries({ resets: 'resetAndDestroy', closes: 'destroy' } as const)) {
      test(`a client that ${how} ${when} is gone for the server too, which need not work on`, async (t) => {
        const server = await startServer(t, script);
        const proxy = await startProxy(t, lane, oneHost(server));
        const client = await proxy.connect();
        client.request('GET', '/');
        await server.exchange();
        if (when !== 'before the response') await client.responseHead();
        client.socket[leave]();
        await server.connections[0]!.whenEnded();
      });
    }
  }

  for (const framing of [
    'Content-Length: 100\r\n\r\nhello',
    'Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n',
  ]) {
    test(`a client that leaves in mid-body (${framing.split(':')[0]}) never makes a complete request`, async (t) => {
      const server = await startServer(t);
      const proxy = await startProxy(t, lane, oneHost(server));
      const client = await proxy.connect();
      client.send(`POST / HTTP/1.1\r\nHost: a.test\r\n${framing}`);
      const exchange = await server.exchange();
      await exchange.until('first bytes', () => exchange.request.bodyLength === 5);
      client.socket.destroy();
      await server.connections[0]!.whenEnded();
      assert.equal(exchange.request.complete, false);
    });
  }

  test('a client that ends its half after a request is still answered', async (t) => {
    const server = await startServer(t, () => undefined);
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    client.request('GET', '/');
    client.socket.end();
    const exchange = await server.exchange();
    await exchange.answer('hello');
    const outcome = await client.outcome();
    assert.ok(outcome === null || outcome.message.bodyText === 'hello');
  });

  for (const status of ['200 OK', '413 Content Too Large']) {
    test(`a ${status} that comes while the body is still being sent reaches the client, nobody waits for ever`, async (t) => {
      const server = await startServer(t, async (exchange) => {
        await exchange.until('first bytes', () => exchange.request.bodyLength > 0);
        await exchange.answer('early', [], status);
      });
      const proxy = await startProxy(t, lane, oneHost(server));
      const client = await proxy.connect();
      client.send('POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 10\r\n\r\nhello');
      const { message } = await client.response();
      assert.deepEqual([message.startLine, message.bodyText], [`HTTP/1.1 ${status}`, 'early']);
      client.send('world').request('GET', '/next');
      server.script = (exchange) => exchange.answer(exchange.target);
      const next = await client.outcome();
      assert.ok(next === null || next.message.bodyText === '/next', client.seen());
    });
  }

  test('an early response that closes, with the rest of a large body unread, reaches the client', async (t) => {
    const server = await startServer(t, async (exchange) => {
      exchange.socket.pause();
      await exchange.answer('too much', [['Connection', 'close']], '413 Content Too Large');
      exchange.socket.end();
    });
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    client.send(`POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: ${4 << 20}\r\n\r\n`);
    client.send(Buffer.alloc(4 << 20));
    const { status, message } = await client.response();
    assert.deepEqual([status, message.bodyText], [413, 'too much']);
  });

  for (const [what, request, behind] of [
    ['the rest of its body', 'Connection: close\r\nContent-Length: 9005\r\n\r\nhello', 'x'.repeat(9_000)],
    [
      'a request behind one that is refused',
      'Content-Length: 0\r\n\r\nGET * HTTP/1.1\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: a.test\r\n\r\n',
    ],
  ] as const) {
    test(`a client that sends ${what} while the proxy ends the connection gets all that came before`, async (t) => {
      const large = 'x'.repeat(200_000);
      const server = await startServer(t, (exchange) => exchange.answer(large));
      const { proxy, outcomes } = await startTelling(t, lane, server);
      const client = await proxy.connect();
      // What it has not read is in kernels, where a reset would find it.
      client.socket.pause();
      client.send(`POST / HTTP/1.1\r\nHost: a.test\r\n${request}`);
      await outcomes.nth(what === 'the rest of its body' ? 0 : 1);
      await turn();
      await new Promise((resolve) => client.socket.write(behind, resolve));
      await turn();
      client.socket.resume();
      assert.equal((await client.response()).message.bodyText, large);
      await client.closed();
    });
  }

  test('a client that ends in mid-body while its server is still being connected to is told so once', async (t) => {
    const proxy = await startProxy(t, lane, oneHost(await startUnresponsiveServer(t)));
    const client = await proxy.connect();
    // More than goes to a server at once.
    client.send(`POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 50000\r\n\r\n${'x'.repeat(40_000)}`);
    client.socket.end();
    assert.equal((await client.response()).status, 400);
    await client.closed();
    assert.equal(client.received, 1);
  });

  test('a connection to a server whose request was not sent in full is never used again', async (t) => {
    const server = await startServer(t, async (exchange) => {
      await exchange.until('something', () => exchange.request.complete || exchange.request.bodyLength > 0);
      await exchange.answer(exchange.target);
    });
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    client.send('POST /early HTTP/1.1\r\nHost: a.test\r\nContent-Length: 10\r\n\r\nhello');
    assert.equal((await client.response()).status, 200);
    for (let n = 0; n < 3; n += 1) assert.equal((await proxy.ask('GET', `/${n}`)).message.bodyText, `/${n}`);
    client.socket.destroy();
    await server.connections[0]!.whenEnded();
  });
});
