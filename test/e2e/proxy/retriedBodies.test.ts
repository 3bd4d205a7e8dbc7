import { test } from 'node:test';
import assert from 'node:assert/strict';
import type { Exchange } from '../../support/exchange.ts';
import { onEachLane, oneHost, startProxy, table, type TestProxy } from '../../support/proxy.ts';
import { onReuse, startServer, type RecordingServer, type Script } from '../../support/recordingServer.ts';
import { startUnresponsiveServer } from '../../support/unresponsiveServer.ts';

type T = Parameters<typeof startServer>[0];

/** Bytes of a body that are kept to be sent again. */
const KEPT = 16_384;
const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';

const breaksOff: Script = async (exchange) => {
  await exchange.received();
  exchange.reset();
};

/** A server that breaks off once this many bytes of a body have come. */
function breaksOffAfter(bytes: number): Script {
  return async (exchange) => {
    await exchange.until(`${bytes} bytes`, () => exchange.request.bodyLength >= bytes);
    exchange.reset();
  };
}

/** A proxy of servers that are tried in this order. */
async function startInOrder(
  t: T,
  lane: Parameters<typeof startProxy>[1],
  scripts: readonly (Script | undefined)[],
  attempts: number | null = null,
): Promise<{ proxy: TestProxy; servers: readonly RecordingServer[] }> {
  const servers = await Promise.all(scripts.map((script) => startServer(t, script)));
  const weighted = servers.map(({ port }, i) => ({ port, weight: 100 - i }));
  return { proxy: await startProxy(t, lane, table({ 'a.test': { servers: weighted, attempts } })), servers };
}

/** The head of the last request to a server, without what is different for every request. */
function headOf({ request }: Exchange): string {
  return request.text.replace(/X-Request-Id: .*\r\n/i, '');
}

const continues: Script = async (exchange) => {
  await exchange.write(CONTINUE);
  await exchange.received();
  await exchange.answer('done');
};

const resets: Script = (exchange) => exchange.reset();
const half: Script = async (exchange) => {
  await exchange.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello');
  exchange.reset();
};
const switches: Script = (exchange) =>
  exchange.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhi');
const continuesAndBreaks: Script = async (exchange) => {
  await exchange.write(CONTINUE);
  await breaksOff(exchange);
};

onEachLane('retries of requests with a body', (lane) => {
  for (const method of ['PUT', 'DELETE', 'GET', 'OPTIONS']) {
    for (const chunked of [false, true]) {
      const how = chunked ? 'in chunks' : 'with a length';
      test(`a ${method} with a small body ${how} that a server broke off is sent to another, head and body the same`, async (t) => {
        const { proxy, servers } = await startInOrder(t, lane, [breaksOff, undefined]);
        const client = await proxy.connect();
        const [framing, body] = chunked
          ? ['Transfer-Encoding: chunked\r\nTrailer: X-Sum', '3\r\nhel\r\n2\r\nlo\r\n0\r\nX-Sum: abc\r\n\r\n']
          : ['Content-Length: 5', 'hello'];
        client.expecting(method).send(`${method} /p HTTP/1.1\r\nHost: a.test\r\n${framing}\r\n\r\n${body}`);
        assert.equal((await client.response()).status, 200);
        const [first, second] = servers.map(({ exchanges }) => exchanges[0]!);
        assert.deepEqual([servers[0]!.exchanges.length, servers[1]!.exchanges.length], [1, 1]);
        assert.equal(headOf(second!), headOf(first!));
        assert.equal(second!.request.bodyText, 'hello');
        assert.deepEqual(second!.request.trailers, chunked ? [['X-Sum', 'abc']] : []);
        // The client's connection is as good as before.
        assert.equal((await client.request('GET', '/next').response()).message.bodyText, 'GET /next');
      });
    }
  }

  for (const method of ['POST', 'PATCH']) {
    test(`a ${method} is not, though its body be kept easily: it may have been acted on`, async (t) => {
      const { proxy, servers } = await startInOrder(t, lane, [breaksOff, undefined]);
      assert.equal((await proxy.ask(method, '/', [], 'hello')).status, 502);
      assert.equal(servers[1]!.exchanges.length, 0);
    });
  }

  test('a body of exactly as many bytes as are kept is repeated, one of a byte more is not', async (t) => {
    const { proxy, servers } = await startInOrder(t, lane, [breaksOff, undefined]);
    assert.equal((await proxy.ask('PUT', '/', [], 'x'.repeat(KEPT))).status, 200);
    assert.equal(servers[1]!.exchanges[0]!.request.bodyText, 'x'.repeat(KEPT));
    const response = await proxy.ask('PUT', '/', [], 'x'.repeat(KEPT + 1));
    const counts = servers.map(({ exchanges }) => exchanges.length);
    // Whoever's turn it was: the second server answers it, the first one breaks it off for good.
    assert.deepEqual([response.status, ...counts], counts[0] === 1 ? [200, 1, 2] : [502, 2, 1]);
  });

  for (const [what, framing, body] of [
    ['with its head', `Content-Length: ${KEPT + 1}`, 'x'.repeat(KEPT + 1)],
    ['in chunks', 'Transfer-Encoding: chunked', `${'8\r\nxxxxxxxx\r\n'.repeat(KEPT / 8)}1\r\nx\r\n0\r\n\r\n`],
  ] as const) {
    test(`a body of a byte more than is kept that came ${what} is not repeated`, async (t) => {
      const { proxy, servers } = await startInOrder(t, lane, [breaksOff, undefined]);
      const client = await proxy.connect();
      client.send(`PUT / HTTP/1.1\r\nHost: a.test\r\n${framing}\r\n\r\n${body}`);
      assert.equal((await client.response()).status, 502);
      assert.equal(servers[1]!.exchanges.length, 0);
    });
  }

  test('chunks count for what they hold: as many bytes as are kept are repeated, each in a chunk of its own', async (t) => {
    const { proxy, servers } = await startInOrder(t, lane, [breaksOff, undefined]);
    const client = await proxy.connect();
    client.send('PUT / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n');
    await servers[0]!.exchange();
    client.send(`${'1\r\nx\r\n'.repeat(KEPT)}0\r\nX-Sum: abc\r\n\r\n`);
    assert.equal((await client.response()).status, 200);
    const { request } = servers[1]!.exchanges[0]!;
    assert.deepEqual([request.bodyText, request.trailers], ['x'.repeat(KEPT), [['X-Sum', 'abc']]]);
  });

  test('a larger body is repeated as long as only its beginning was sent: what is kept, then what comes', async (t) => {
    const { proxy, servers } = await startInOrder(t, lane, [breaksOffAfter(1_000), undefined]);
    const client = await proxy.connect();
    const length = 100_000;
    client.expecting('PUT').send(`PUT / HTTP/1.1\r\nHost: a.test\r\nContent-Length: ${length}\r\n\r\n`);
    client.send('a'.repeat(1_000));
    await servers[1]!.exchange();
    await servers[1]!.until('what is kept', () => servers[1]!.exchanges[0]!.request.bodyLength === 1_000);
    client.send('b'.repeat(length - 1_000));
    assert.equal((await client.response()).status, 200);
    assert.equal(servers[1]!.exchanges[0]!.request.bodyText, 'a'.repeat(1_000) + 'b'.repeat(length - 1_000));
  });

  test('a client that waits between the pieces of a body is not forgotten by three servers that break off', async (t) => {
    const scripts = [breaksOffAfter(1), breaksOffAfter(2), breaksOffAfter(3), undefined];
    const { proxy, servers } = await startInOrder(t, lane, scripts, 4);
    const client = await proxy.connect();
    client.expecting('PUT').send('PUT / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n');
    for (const [n, letter] of ['x', 'y', 'z'].entries()) {
      client.send(`1\r\n${letter}\r\n`);
      await servers[n + 1]!.exchange();
    }
    client.send('0\r\n\r\n');
    assert.equal((await client.response()).status, 200);
    assert.equal(servers[3]!.exchanges[0]!.request.bodyText, 'xyz');
  });

  test('what was held back of a body that no further server got does not hold up the next request', async (t) => {
    const server = await startServer(t, breaksOffAfter(5));
    const proxy = await startProxy(
      t,
      lane,
      table({ 'a.test': { servers: [{ port: server.port, weight: 2 }, await startUnresponsiveServer(t)] } }),
      { timeouts: { connectMs: 300 } },
    );
    const client = await proxy.connect();
    client.expecting('PUT').send('PUT / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 10\r\n\r\nhello');
    const exchange = await server.exchange();
    await exchange.connection.whenClosed();
    client.send('world');
    assert.equal((await client.response()).status, 504);
    assert.equal((await client.request('GET', '/', [['Host', 'unknown.test']]).response()).status, 404);
  });

  test('no more servers are tried than the route allows', async (t) => {
    const { proxy, servers } = await startInOrder(t, lane, [breaksOff, breaksOff, undefined], 2);
    assert.equal((await proxy.ask('PUT', '/', [], 'hello')).status, 502);
    assert.equal(servers[2]!.exchanges.length, 0);
  });

  test('a small body survives a connection that its server closed just then, also where nothing else is repeated', async (t) => {
    const server = await startServer(t, onReuse(breaksOff));
    const proxy = await startProxy(t, lane, oneHost(server), { retryAttempts: 1 });
    assert.equal((await proxy.ask('GET', '/first')).status, 200);
    assert.equal((await proxy.ask('PUT', '/again', [], 'hello')).status, 200);
    assert.equal(server.connections.length, 2);
    assert.equal(server.exchanges.at(-1)!.request.bodyText, 'hello');
  });

  test('nothing is repeated after a response time-out', async (t) => {
    const servers = [await startServer(t, () => {}), await startServer(t)];
    const weighted = servers.map(({ port }, i) => ({ port, weight: 100 - i }));
    const proxy = await startProxy(t, lane, table({ 'a.test': { servers: weighted } }), {
      timeouts: { responseMs: 50 },
    });
    assert.equal((await proxy.ask('PUT', '/', [], 'hello')).status, 504);
    assert.equal(servers[1]!.exchanges.length, 0);
  });

  test('nor when a part of the response came before the server broke off', async (t) => {
    const { proxy, servers } = await startInOrder(t, lane, [half, undefined]);
    const client = await proxy.connect();
    client.request('PUT', '/', [], 'hello');
    await client.closed();
    assert.equal(servers[1]!.exchanges.length, 0);
  });

  test('a client that was told to continue by the first server is not told again by the second', async (t) => {
    const { proxy, servers } = await startInOrder(t, lane, [continuesAndBreaks, continues]);
    const client = await proxy.connect();
    client
      .expecting('PUT')
      .send('PUT / HTTP/1.1\r\nHost: a.test\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n');
    await client.until('100 Continue', () => client.interim.length === 1);
    const { status, interim } = await client.send('hello').response();
    assert.deepEqual([status, interim.length], [200, 1]);
    assert.equal(servers[1]!.exchanges[0]!.request.bodyText, 'hello');
  });

  test('a client that still waits to be told is told by the second server', async (t) => {
    const { proxy, servers } = await startInOrder(t, lane, [resets, continues]);
    const client = await proxy.connect();
    client
      .expecting('PUT')
      .send('PUT / HTTP/1.1\r\nHost: a.test\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n');
    await client.until('100 Continue', () => client.interim.length === 1);
    assert.equal((await client.send('hello').response()).status, 200);
    assert.equal(servers[1]!.exchanges[0]!.request.bodyText, 'hello');
  });

  test('a body that turns out to be broken after its server broke off reaches the next server in part, and the client hears 400', async (t) => {
    const { proxy, servers } = await startInOrder(t, lane, [breaksOffAfter(1), undefined]);
    const client = await proxy.connect();
    client
      .expecting('PUT')
      .send('PUT / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n');
    const second = await servers[1]!.exchange();
    client.send('not a chunk\r\n');
    assert.equal((await client.response()).status, 400);
    await second.connection.whenEnded();
    assert.ok(!second.request.complete);
  });

  test('a client that leaves in the middle takes the repeated request with it', async (t) => {
    const { proxy, servers } = await startInOrder(t, lane, [breaksOffAfter(1), undefined]);
    const client = await proxy.connect();
    client.send('PUT / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 9\r\n\r\nx');
    const second = await servers[1]!.exchange();
    client.socket.destroy();
    await second.connection.whenEnded();
    assert.equal(servers[1]!.completed.length, 0);
  });

  test('an upgrade that a server broke off is made with another', async (t) => {
    // What follows an upgrade's head has no end, so nobody waits for it.
    const { proxy, servers } = await startInOrder(t, lane, [resets, switches]);
    const client = await proxy.connect();
    client.request('GET', '/', [
      ['Connection', 'Upgrade'],
      ['Upgrade', 'websocket'],
    ]);
    assert.equal((await client.responseHead()).status, 101);
    assert.equal(await client.tunnelled(2), 'hi');
    client.send('ping');
    const { connection } = servers[1]!.exchanges[0]!;
    await servers[1]!.until('what the client says', () => connection.bytes.endsWith('ping'));
  });
});
