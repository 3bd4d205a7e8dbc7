import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CircuitBreaker } from '../../../src/model/table.ts';
import type { Exchange } from '../../support/exchange.ts';
import { valuesOf, type Field } from '../../support/httpMessage.ts';
import { DEAD, onEachLane, oneHost, startProxy, table, type TestProxy } from '../../support/proxy.ts';
import type { RawClient } from '../../support/rawClient.ts';
import { echo, startServer, type RecordingServer, type Script } from '../../support/recordingServer.ts';

const WEBSOCKET: readonly Field[] = [
  ['Connection', 'Upgrade'],
  ['Upgrade', 'websocket'],
];

/** Holds every request until the test answers it. */
const holds: Script = () => {};

const ONE_AT_A_TIME = { limits: { serverRequests: 1 } };

/** A client that has asked for `target`. */
async function asking(proxy: TestProxy, target: string, method = 'GET'): Promise<RawClient> {
  return (await proxy.connect()).request(method, target);
}

/** Clients that ask for `/0`, `/1`, …, of which the first is at the server and the others wait, in this order. */
async function queueUp(proxy: TestProxy, server: RecordingServer, count: number) {
  const clients: RawClient[] = [await asking(proxy, '/0')];
  const held = await server.exchange();
  for (let n = 1; n < count; n += 1) {
    clients.push(await asking(proxy, `/${n}`));
    await settled(proxy);
  }
  return { clients, held };
}

/** What was sent to the proxy before has been read by it: an answer of its own, on another connection, comes later. */
async function settled(proxy: TestProxy): Promise<void> {
  assert.equal((await proxy.ask('GET', '/', [['Host', 'unknown.test']])).status, 404);
}

/** Answers this one and then each that follows, and returns their targets as they came. */
async function drain(server: RecordingServer, first: Exchange, count: number): Promise<readonly string[]> {
  let held = first;
  for (let n = 1; n < count; n += 1) {
    await held.answer();
    held = await server.exchange(n);
  }
  await held.answer();
  return server.exchanges.map(({ target }) => target);
}

async function statusOf(client: RawClient): Promise<number> {
  return (await client.response()).status;
}

onEachLane('requests in flight', (lane) => {
  test('beyond the limit of their server wait, and go on in the order in which they came', async (t) => {
    const server = await startServer(t, holds);
    const proxy = await startProxy(t, lane, oneHost(server), ONE_AT_A_TIME);
    const { clients, held } = await queueUp(proxy, server, 5);
    assert.equal(server.exchanges.length, 1);
    assert.deepEqual(await drain(server, held, 5), ['/0', '/1', '/2', '/3', '/4']);
    for (const client of clients) assert.equal(await statusOf(client), 200);
  });

  test('are spread over all servers first', async (t) => {
    const servers = [await startServer(t, holds), await startServer(t, holds)];
    const proxy = await startProxy(t, lane, oneHost(...servers), { limits: { serverRequests: 2 } });
    for (const n of [0, 1, 2, 3]) await asking(proxy, `/${n}`);
    for (const server of servers) await server.exchange(1);
    await asking(proxy, '/4');
    await settled(proxy);
    assert.deepEqual(
      servers.map(({ exchanges }) => exchanges.length),
      [2, 2],
    );
  });

  test('that find the queue full are answered 503 at once, with the reason', async (t) => {
    const server = await startServer(t, holds);
    const limits = { serverRequests: 1, queue: 1 };
    const proxy = await startProxy(t, lane, oneHost(server), { limits });
    const { clients, held } = await queueUp(proxy, server, 2);
    const { status, message } = await proxy.ask('GET', '/');
    assert.equal(status, 503);
    assert.match(message.bodyText, /all servers of test\/a\.test are busy/);
    assert.deepEqual(valuesOf(message.fields, 'retry-after'), ['1']);
    await drain(server, held, 2);
    for (const client of clients) assert.equal(await statusOf(client), 200);
  });

  test('that waited for the connect time-out are answered 503, and take nobody’s place later', async (t) => {
    const server = await startServer(t, holds);
    const timeouts = { connectMs: 60 };
    const proxy = await startProxy(t, lane, oneHost(server), { ...ONE_AT_A_TIME, timeouts });
    const { clients, held } = await queueUp(proxy, server, 2);
    const { status, message } = await clients[1]!.response();
    assert.equal(status, 503);
    assert.match(message.bodyText, /busy/);
    await held.answer();
    assert.equal(await statusOf(clients[0]!), 200);
    server.script = echo;
    assert.equal((await proxy.ask('GET', '/next')).status, 200);
    assert.deepEqual(
      server.exchanges.map(({ target }) => target),
      ['/0', '/next'],
    );
  });

  test('whose client leaves leave the queue', async (t) => {
    const server = await startServer(t, holds);
    const limits = { serverRequests: 1, queue: 1 };
    const proxy = await startProxy(t, lane, oneHost(server), { limits });
    const { clients, held } = await queueUp(proxy, server, 2);
    clients[1]!.socket.destroy();
    await settled(proxy);
    const next = await asking(proxy, '/next');
    await settled(proxy);
    assert.deepEqual(await drain(server, held, 2), ['/0', '/next']);
    assert.equal(await statusOf(next), 200);
  });

  test('make room when their client leaves, and when their server breaks off', async (t) => {
    const server = await startServer(t, holds);
    const proxy = await startProxy(t, lane, oneHost(server), ONE_AT_A_TIME);
    const { clients, held } = await queueUp(proxy, server, 3);
    held.reset();
    assert.equal(await statusOf(clients[0]!), 502);
    await server.exchange(1);
    clients[1]!.socket.destroy();
    await (await server.exchange(2)).answer();
    assert.equal(await statusOf(clients[2]!), 200);
  });

  test('make room when they have become tunnels', async (t) => {
    const server = await startServer(t, (exchange) =>
      exchange.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'),
    );
    const proxy = await startProxy(t, lane, oneHost(server), ONE_AT_A_TIME);
    const tunnels: RawClient[] = [];
    for (let n = 0; n < 5; n += 1) {
      const client = await proxy.connect();
      assert.equal((await client.request('GET', '/', WEBSOCKET).responseHead()).status, 101);
      tunnels.push(client);
    }
    server.script = echo;
    assert.equal((await proxy.ask('GET', '/')).status, 200);
    for (const { socket } of tunnels) socket.destroy();
    for (const { connection } of server.exchanges.slice(0, 5)) {
      await connection.whenEnded();
      connection.socket.end();
      await connection.whenClosed();
    }
    for (let n = 0; n < 3; n += 1) assert.equal((await proxy.ask('GET', '/')).status, 200);
  });

  test('wait also where the only server with room could not be connected to', async (t) => {
    const server = await startServer(t, holds);
    const proxy = await startProxy(t, lane, oneHost(server, DEAD), ONE_AT_A_TIME);
    const clients = [await asking(proxy, '/0')];
    await server.exchange();
    for (const n of [1, 2, 3]) {
      clients.push(await asking(proxy, `/${n}`, 'POST'));
      await settled(proxy);
    }
    await drain(server, server.exchanges[0]!, 4);
    for (const client of clients) assert.equal(await statusOf(client), 200);
  });

  test('are not repeated on a server that is full: where all are busy there is no room for a second try', async (t) => {
    const servers = [await startServer(t, holds), await startServer(t, holds)];
    const proxy = await startProxy(t, lane, oneHost(...servers), ONE_AT_A_TIME);
    const clients = [await asking(proxy, '/0'), await asking(proxy, '/1')];
    const [first, second] = [await servers[0]!.exchange(), await servers[1]!.exchange()];
    first.reset();
    assert.equal(await statusOf(clients[Number(first.target.slice(1))]!), 502);
    await second.answer();
    assert.equal(await statusOf(clients[Number(second.target.slice(1))]!), 200);
  });

  test('go on when a table brings a server, or its check passes again', async (t) => {
    const [full, fresh] = [await startServer(t, holds), await startServer(t)];
    const proxy = await startProxy(t, lane, oneHost(full), ONE_AT_A_TIME);
    const { clients } = await queueUp(proxy, full, 3);
    proxy.install(oneHost(full, fresh));
    assert.equal(await statusOf(clients[1]!), 200);
    assert.equal(await statusOf(clients[2]!), 200);
    const { id, url } = oneHost(fresh).backends[0]!.servers[0]!;
    proxy.entrypoint.setFailing([{ backend: 'test/a.test', server: id, url, reason: 'answered 500' }]);
    const waiting = await asking(proxy, '/3');
    await settled(proxy);
    proxy.entrypoint.setFailing([]);
    assert.equal(await statusOf(waiting), 200);
  });

  test('are answered 503 at once when a table leaves nothing to wait for', async (t) => {
    const server = await startServer(t, holds);
    const proxy = await startProxy(t, lane, oneHost(server), ONE_AT_A_TIME);
    const { clients, held } = await queueUp(proxy, server, 2);
    proxy.install(table({}));
    const { status, message } = await clients[1]!.response();
    assert.equal(status, 503);
    assert.match(message.bodyText, /no server left/);
    await held.answer();
    assert.equal(await statusOf(clients[0]!), 200);
  });

  test('that wait count for no circuit breaker', async (t) => {
    const circuitBreaker: CircuitBreaker = {
      expression: 'NetworkErrorRatio() > 0.1 || LatencyAtQuantileMS(50.0) > 10000',
      condition: {
        kind: 'or',
        left: { kind: 'compare', metric: { kind: 'network-error-ratio' }, operator: '>', value: 0.1 },
        right: {
          kind: 'compare',
          metric: { kind: 'latency-at-quantile', quantile: 50 },
          operator: '>',
          value: 10_000,
        },
      },
    };
    const server = await startServer(t, holds);
    const states: string[] = [];
    const time = { now: 0 };
    const guarded = table({ 'a.test': { servers: [server], circuitBreaker } });
    const proxy = await startProxy(t, lane, guarded, {
      limits: { serverRequests: 1, queue: 6 },
      clock: () => time.now,
      breaker: (_, state) => void states.push(state),
    });
    const { clients, held } = await queueUp(proxy, server, 7);
    for (let n = 0; n < 10; n += 1) assert.equal((await proxy.ask('GET', '/')).status, 503);
    time.now += 9_000;
    await drain(server, held, 7);
    for (const client of clients) assert.equal(await statusOf(client), 200);
    assert.deepEqual(states, []);
  });

  test('of a client whose server is full go to another one', async (t) => {
    const servers = [await startServer(t), await startServer(t)];
    const stickiness = { cookie: 'lb', secure: false, httpOnly: true, sameSite: null };
    const sticky = table({ 'a.test': { servers, stickiness } });
    const proxy = await startProxy(t, lane, sticky, ONE_AT_A_TIME);
    const cookieOf = async (cookie: readonly Field[]) =>
      valuesOf((await proxy.ask('GET', '/', cookie)).message.fields, 'set-cookie')[0]?.split(';')[0];
    const first = await cookieOf([]);
    const own = servers.find(({ exchanges }) => exchanges.length > 0)!;
    own.script = holds;
    const busy = await proxy.connect();
    busy.request('GET', '/', [['Cookie', first!]]);
    await own.exchange(1);
    const second = await cookieOf([['Cookie', first!]]);
    assert.ok(second !== undefined && second !== first);
  });
});
