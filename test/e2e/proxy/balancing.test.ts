import { test } from 'node:test';
import assert from 'node:assert/strict';
import { onEachLane, oneHost, startProxy, table, type TestProxy } from '../../support/proxy.ts';
import { startServer, type RecordingServer } from '../../support/recordingServer.ts';

async function startServers(t: Parameters<typeof startServer>[0], count: number): Promise<RecordingServer[]> {
  return Promise.all(Array.from({ length: count }, () => startServer(t)));
}

function counts(servers: readonly RecordingServer[]): readonly number[] {
  return servers.map(({ exchanges }) => exchanges.length);
}

/** Asks `count` times over one connection; every answer must be 200. */
async function askOften(proxy: TestProxy, count: number): Promise<void> {
  const client = await proxy.connect();
  for (let n = 0; n < count; n += 1)
    assert.equal((await client.request('GET', `/${n}`).response()).status, 200);
}

onEachLane('balancing and new tables', (lane) => {
  test('three servers share requests evenly, in every window of three', async (t) => {
    const servers = await startServers(t, 3);
    const proxy = await startProxy(t, lane, oneHost(...servers));
    for (let window = 1; window <= 5; window += 1) {
      await askOften(proxy, 3);
      assert.deepEqual(counts(servers), [window, window, window]);
    }
  });

  test('connections and clients do not matter to the rotation', async (t) => {
    const servers = await startServers(t, 3);
    const proxy = await startProxy(t, lane, oneHost(...servers));
    const clients = await Promise.all(Array.from({ length: 10 }, () => proxy.connect()));
    await Promise.all(
      clients.flatMap((client) => [1, 2, 3].map(() => client.request('GET', '/').response())),
    );
    assert.deepEqual(counts(servers), [10, 10, 10]);
  });

  test('weights share in proportion, smoothly, and weight 0 gets nothing', async (t) => {
    const servers = await startServers(t, 3);
    const [heavy, light, none] = servers as [RecordingServer, RecordingServer, RecordingServer];
    const weighted = oneHost(
      { port: heavy.port, weight: 2 },
      { port: light.port, weight: 1 },
      { port: none.port, weight: 0 },
    );
    const proxy = await startProxy(t, lane, weighted);
    for (let window = 1; window <= 4; window += 1) {
      await askOften(proxy, 3);
      assert.deepEqual(counts(servers), [2 * window, window, 0]);
    }
  });

  test('the rotation goes on over new tables, so that frequent changes do not favour the first server', async (t) => {
    const servers = await startServers(t, 3);
    const proxy = await startProxy(t, lane, oneHost(...servers));
    for (let n = 0; n < 30; n += 1) {
      await askOften(proxy, 1);
      proxy.install(oneHost(...servers));
    }
    assert.deepEqual(counts(servers), [10, 10, 10]);
  });

  test('backends rotate each for itself', async (t) => {
    const servers = await startServers(t, 2);
    const hosts = { 'a.test': { servers }, 'b.test': { servers } };
    const proxy = await startProxy(t, lane, table(hosts));
    for (const _ of [1, 2, 3]) {
      await proxy.ask('GET', '/a');
      await proxy.ask('GET', '/b', [['Host', 'b.test']]);
    }
    for (const server of servers)
      for (const target of ['/a', '/b'])
        assert.ok(server.exchanges.some((exchange) => exchange.target === target));
  });

  test('an added server shares at once, without being flooded', async (t) => {
    const servers = await startServers(t, 3);
    const proxy = await startProxy(t, lane, oneHost(...servers.slice(0, 2)));
    await askOften(proxy, 20);
    proxy.install(oneHost(...servers));
    await askOften(proxy, 9);
    const added = servers[2]!.exchanges.length;
    assert.ok(added >= 2 && added <= 4, `${added} of 9`);
  });

  test('a removed server gets no new request, finishes what it has, and loses its idle connections', async (t) => {
    const [stays, leaves] = (await startServers(t, 2)) as [RecordingServer, RecordingServer];
    const proxy = await startProxy(t, lane, oneHost(stays, leaves));
    await askOften(proxy, 4);
    leaves.script = () => undefined;
    const clients = await Promise.all([proxy.connect(), proxy.connect()]);
    for (const client of clients) client.request('GET', '/last');
    await leaves.until('pending request', () => leaves.exchanges.at(-1)?.target === '/last');
    const pending = leaves.exchanges.at(-1)!;
    const before = leaves.exchanges.length;
    proxy.install(oneHost(stays));
    await askOften(proxy, 10);
    assert.equal(leaves.exchanges.length, before);
    await pending.answer('finished');
    const bodies = await Promise.all(
      clients.map(async (client) => (await client.response()).message.bodyText),
    );
    assert.ok(bodies.includes('finished'));
    await leaves.until('end of all its connections', () =>
      leaves.connections.every(({ ended, closed }) => ended || closed),
    );
  });

  test('idle connections to a server that left are closed at once', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server));
    await askOften(proxy, 1);
    proxy.install(table({}));
    await server.connections[0]!.whenEnded();
  });

  test('idle connections to a server that stays are kept over a new table', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server));
    await askOften(proxy, 1);
    proxy.install(oneHost(server));
    await askOften(proxy, 1);
    assert.equal(server.connections.length, 1);
  });

  test('a new table does not touch a response that is under way', async (t) => {
    const server = await startServer(t, (exchange) =>
      exchange.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n'),
    );
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    const { message } = await client.request('GET', '/').responseHead();
    proxy.install(table({}));
    assert.equal((await proxy.ask('GET', '/')).status, 404);
    await server.exchanges[0]!.write('5\r\nworld\r\n0\r\n\r\n');
    await client.until('whole body', () => message.complete);
    assert.equal(message.bodyText, 'helloworld');
  });

  test('a new table does not touch a request body that is under way', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    client.send('POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 10\r\n\r\nhello');
    await server.exchange();
    proxy.install(table({}));
    assert.equal((await client.send('world').response()).status, 200);
    assert.equal(server.exchanges[0]!.request.bodyText, 'helloworld');
  });

  test('no request is lost or done twice while tables change under load', async (t) => {
    const servers = await startServers(t, 3);
    const proxy = await startProxy(t, lane, oneHost(...servers));
    const clients = await Promise.all(Array.from({ length: 8 }, () => proxy.connect()));
    let done = 0;
    const load = clients.map(async (client, c) => {
      for (let n = 0; n < 25; n += 1) {
        const method = n % 2 === 0 ? 'GET' : 'POST';
        const target = `/${c}/${n}`;
        const { message } = await client.request(method, target, [], n % 2 === 0 ? '' : 'body').response();
        assert.equal(message.bodyText, `${method} ${target}`);
        done += 1;
        // The set of servers changes with every third answer, and never holds fewer than two.
        if (done % 3 === 0) proxy.install(oneHost(...servers.filter((_, i) => i !== (done / 3) % 4)));
      }
    });
    await Promise.all(load);
    const targets = servers.flatMap(({ exchanges }) => exchanges.map(({ target }) => target));
    assert.equal(targets.length, 200);
    assert.equal(new Set(targets).size, 200);
  });

  test('a host that appears is served from the next request on, also over an old connection', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, table({}));
    const client = await proxy.connect();
    assert.equal((await client.request('GET', '/').response()).status, 404);
    proxy.install(oneHost(server));
    assert.equal((await client.request('GET', '/').response()).status, 200);
  });
});
