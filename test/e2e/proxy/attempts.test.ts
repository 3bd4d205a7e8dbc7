import { test } from 'node:test';
import assert from 'node:assert/strict';
import { DEAD, onEachLane, startProxy, table, type RouteSpec, type ServerSpec } from '../../support/proxy.ts';
import { onReuse, startServer, type RecordingServer, type Script } from '../../support/recordingServer.ts';

type T = Parameters<typeof startServer>[0];

const breaksOff: Script = async (exchange) => {
  await exchange.received();
  exchange.reset();
};
const half: Script = async (exchange) => {
  await exchange.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello');
  exchange.reset();
};
const unwell: Script = (exchange) => exchange.answer('', [], '503 Service Unavailable');
const waits: Script = async (exchange) => {
  await exchange.connection.whenClosed();
};

/** `a.test`, whose requests may be tried on so many of these servers, in this order. */
function repeating(attempts: number | null, servers: readonly ServerSpec[], given: Partial<RouteSpec> = {}) {
  // As the weights fall, so go the turns of the first requests.
  const weighted = servers.map(({ port }, i) => ({ port, weight: 100 - i }));
  return table({ 'a.test': { servers: weighted, attempts, ...given } });
}

function startBroken(t: T, count: number): Promise<RecordingServer[]> {
  return Promise.all(Array.from({ length: count }, () => startServer(t, breaksOff)));
}

function counts(servers: readonly RecordingServer[]): readonly number[] {
  return servers.map(({ exchanges }) => exchanges.length);
}

onEachLane('attempts', (lane) => {
  for (const method of ['GET', 'HEAD', 'OPTIONS', 'DELETE', 'PUT']) {
    test(`a ${method} without a body that a server broke off is repeated on another`, async (t) => {
      const servers = [...(await startBroken(t, 1)), await startServer(t)];
      const proxy = await startProxy(t, lane, repeating(2, servers));
      assert.equal((await proxy.ask(method, '/')).status, 200);
      assert.deepEqual(counts(servers), [1, 1]);
    });
  }

  for (const method of ['POST', 'PATCH']) {
    test(`a ${method} is not, since the server may have acted on it`, async (t) => {
      const servers = [...(await startBroken(t, 1)), await startServer(t)];
      const proxy = await startProxy(t, lane, repeating(2, servers));
      assert.equal((await proxy.ask(method, '/')).status, 502);
      assert.deepEqual(counts(servers), [1, 0]);
    });
  }

  test('no more servers are tried than the route allows, each once', async (t) => {
    const servers = await startBroken(t, 4);
    const proxy = await startProxy(t, lane, repeating(3, servers));
    assert.equal((await proxy.ask('GET', '/')).status, 502);
    assert.deepEqual(counts(servers), [1, 1, 1, 0]);
  });

  test('where there are fewer servers, each is tried once', async (t) => {
    const servers = await startBroken(t, 2);
    const proxy = await startProxy(t, lane, repeating(5, servers));
    const { status, message } = await proxy.ask('GET', '/');
    assert.equal(status, 502);
    assert.match(message.bodyText, /broke off before it answered/);
    assert.deepEqual(counts(servers), [1, 1]);
  });

  for (const [label, setting, servers, why] of [
    [null, 0, 1, 'the setting counts where the label says nothing, and 0 is no retry'],
    [null, 1, 1, 'nor is 1'],
    [null, 2, 2, 'so it is with the default'],
    [1, 2, 1, 'the label overrides the setting, down'],
    [3, 0, 3, 'and up'],
  ] as const) {
    const given = `where the label says ${label ?? 'nothing'} and the setting ${setting}`;
    test(`${given}, a request is tried on ${servers}: ${why}`, async (t) => {
      const broken = await startBroken(t, 4);
      const proxy = await startProxy(t, lane, repeating(label, broken), { retryAttempts: setting });
      assert.equal((await proxy.ask('GET', '/')).status, 502);
      assert.equal(counts(broken).filter((count) => count === 1).length, servers);
      assert.equal(counts(broken).filter((count) => count === 0).length, 4 - servers);
    });
  }

  test('a server that cannot be connected to does not count as an attempt', async (t) => {
    const broken = await startBroken(t, 1);
    const live = await startServer(t);
    const proxy = await startProxy(t, lane, repeating(2, [DEAD, ...broken, { port: 7 }, live]));
    assert.equal((await proxy.ask('GET', '/')).status, 200);
    assert.deepEqual(counts([...broken, live]), [1, 1]);
  });

  test('a stale connection does not count either: its server gets the request again, on a new one', async (t) => {
    const server = await startServer(t, onReuse(breaksOff));
    const proxy = await startProxy(t, lane, repeating(2, [server]));
    assert.equal((await proxy.ask('GET', '/first')).status, 200);
    assert.equal((await proxy.ask('GET', '/again')).status, 200);
    assert.equal(server.connections.length, 2);
  });

  test('nothing is repeated after a response time-out: where servers are slow, that would double their work', async (t) => {
    const servers = [await startServer(t, () => {}), await startServer(t)];
    const proxy = await startProxy(t, lane, repeating(2, servers), { timeouts: { responseMs: 50 } });
    assert.equal((await proxy.ask('GET', '/')).status, 504);
    assert.deepEqual(counts(servers), [1, 0]);
  });

  test('nothing is repeated once a part of the response was sent', async (t) => {
    const servers = [await startServer(t, half), await startServer(t)];
    const proxy = await startProxy(t, lane, repeating(2, servers));
    const client = await proxy.connect();
    client.request('GET', '/');
    await client.closed();
    assert.deepEqual(counts(servers), [1, 0]);
  });

  test('an answer is an answer: a 503 is not repeated', async (t) => {
    const servers = [await startServer(t, unwell), await startServer(t)];
    const proxy = await startProxy(t, lane, repeating(2, servers));
    assert.equal((await proxy.ask('GET', '/')).status, 503);
    assert.deepEqual(counts(servers), [1, 0]);
  });

  test('nobody is asked again for a client that has left', async (t) => {
    const servers = [await startServer(t, waits), await startServer(t)];
    const proxy = await startProxy(t, lane, repeating(2, servers));
    const client = await proxy.connect();
    client.request('GET', '/');
    const { connection } = await servers[0]!.exchange();
    client.socket.destroy();
    await connection.whenClosed();
    assert.equal((await proxy.ask('GET', '/next')).status, 200);
    assert.deepEqual(
      servers[1]!.exchanges.map(({ target }) => target),
      ['/next'],
    );
  });

  test('a client that sticks to a server that broke off goes on with the other, and sticks to that', async (t) => {
    const stickiness = { cookie: 'lb', secure: false, httpOnly: false, sameSite: null };
    const servers = [await startServer(t), await startServer(t)];
    const proxy = await startProxy(t, lane, repeating(2, servers, { stickiness }));
    const cookie = ({ message }: Awaited<ReturnType<typeof proxy.ask>>) =>
      /set-cookie: (lb=\w+)/i.exec(message.text)?.[1];
    const first = cookie(await proxy.ask('GET', '/'));
    assert.ok(first !== undefined);
    assert.deepEqual(counts(servers), [1, 0]);
    servers[0]!.script = breaksOff;
    const second = cookie(await proxy.ask('GET', '/', [['Cookie', first]]));
    assert.ok(second !== undefined && second !== first);
    // The first broke a kept connection, which is tried anew, and then the new one.
    assert.equal(servers[1]!.exchanges.length, 1);
    assert.equal(cookie(await proxy.ask('GET', '/', [['Cookie', second]])), undefined);
    assert.equal(servers[1]!.exchanges.length, 2);
  });
});
