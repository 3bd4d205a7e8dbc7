import { test } from 'node:test';
import assert from 'node:assert/strict';
import { NO_SERVICE } from '../../../src/model/counts.ts';
import { countsOf, durationsOf, numberOf, requestsOf } from '../../support/counts.ts';
import { Outcomes } from '../../support/outcomes.ts';
import { DEAD, onEachLane, oneHost, startProxy, table, toServer } from '../../support/proxy.ts';
import { startServer } from '../../support/recordingServer.ts';

onEachLane('counts', (lane) => {
  test('what is counted of a service is exactly what its requests were', async (t) => {
    const server = await startServer(t, async (exchange) => {
      await exchange.received();
      await exchange.answer('12345', [], exchange.target === '/bad' ? '500 Oops' : '200 OK');
    });
    const outcomes = new Outcomes();
    const proxy = await startProxy(t, lane, oneHost(server), { finished: outcomes.finished });
    const client = await proxy.connect();
    for (let n = 0; n < 20; n += 1) await client.request('GET', '/').response();
    for (let n = 0; n < 5; n += 1) await client.request('POST', '/bad', [], 'abc').response();
    await client.request('PURGE', '/').response();
    await client.request('HEAD', '/').response();
    await outcomes.nth(26);
    const counts = countsOf(proxy);
    const service = 'test/a.test';
    assert.deepEqual(counts.services, [NO_SERVICE, service]);
    assert.deepEqual(requestsOf(counts, service), {
      'GET 2xx': 20,
      'HEAD 2xx': 1,
      'POST 5xx': 5,
      'other 2xx': 1,
    });
    assert.equal(durationsOf(counts, service), 27);
    assert.ok(numberOf(counts, service, 'durationSumMs')! > 0);
    assert.equal(numberOf(counts, service, 'bytesIn'), 15);
    assert.equal(numberOf(counts, service, 'bytesOut'), 26 * 5);
    assert.equal(numberOf(counts, service, 'inFlight'), 0);
    assert.deepEqual(counts.entrypoints, [
      { entrypoint: 'http', limit: 20_000, open: 1, waiting: 0, accepted: 1, shed: 0, refused: 0 },
    ]);
    assert.equal(durationsOf(counts, NO_SERVICE), 0);
  });

  test('a request is in flight from its beginning to its end, whichever way it ends', async (t) => {
    const server = await startServer(t, () => undefined);
    const outcomes = new Outcomes();
    const proxy = await startProxy(t, lane, oneHost(server), { finished: outcomes.finished });
    const inFlight = () => numberOf(countsOf(proxy), 'test/a.test', 'inFlight');
    const clients = [await proxy.connect(), await proxy.connect()];
    for (const client of clients) client.request('GET', '/');
    await server.exchange(1);
    assert.equal(inFlight(), 2);
    const { servers } = countsOf(proxy);
    assert.deepEqual(servers, [
      {
        backend: 'test/a.test',
        server: toServer(server).id,
        connectErrors: 0,
        ejections: 0,
        isEjected: false,
        inFlight: 2,
      },
    ]);
    await server.exchanges[0]!.answer('done');
    await outcomes.nth();
    assert.equal(inFlight(), 1);
    for (const client of clients) client.socket.destroy();
    await outcomes.nth(1);
    const counts = countsOf(proxy);
    assert.equal(numberOf(counts, 'test/a.test', 'inFlight'), 0);
    assert.deepEqual(requestsOf(counts, 'test/a.test'), { 'GET none': 1, 'GET 2xx': 1 });
    assert.equal(counts.failures['client-left'], 1);
    assert.deepEqual(counts.servers, []);
  });

  test('a thousand hosts that nobody serves make no series of their own', async (t) => {
    const outcomes = new Outcomes();
    const proxy = await startProxy(t, lane, oneHost(DEAD), { finished: outcomes.finished });
    const client = await proxy.connect();
    for (let n = 0; n < 1000; n += 1) client.request('GET', `/${n}`, [['Host', `host-${n}.${n}.test`]]);
    for (let n = 0; n < 1000; n += 1) assert.equal((await client.response()).status, 404);
    await outcomes.nth(999);
    const counts = countsOf(proxy);
    assert.deepEqual(counts.services, [NO_SERVICE]);
    assert.deepEqual(requestsOf(counts, NO_SERVICE), { 'GET 4xx': 1000 });
    assert.equal(counts.failures['no-route'], 1000);
    assert.ok(Object.keys(counts.failures).length < 30);
  });

  test('what cannot be read at all counts as of no service', async (t) => {
    const outcomes = new Outcomes();
    const proxy = await startProxy(t, lane, oneHost(DEAD), { finished: outcomes.finished });
    await (await proxy.connect()).send('nonsense\r\n\r\n').closed();
    await outcomes.nth();
    const counts = countsOf(proxy);
    assert.deepEqual(requestsOf(counts, NO_SERVICE), { 'other 4xx': 1 });
    assert.equal(counts.failures['bad-request'], 1);
    assert.equal(numberOf(counts, NO_SERVICE, 'inFlight'), 0);
  });

  test('a service that leaves the table is forgotten, also with a request in flight once that is over', async (t) => {
    const server = await startServer(t, (exchange) =>
      exchange.target === '/slow' ? undefined : exchange.answer('ok'),
    );
    const outcomes = new Outcomes();
    const hosts = { 'idle.test': { servers: [server] }, 'busy.test': { servers: [server] } };
    const proxy = await startProxy(t, lane, table(hosts), { finished: outcomes.finished });
    const services = () => countsOf(proxy).services;
    await proxy.ask('GET', '/', [['Host', 'idle.test']]);
    const slow = (await proxy.connect()).request('GET', '/slow', [['Host', 'busy.test']]);
    await server.exchange(1);
    await outcomes.nth();
    assert.deepEqual(services(), [NO_SERVICE, 'test/idle.test', 'test/busy.test']);
    proxy.install(oneHost(server));
    assert.deepEqual(services(), [NO_SERVICE, 'test/busy.test']);
    await server.exchanges[1]!.answer('at last');
    await slow.response();
    await outcomes.nth(1);
    assert.deepEqual(services(), [NO_SERVICE]);
    assert.equal(outcomes.all[1]!.service, 'test/busy.test');
  });

  test('a service that comes back while its request is in flight goes on counting', async (t) => {
    const server = await startServer(t, (exchange) =>
      exchange.target === '/slow' ? undefined : exchange.answer('ok'),
    );
    const outcomes = new Outcomes();
    const proxy = await startProxy(t, lane, oneHost(server), { finished: outcomes.finished });
    await proxy.ask('GET', '/');
    (await proxy.connect()).request('GET', '/slow');
    await server.exchange(1);
    proxy.install(table({}));
    proxy.install(oneHost(server));
    await server.exchanges[1]!.answer('ok');
    await outcomes.nth(1);
    assert.deepEqual(requestsOf(countsOf(proxy), 'test/a.test'), { 'GET 2xx': 2 });
  });

  test('connections that cannot be made are counted by server, until it leaves the table', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(DEAD, server));
    for (let n = 0; n < 2; n += 1) assert.equal((await proxy.ask('GET', '/')).status, 200);
    const told = countsOf(proxy).servers.filter(({ connectErrors }) => connectErrors > 0);
    assert.deepEqual(
      told.map((each) => [each.backend, each.server, each.connectErrors]),
      [['test/a.test', toServer(DEAD).id, 1]],
    );
    proxy.install(oneHost(server));
    assert.deepEqual(countsOf(proxy).servers, []);
  });

  test('a tunnel is no request whose duration says anything', async (t) => {
    const server = await startServer(t, (exchange) =>
      exchange.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'),
    );
    const outcomes = new Outcomes();
    const proxy = await startProxy(t, lane, oneHost(server), { finished: outcomes.finished });
    const client = await proxy.connect();
    const fields = [
      ['Connection', 'Upgrade'],
      ['Upgrade', 'websocket'],
    ] as const;
    await client.request('GET', '/', fields).responseHead();
    client.socket.resetAndDestroy();
    await outcomes.nth();
    const counts = countsOf(proxy);
    assert.deepEqual(requestsOf(counts, 'test/a.test'), { 'GET 1xx': 1 });
    assert.equal(durationsOf(counts, 'test/a.test'), 0);
    assert.equal(counts.tunnels, 0);
  });

  test('answers are counted by status code, also of services that have left, and what they took together', async (t) => {
    const server = await startServer(t, (exchange) =>
      exchange.answer('ok', [], `${exchange.target.slice(1)} Whatever`),
    );
    const outcomes = new Outcomes();
    const proxy = await startProxy(t, lane, oneHost(server), { finished: outcomes.finished });
    const client = await proxy.connect();
    for (const status of [200, 200, 404, 418, 503]) await client.request('GET', `/${status}`).response();
    await proxy.ask('GET', '/', [['Host', 'nobody.test']]);
    await outcomes.nth(5);
    const before = countsOf(proxy);
    assert.deepEqual(before.statuses, { 200: 2, 404: 2, 418: 1, 503: 1 });
    const tookMs = outcomes.all.reduce((sum, { durationMs }) => sum + durationMs, 0);
    assert.ok(Math.abs(before.durationMs - tookMs) < 0.001);
    proxy.install(table({}));
    const after = countsOf(proxy);
    assert.deepEqual([after.services, after.statuses], [[NO_SERVICE], before.statuses]);
    assert.ok(Math.abs(after.durationMs - tookMs) < 0.001);
  });

  test('whoever leaves before an answer was answered nothing', async (t) => {
    const server = await startServer(t, () => undefined);
    const outcomes = new Outcomes();
    const proxy = await startProxy(t, lane, oneHost(server), { finished: outcomes.finished });
    const client = (await proxy.connect()).request('GET', '/');
    await server.exchange();
    client.socket.destroy();
    await outcomes.nth();
    const { statuses, recentErrors } = countsOf(proxy);
    assert.deepEqual([statuses, recentErrors], [{}, []]);
  });

  test('requests are counted by the place of their route in the table, from the moment on that they are routed', async (t) => {
    const server = await startServer(t, () => undefined);
    const routes = [{ path: '/api', servers: [server], refusal: 'it is not to be' }, { servers: [server] }];
    const first = table({ 'a.test': routes, 'b.test': { servers: [server] } });
    const proxy = await startProxy(t, lane, first);
    const countsOfRoutes = () =>
      countsOf(proxy).routes.map(({ tableId, requests }) => [tableId, [...requests]]);
    assert.deepEqual(countsOfRoutes(), [[first.id, [0, 0, 0]]]);
    const client = (await proxy.connect()).request('GET', '/', [['Host', 'b.test']]);
    await server.exchange();
    for (let n = 0; n < 2; n += 1) await proxy.ask('GET', '/api/x');
    await proxy.ask('GET', '/', [['Host', 'nobody.test']]);
    assert.deepEqual(countsOfRoutes(), [[first.id, [2, 0, 1]]]);
    const second = table({ 'b.test': { servers: [server] } });
    proxy.install(second);
    assert.deepEqual(countsOfRoutes(), [[second.id, [0]]]);
    client.socket.destroy();
  });

  test('the last errors are remembered, with what was asked for, and without what may be secret', async (t) => {
    const server = await startServer(t, (exchange) =>
      exchange.answer('no', [], exchange.target === '/good' ? '200 OK' : '500 Oops'),
    );
    const outcomes = new Outcomes();
    const proxy = await startProxy(t, lane, oneHost(server), { finished: outcomes.finished });
    const client = await proxy.connect();
    await client.request('GET', '/good').response();
    await client.request('POST', '/bad?token=secret', [['Host', 'A.test:80']], 'x').response();
    await client.request('GET', `/${'long'.repeat(1_000)}`, [['Host', 'nobody.test']]).response();
    await outcomes.nth(2);
    const [unknown, bad, ...others] = countsOf(proxy).recentErrors;
    assert.deepEqual(others, []);
    const { at, ...of } = bad!;
    assert.ok(Math.abs(at - Date.now()) < 5_000);
    assert.deepEqual(of, { status: 500, method: 'POST', host: 'A.test:80', path: '/bad' });
    assert.deepEqual([unknown!.status, unknown!.host, unknown!.path.length], [404, 'nobody.test', 1_025]);
    await (await proxy.connect()).send('nonsense\r\n\r\n').closed();
    await outcomes.nth(3);
    const [unread] = countsOf(proxy).recentErrors;
    assert.deepEqual([unread!.status, unread!.method, unread!.host, unread!.path], [400, '', '', '']);
  });
});
