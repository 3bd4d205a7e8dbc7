import { test } from 'node:test';
import assert from 'node:assert/strict';
import { onEachLane, oneHost, startProxy, table } from '../../support/proxy.ts';
import { startServer } from '../../support/recordingServer.ts';

onEachLane('targets and hosts', (lane) => {
  test('the target reaches the server byte for byte, since only the server knows what it means', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    for (const target of [
      '/',
      '//',
      '//other.test/x',
      '/a//b/./c/../d',
      '/%2e%2e/%2F?%zz',
      '/?',
      '/?a=b&a=b&c',
      '/a?b=http://x/y?z',
      "/;a=1,b='(!)*$",
      '/[x]{y}|z^`"<>',
      `/${'x'.repeat(6_000)}`,
    ]) {
      const { status, message } = await client.request('GET', target).response();
      assert.deepEqual([status, message.bodyText], [200, `GET ${target}`]);
    }
  });

  test('methods are passed on, as only the server knows which it has', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server));
    for (const method of ['GET', 'PATCH', 'PROPFIND', 'MKCALENDAR', 'REPORT', 'QUERY', 'M-SEARCH'])
      assert.equal((await proxy.ask(method, '/')).message.bodyText, `${method} /`);
  });

  for (const [target, seen] of [
    ['http://a.test/x?y=1', '/x?y=1'],
    ['http://A.TEST/x', '/x'],
    ['http://a.test:80/x', '/x'],
    ['HTTP://a.test/x', '/x'],
    ['http://a.test', '/'],
    ['http://a.test?y=1', '/?y=1'],
    ['http://a.test//b/../c', '//b/../c'],
  ] as const) {
    test(`the authority of ${target} overrides Host in routing and forwarding alike (RFC 9112 3.2.2)`, async (t) => {
      const right = await startServer(t);
      const wrong = await startServer(t);
      const hosts = { 'a.test': { servers: [right] }, 'b.test': { servers: [wrong] } };
      const proxy = await startProxy(t, lane, table(hosts));
      const { status } = await proxy.ask('GET', target, [['Host', 'b.test']]);
      assert.deepEqual([status, wrong.exchanges.length, right.exchanges.length], [200, 0, 1]);
      const { request, target: received } = right.exchanges[0]!;
      const authority = target.slice(7).split(/[/?]/)[0];
      assert.equal(received, seen);
      assert.equal(request.get('host'), authority);
      assert.equal(request.get('x-forwarded-host'), authority);
    });
  }

  test('an absolute target does not stand in for a missing Host', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    client.send('GET http://a.test/ HTTP/1.1\r\n\r\n');
    assert.equal((await client.response()).status, 400);
    await client.closed();
    assert.equal(server.exchanges.length, 0);
  });

  test('OPTIONS * is about the server as a whole and is forwarded as such', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server));
    assert.equal((await proxy.ask('OPTIONS', '*')).message.bodyText, 'OPTIONS *');
  });

  test('CONNECT is refused, for a tunnel would reach past every route', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server));
    for (const target of [`127.0.0.1:${server.port}`, 'a.test:80', 'a.test', '/', 'http://a.test/']) {
      const client = await proxy.connect();
      client.send(
        `CONNECT ${target} HTTP/1.1\r\nHost: a.test\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a.test\r\n\r\n`,
      );
      const { status } = await client.response();
      assert.ok([400, 404, 405, 501].includes(status), `${target}: ${status}`);
      await client.closed();
      assert.equal(client.received, 1);
    }
    assert.equal(server.connections.length, 0);
  });

  test('hosts are matched without case, port or trailing dot, as a whole and never as a part', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server));
    for (const host of ['a.test', 'A.TEST', 'a.test:1', 'a.test:65535', 'a.test.', 'A.test.:8080'])
      assert.equal((await proxy.ask('GET', '/', [['Host', host]])).status, 200, host);
    for (const host of [
      'b.a.test',
      'a.test.evil.test',
      'ba.test',
      'a.tes',
      'a.tests',
      'test',
      'aatest',
      'xn--a.test',
      '127.0.0.1',
      '[::1]',
      '[::1]:8080',
      'localhost:80',
      '__proto__',
      'constructor',
      'hasownproperty',
    ])
      assert.equal((await proxy.ask('GET', '/', [['Host', host]])).status, 404, host);
    assert.equal(server.exchanges.length, 6);
  });

  test('a route of a path prefix ends at a segment, the longest one wins, the query does not count', async (t) => {
    const whole = await startServer(t);
    const part = await startServer(t);
    const routes = [
      { path: '/api', backend: 'part', servers: [part] },
      { path: '/', backend: 'whole', servers: [whole] },
    ];
    const proxy = await startProxy(t, lane, table({ 'a.test': routes }));
    for (const target of ['/api', '/api/', '/api/x', '/api?x'])
      assert.equal((await proxy.ask('GET', target)).status, 200);
    assert.equal(part.exchanges.length, 4);
    for (const target of ['/', '/apix', '/x/api', '/?/api', '/API']) await proxy.ask('GET', target);
    assert.deepEqual([part.exchanges.length, whole.exchanges.length], [4, 5]);
  });

  test('requests for different hosts may share a connection', async (t) => {
    const a = await startServer(t);
    const b = await startServer(t);
    const proxy = await startProxy(
      t,
      lane,
      table({ 'a.test': { servers: [a] }, 'b.test': { servers: [b] } }),
    );
    const client = await proxy.connect();
    for (const host of ['a.test', 'b.test', 'a.test', 'c.test', 'b.test']) {
      const { status } = await client.request('GET', '/', [['Host', host]]).response();
      assert.equal(status, host === 'c.test' ? 404 : 200);
    }
    assert.deepEqual([a.exchanges.length, b.exchanges.length], [2, 2]);
  });

  test('empty lines before a request are skipped, as old clients send one after a body (RFC 9112 2.2)', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    client.send('\r\nGET /one HTTP/1.1\r\nHost: a.test\r\n\r\n\r\nGET /two HTTP/1.1\r\nHost: a.test\r\n\r\n');
    assert.equal((await client.response()).message.bodyText, 'GET /one');
    assert.equal((await client.response()).message.bodyText, 'GET /two');
  });

  test('a flood of empty lines costs nobody else anything', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    client.send(`${'\n'.repeat(200_000)}GET /one HTTP/1.1\r\nHost: a.test\r\n\r\n`);
    await client.outcome();
    assert.equal((await proxy.ask('GET', '/two')).message.bodyText, 'GET /two');
  });
});
