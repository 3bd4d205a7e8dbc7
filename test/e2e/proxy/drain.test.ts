import { test } from 'node:test';
import assert from 'node:assert/strict';
import { isRefused } from '../../support/isRefused.ts';
import { onEachLane, oneHost, startProxy, table } from '../../support/proxy.ts';
import { echo, startServer } from '../../support/recordingServer.ts';

const LONG_MS = 4_000;

onEachLane('draining', (lane) => {
  test('an announced stop says Connection: close in every answer, while new connections are still served', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server));
    const kept = await proxy.connect();
    assert.notEqual((await kept.request('GET', '/').response()).message.get('connection'), 'close');
    proxy.entrypoint.announceStop();
    const fresh = await proxy.connect();
    for (const client of [kept, fresh]) {
      const { status, message } = await client.request('GET', '/').response();
      assert.deepEqual([status, message.get('connection')?.toLowerCase()], [200, 'close']);
      await client.closed();
    }
    const own = await proxy.ask('GET', '/', [['Host', 'b.test']]);
    assert.deepEqual([own.status, own.message.get('connection')?.toLowerCase()], [404, 'close']);
  });

  test('a stop lets what is in flight finish and refuses new connections', async (t) => {
    const server = await startServer(t, () => undefined);
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    client.request('POST', '/', [], 'hello');
    const exchange = await server.exchange();
    const stopped = proxy.entrypoint.stop(LONG_MS);
    assert.ok(await isRefused(proxy.port));
    await exchange.answer('finished');
    const { message } = await client.response();
    assert.deepEqual([message.bodyText, message.get('connection')?.toLowerCase()], ['finished', 'close']);
    await client.closed();
    assert.deepEqual(await stopped, { cutOff: 0 });
  });

  test('a response that had begun before the stop is finished, and its connection closed after', async (t) => {
    const server = await startServer(t, (exchange) =>
      exchange.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello'),
    );
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    const { message } = await client.request('GET', '/').responseHead();
    const stopped = proxy.entrypoint.stop(LONG_MS);
    await server.exchanges[0]!.write('world');
    await client.until('whole body', () => message.complete);
    await client.closed();
    assert.deepEqual(await stopped, { cutOff: 0 });
  });

  test('a stop closes idle connections of clients and servers at once, and waits for nothing else', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server), { timeouts: { serverIdleMs: 60_000 } });
    const used = await proxy.connect();
    await used.request('GET', '/').response();
    const unused = await proxy.connect();
    await proxy.ask('GET', '/', [['Host', 'b.test']]);
    const startedAt = performance.now();
    assert.deepEqual(await proxy.entrypoint.stop(LONG_MS), { cutOff: 0 });
    assert.ok(performance.now() - startedAt < LONG_MS / 2);
    await Promise.all([used.closed(), unused.closed(), server.connections[0]!.whenEnded()]);
  });

  test('what is still in flight after the grace period is cut off and counted', async (t) => {
    const server = await startServer(t, (exchange) =>
      exchange.target === '/head'
        ? exchange.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello')
        : undefined,
    );
    const proxy = await startProxy(t, lane, oneHost(server));
    const [waiting, receiving] = [await proxy.connect(), await proxy.connect()];
    waiting.request('GET', '/wait');
    await server.exchange(0);
    const { message } = await receiving.request('GET', '/head').responseHead();
    assert.deepEqual(await proxy.entrypoint.stop(50), { cutOff: 2 });
    await Promise.all([waiting.closed(), receiving.closed()]);
    assert.equal(message.complete, false);
    await Promise.all(server.connections.map((connection) => connection.whenEnded()));
  });

  test('a tunnel is in flight: it may finish, and is cut off and counted after the grace period', async (t) => {
    const server = await startServer(t, (exchange) =>
      exchange.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'),
    );
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    await client
      .request('GET', '/', [
        ['Connection', 'Upgrade'],
        ['Upgrade', 'websocket'],
      ])
      .responseHead();
    assert.deepEqual(await proxy.entrypoint.stop(50), { cutOff: 1 });
    await client.closed();
    await server.connections[0]!.whenEnded();
  });

  test('a request in flight on a connection is answered although the stop closes the connection after it', async (t) => {
    const server = await startServer(t, () => undefined);
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    client.request('GET', '/first');
    const exchange = await server.exchange();
    server.script = echo;
    const stopped = proxy.entrypoint.stop(LONG_MS);
    await exchange.answer('first');
    assert.equal((await client.response()).message.bodyText, 'first');
    await client.closed();
    assert.deepEqual(await stopped, { cutOff: 0 });
  });

  test('a new table may come while a stop is announced', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, table({}));
    proxy.entrypoint.announceStop();
    proxy.install(oneHost(server));
    assert.equal((await proxy.ask('GET', '/')).status, 200);
  });
});
