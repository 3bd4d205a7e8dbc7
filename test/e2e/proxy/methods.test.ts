import { test } from 'node:test';
import assert from 'node:assert/strict';
import type { FailingServer } from '../../../src/model/condition.ts';
import type { BalancingMethod } from '../../../src/model/table.ts';
import {
  DEAD,
  onEachLane,
  startProxy,
  table,
  toServer,
  type ServerSpec,
  type TestProxy,
} from '../../support/proxy.ts';
import { startServer, type RecordingServer, type Script } from '../../support/recordingServer.ts';

type T = Parameters<typeof startServer>[0];

function balancedBy(method: BalancingMethod, ...servers: readonly ServerSpec[]) {
  return table({ 'a.test': { servers, method } });
}

function startServers(t: T, count: number): Promise<RecordingServer[]> {
  return Promise.all(Array.from({ length: count }, () => startServer(t)));
}

function counts(servers: readonly RecordingServer[]): readonly number[] {
  return servers.map(({ exchanges }) => exchanges.length);
}

/** Asks `count` times, one request after the other, and returns the statuses. */
async function askOften(proxy: TestProxy, count: number, method = 'GET'): Promise<readonly number[]> {
  const client = await proxy.connect();
  const statuses: number[] = [];
  for (let n = 0; n < count; n += 1) {
    statuses.push((await client.request(method, `/${n}`).response()).status);
  }
  return statuses;
}

function failing(...servers: readonly ServerSpec[]): readonly FailingServer[] {
  return servers.map((spec) => {
    const { id, url } = toServer(spec);
    return { backend: 'test/a.test', server: id, url, reason: 'answered 500' };
  });
}

const fails: Script = (exchange) => exchange.answer('', [], '500 Internal Server Error');
const waits: Script = (exchange) => exchange.connection.whenClosed();
const switches: Script = (exchange) =>
  exchange.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');

onEachLane('balancing methods', (lane) => {
  test('least sends no more requests to a server that has one in flight, until that is over', async (t) => {
    const servers = await startServers(t, 2);
    const proxy = await startProxy(t, lane, balancedBy('least', ...servers));
    for (const server of servers) server.script = waits;
    const client = await proxy.connect();
    client.request('GET', '/hangs');
    await Promise.race(servers.map((server) => server.exchange()));
    const busy = servers.find(({ exchanges }) => exchanges.length === 1)!;
    const idle = servers.find((server) => server !== busy)!;
    idle.script = (exchange) => exchange.answer();
    await askOften(proxy, 6);
    assert.deepEqual([busy.exchanges.length, idle.exchanges.length], [1, 6]);
    client.socket.destroy();
    await busy.exchanges[0]!.connection.whenClosed();
    busy.script = idle.script;
    await askOften(proxy, 6);
    assert.deepEqual([busy.exchanges.length, idle.exchanges.length], [4, 9]);
  });

  test('an upgraded connection is in flight until it is closed', async (t) => {
    const servers = await startServers(t, 2);
    const proxy = await startProxy(t, lane, balancedBy('least', ...servers));
    for (const server of servers) server.script = switches;
    const client = await proxy.connect();
    const fields = [
      ['Connection', 'Upgrade'],
      ['Upgrade', 'websocket'],
    ] as const;
    await client.request('GET', '/', fields).responseHead();
    const busy = servers.find(({ exchanges }) => exchanges.length === 1)!;
    for (const server of servers) server.script = (exchange) => exchange.answer();
    await askOften(proxy, 4);
    assert.equal(busy.exchanges.length, 1);
    busy.exchanges[0]!.socket.destroy();
    await client.closed();
    await askOften(proxy, 4);
    assert.equal(busy.exchanges.length, 3);
  });

  test('drr sends less to a server that fails, and its share again when it is well', async (t) => {
    const [good, bad] = (await startServers(t, 2)) as [RecordingServer, RecordingServer];
    const { script } = bad;
    bad.script = fails;
    const proxy = await startProxy(t, lane, balancedBy('drr', good, bad), { clock: () => 0 });
    await askOften(proxy, 60);
    const whileFailing = bad.exchanges.length;
    assert.ok(whileFailing >= 1 && whileFailing < 12, `${whileFailing} of 60`);
    bad.script = script;
    // It gets a twentieth at first, and more with each good answer.
    await askOften(proxy, 200);
    const before = bad.exchanges.length;
    await askOften(proxy, 20);
    assert.ok(bad.exchanges.length - before >= 8, `${bad.exchanges.length - before} of 20`);
  });

  test('drr sends less to a server that is slow', async (t) => {
    const time = { now: 0 };
    const servers = await startServers(t, 2);
    for (const [i, server] of servers.entries()) {
      server.script = (exchange) => {
        time.now += i === 0 ? 5 : 95;
        return exchange.answer();
      };
    }
    const proxy = await startProxy(t, lane, balancedBy('drr', ...servers), { clock: () => time.now });
    await askOften(proxy, 55);
    // Ten times less, but for the first ones.
    assert.ok(servers[1]!.exchanges.length <= 8, String(counts(servers)));
  });

  test('servers that are not preferred get requests only while no preferred one can', async (t) => {
    const [near, far] = (await startServers(t, 2)) as [RecordingServer, RecordingServer];
    const other = { port: far.port, isPreferred: false };
    const proxy = await startProxy(t, lane, balancedBy('wrr', near, other));
    await askOften(proxy, 4);
    assert.deepEqual(counts([near, far]), [4, 0]);
    proxy.install(balancedBy('wrr', DEAD, other));
    assert.deepEqual(await askOften(proxy, 2, 'POST'), [200, 200]);
    assert.deepEqual(counts([near, far]), [4, 2]);
  });
});

onEachLane('servers whose active health check fails', (lane) => {
  test('get no requests, also after new tables, until they pass', async (t) => {
    const servers = await startServers(t, 2);
    const proxy = await startProxy(t, lane, balancedBy('wrr', ...servers));
    proxy.entrypoint.setFailing(failing(servers[0]!));
    await askOften(proxy, 3);
    proxy.install(balancedBy('wrr', ...servers));
    await askOften(proxy, 3);
    assert.deepEqual(counts(servers), [0, 6]);
    proxy.entrypoint.setFailing([]);
    await askOften(proxy, 4);
    assert.deepEqual(counts(servers), [2, 8]);
  });

  test('where all fail, the answer is 503 and says so', async (t) => {
    const servers = await startServers(t, 2);
    const proxy = await startProxy(t, lane, balancedBy('wrr', ...servers));
    proxy.entrypoint.setFailing(failing(...servers));
    const { status, message } = await proxy.ask('GET', '/');
    assert.equal(status, 503);
    assert.match(message.bodyText, /every server of test\/a\.test fails its health check/);
    assert.match(message.text, /Retry-After: 1/);
    assert.deepEqual(counts(servers), [0, 0]);
  });
});
