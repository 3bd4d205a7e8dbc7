import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Exchange } from '../../support/exchange.ts';
import { DEAD, onEachLane, oneHost, startProxy, table, type TestProxy } from '../../support/proxy.ts';
import type { RawClient } from '../../support/rawClient.ts';
import {
  echo,
  onReuse,
  startServer,
  type RecordingServer,
  type Script,
} from '../../support/recordingServer.ts';
import { Watch } from '../../support/watch.ts';

type T = Parameters<typeof startServer>[0];

const breaksOff: Script = async (exchange) => {
  await exchange.received();
  exchange.reset();
};

/** Servers that hold the requests for `/held…` until the test says how they end, and answer others. */
class Holding {
  readonly servers: RecordingServer[] = [];
  readonly #held: Exchange[] = [];
  readonly #watch = new Watch();

  static async start(t: T, count: number): Promise<Holding> {
    const holding = new Holding();
    for (let n = 0; n < count; n += 1)
      holding.servers.push(await startServer(t, (exchange) => holding.#take(exchange)));
    return holding;
  }

  get seen(): number {
    return this.servers.reduce((sum, { exchanges }) => sum + exchanges.length, 0);
  }

  /** Waits until so many are held and hands them over. */
  async next(count: number): Promise<readonly Exchange[]> {
    await this.#watch.until(
      `${count} held requests`,
      () => (this.#held.length >= count ? true : undefined),
      () => String(this.#held.length),
    );
    return this.#held.splice(0, count);
  }

  /** Breaks off the next so many. */
  async breakOff(count: number): Promise<void> {
    for (const exchange of await this.next(count)) exchange.reset();
  }

  async #take(exchange: Exchange): Promise<void> {
    if (!exchange.target.startsWith('/held')) return echo(exchange);
    await exchange.received();
    this.#held.push(exchange);
    this.#watch.changed();
  }
}

/** So many clients, of which each asks for its own `/held/…`. */
async function ask(proxy: TestProxy, count: number): Promise<readonly RawClient[]> {
  const clients: RawClient[] = [];
  for (let n = 0; n < count; n += 1) {
    const client = await proxy.connect();
    client.request('GET', `/held/${n}`);
    clients.push(client);
  }
  return clients;
}

/** The status of each client's response, as they come. */
function statusesOf(clients: readonly RawClient[]) {
  const told: number[] = [];
  const watch = new Watch();
  const all = Promise.all(
    clients.map(async (client) => {
      told.push((await client.response()).status);
      watch.changed();
    }),
  );
  const first = (count: number) =>
    watch.until(
      `${count} responses`,
      () => (told.length >= count ? told.slice() : undefined),
      () => told.join(' '),
    );
  return { told, all, first };
}

/** Brings three retries in flight, in the order of their clients; they stay there and leave no room for more. */
async function useUp(proxy: TestProxy, holding: Holding) {
  const clients = await ask(proxy, 3);
  await holding.breakOff(3);
  const retries = await holding.next(3);
  return { clients, retries: retries.toSorted((a, b) => (a.target < b.target ? -1 : 1)) };
}

onEachLane('retry budget', (lane) => {
  test('where all servers break off, clients see failures, and servers a fifth more requests, not twice as many', async (t) => {
    const holding = await Holding.start(t, 3);
    const proxy = await startProxy(t, lane, oneHost(...holding.servers));
    const { told, all, first } = statusesOf(await ask(proxy, 100));
    await holding.breakOff(100);
    assert.deepEqual(await first(80), Array(80).fill(502));
    await holding.breakOff(20);
    await all;
    assert.deepEqual(told, Array(100).fill(502));
    assert.equal(holding.seen, 120);
  });

  test('where there are few requests, three at a time are repeated', async (t) => {
    const holding = await Holding.start(t, 2);
    const proxy = await startProxy(t, lane, oneHost(...holding.servers));
    const { told, all, first } = statusesOf(await ask(proxy, 5));
    await holding.breakOff(5);
    assert.deepEqual(await first(2), [502, 502]);
    for (const exchange of await holding.next(3)) void exchange.answer('at last');
    await all;
    assert.deepEqual(told, [502, 502, 200, 200, 200]);
    assert.equal(holding.seen, 8);
  });

  test('a retry makes room when its response begins, however long the rest takes', async (t) => {
    const holding = await Holding.start(t, 2);
    const proxy = await startProxy(t, lane, oneHost(...holding.servers));
    const { clients, retries } = await useUp(proxy, holding);
    await retries[0]!.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello');
    await clients[0]!.until('a part', () => clients[0]!.received > 0);
    const [next] = await ask(proxy, 1);
    await holding.breakOff(1);
    const [retry] = await holding.next(1);
    await retry!.answer('at last');
    assert.equal((await next!.response()).status, 200);
  });

  test('and when its client leaves', async (t) => {
    const holding = await Holding.start(t, 2);
    const proxy = await startProxy(t, lane, oneHost(...holding.servers));
    const { clients, retries } = await useUp(proxy, holding);
    clients[0]!.socket.destroy();
    await retries[0]!.connection.whenClosed();
    const [next] = await ask(proxy, 1);
    await holding.breakOff(1);
    const [retry] = await holding.next(1);
    await retry!.answer('at last');
    assert.equal((await next!.response()).status, 200);
  });

  test('a table that is swapped changes nothing about it', async (t) => {
    const holding = await Holding.start(t, 2);
    const proxy = await startProxy(t, lane, oneHost(...holding.servers));
    await useUp(proxy, holding);
    proxy.install(oneHost(...holding.servers, DEAD));
    const [next] = await ask(proxy, 1);
    await holding.breakOff(1);
    assert.equal((await next!.response()).status, 502);
  });

  test('connections that cannot be made lie outside it', async (t) => {
    const holding = await Holding.start(t, 2);
    // Without kept connections, none can be stale.
    const noneKept = { timeouts: { serverIdleMs: 0 } };
    const proxy = await startProxy(t, lane, oneHost(...holding.servers), noneKept);
    await useUp(proxy, holding);
    const weighted = [{ ...DEAD, weight: 1000 }, ...holding.servers.map(({ port }) => ({ port }))];
    proxy.install(table({ 'a.test': { servers: weighted } }));
    for (let n = 0; n < 10; n += 1) assert.equal((await proxy.ask('GET', '/')).status, 200);
    const [next] = await ask(proxy, 1);
    await holding.breakOff(1);
    assert.equal((await next!.response()).status, 502, 'there is still no room');
  });

  test('so does a connection that went stale', async (t) => {
    const holding = await Holding.start(t, 2);
    const stale = await startServer(t, onReuse(breaksOff));
    const proxy = await startProxy(t, lane, oneHost(...holding.servers));
    await useUp(proxy, holding);
    proxy.install(table({ 'a.test': { servers: [{ port: stale.port }] } }));
    assert.equal((await proxy.ask('GET', '/first')).status, 200);
    assert.equal((await proxy.ask('GET', '/again')).status, 200);
    assert.equal(stale.connections.length, 2);
  });

  test('a POST is sent once, however much room there is', async (t) => {
    const holding = await Holding.start(t, 2);
    const proxy = await startProxy(t, lane, oneHost(...holding.servers));
    for (let n = 0; n < 10; n += 1) await proxy.ask('GET', '/');
    const client = await proxy.connect();
    client.request('POST', '/held');
    await holding.breakOff(1);
    assert.equal((await client.response()).status, 502);
    assert.equal(holding.seen, 11);
  });
});
