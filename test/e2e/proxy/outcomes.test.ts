import { test } from 'node:test';
import assert from 'node:assert/strict';
import { countsOf } from '../../support/counts.ts';
import { asSentTo, onlyOutcome, pick, startTelling } from '../../support/outcomes.ts';
import { DEAD, onEachLane, oneHost, table, toServer } from '../../support/proxy.ts';
import { startServer } from '../../support/recordingServer.ts';

onEachLane('outcomes', (lane) => {
  test('a request that was forwarded is told with everything that is known of it', async (t) => {
    const server = await startServer(t, async (exchange) => {
      await exchange.received();
      await exchange.answer('hello', [], '201 Created');
    });
    const { proxy, outcomes } = await startTelling(t, lane, server);
    const before = Date.now();
    const fields = [['Host', 'A.Test:80']] as const;
    const { message } = await proxy.ask('POST', '/path?q=1', fields, 'some body');
    const outcome = await onlyOutcome(proxy, outcomes);
    assert.ok(outcome.at >= before - 1 && outcome.at <= Date.now() && outcome.durationMs >= 0);
    const { at: _, durationMs: __, requestId, ...rest } = outcome;
    assert.match(requestId, /^[\w-]{36}$/);
    assert.equal(message.get('x-request-id'), undefined);
    assert.match(server.exchanges[0]!.request.text, new RegExp(`X-Request-Id: ${requestId}`));
    assert.deepEqual(rest, {
      client: '127.0.0.1',
      method: 'POST',
      host: 'a.test',
      target: '/path?q=1',
      version: '1.1',
      status: 201,
      bytesIn: 9,
      bytesOut: 5,
      service: 'test/a.test',
      to: asSentTo(server),
      retries: 0,
      failure: null,
    });
  });

  test('of a HEAD no body is counted, whatever length it declares', async (t) => {
    const { proxy, outcomes } = await startTelling(t, lane, await startServer(t));
    await proxy.ask('HEAD', '/');
    assert.deepEqual(pick(await onlyOutcome(proxy, outcomes), 'status', 'bytesOut', 'failure'), [
      200,
      0,
      null,
    ]);
  });

  test('each request of a connection has its own, pipelined or not', async (t) => {
    const { proxy, outcomes } = await startTelling(t, lane, await startServer(t));
    const client = await proxy.connect();
    for (const target of ['/1', '/2', '/3']) client.request('GET', target);
    for (let n = 0; n < 3; n += 1) await client.response();
    await outcomes.nth(2);
    await proxy.entrypoint.stop(0);
    assert.deepEqual(
      outcomes.all.map(({ target }) => target),
      ['/1', '/2', '/3'],
    );
  });

  test('own answers are told with their kind, and the service whose route they are about', async (t) => {
    const hosts = {
      'a.test': { servers: [DEAD] },
      'empty.test': { servers: [] },
      'closed.test': { servers: [DEAD], refusal: 'auth is not supported' },
    };
    const { proxy, outcomes } = await startTelling(t, lane, DEAD, {}, table(hosts));
    const asked = ['unknown.test', 'empty.test', 'closed.test', 'a.test'];
    for (const host of asked) await proxy.ask('GET', '/', [['Host', host]]);
    await outcomes.nth(3);
    await proxy.entrypoint.stop(0);
    assert.deepEqual(
      outcomes.all.map((outcome) => pick(outcome, 'host', 'status', 'failure', 'service', 'to')),
      [
        ['unknown.test', 404, 'no-route', null, null],
        ['empty.test', 503, 'no-server', 'test/empty.test', null],
        ['closed.test', 503, 'refused', 'test/closed.test', null],
        ['a.test', 502, 'bad-response', 'test/a.test', asSentTo(DEAD)],
      ],
    );
    assert.ok(outcomes.all.every(({ bytesOut }) => bytesOut > 20));
  });

  for (const [what, sent, expected] of [
    ['no HTTP', 'hello\r\n\r\n', ['', '', '', 400, 'bad-request']],
    ['two hosts', 'GET /x HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', ['GET', '', '/x', 400, 'bad-request']],
    [
      'a field without colon',
      'GET / HTTP/1.1\r\nHost: a.test\r\nX\r\n\r\n',
      ['', '', '', 400, 'bad-request'],
    ],
    ['CONNECT', 'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n', ['CONNECT', '', 'a:1', 501, 'not-implemented']],
    [
      'a broken chunk',
      'POST /x HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
      ['POST', 'a.test', '/x', 400, 'bad-request'],
    ],
    [
      'a broken chunk of a request without a route',
      'POST /x HTTP/1.1\r\nHost: b.test\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
      ['POST', 'b.test', '/x', 404, 'no-route'],
    ],
  ] as const) {
    test(`${what} is told with as much as could be read of it`, async (t) => {
      const server = await startServer(t, () => undefined);
      const { proxy, outcomes } = await startTelling(t, lane, server);
      const client = (await proxy.connect()).send(sent);
      const answer = await client.outcome();
      const outcome = await onlyOutcome(proxy, outcomes);
      assert.deepEqual(pick(outcome, 'method', 'host', 'target', 'status', 'failure'), expected);
      assert.equal(outcome.bytesOut, answer?.message.bodyLength);
      assert.equal(outcome.requestId, answer?.message.get('x-request-id'));
    });
  }

  test('a head that does not come in time is told as request-timeout, of nobody knows what', async (t) => {
    const { proxy, outcomes } = await startTelling(t, lane, DEAD, { timeouts: { headerMs: 60 } });
    const client = (await proxy.connect()).send('GET / HTTP/1.1\r\nHost: a');
    assert.equal((await client.response()).status, 408);
    const outcome = await onlyOutcome(proxy, outcomes);
    assert.deepEqual(pick(outcome, 'method', 'status', 'failure'), ['', 408, 'request-timeout']);
  });

  test('what is broken behind a request that is still being answered is told after it', async (t) => {
    const server = await startServer(t, () => undefined);
    const { proxy, outcomes } = await startTelling(t, lane, server);
    const client = (await proxy.connect()).request('GET', '/first').send('nonsense\r\n\r\n');
    await (await server.exchange()).answer('ok');
    assert.deepEqual([(await client.response()).status, (await client.response()).status], [200, 400]);
    await outcomes.nth(1);
    await proxy.entrypoint.stop(0);
    assert.deepEqual(
      outcomes.all.map(({ target, status }) => [target, status]),
      [
        ['/first', 200],
        ['', 400],
      ],
    );
  });

  test('a response that comes before the end of its request is told as complete', async (t) => {
    const server = await startServer(t, (exchange) => exchange.answer('early'));
    const { proxy, outcomes } = await startTelling(t, lane, server);
    const client = await proxy.connect();
    client.send('POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 100\r\n\r\n0123456789');
    await client.response();
    client.socket.destroy();
    const outcome = await onlyOutcome(proxy, outcomes);
    assert.deepEqual(pick(outcome, 'status', 'bytesOut', 'failure'), [200, 5, null]);
  });

  test('a tunnel is told at its end, with what passed through it', async (t) => {
    const server = await startServer(t, async (exchange) => {
      await exchange.write(
        'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nhi',
      );
    });
    const { proxy, outcomes } = await startTelling(t, lane, server);
    const client = await proxy.connect();
    const fields = [
      ['Connection', 'Upgrade'],
      ['Upgrade', 'websocket'],
    ] as const;
    client.request('GET', '/chat', fields).send('early');
    assert.equal((await client.responseHead()).status, 101);
    await client.tunnelled(2);
    client.send('later');
    const { connection } = await server.exchange();
    await server.until('bytes of the tunnel', () => connection.bytes.endsWith('earlylater'));
    assert.deepEqual(outcomes.all, []);
    assert.equal(countsOf(proxy).tunnels, 1);
    client.socket.resetAndDestroy();
    const outcome = await onlyOutcome(proxy, outcomes);
    assert.deepEqual(pick(outcome, 'status', 'bytesIn', 'bytesOut', 'failure'), [101, 10, 2, null]);
    assert.equal(countsOf(proxy).tunnels, 0);
  });

  test('an upgrade that its server answers as any request is told as any request', async (t) => {
    const { proxy, outcomes } = await startTelling(t, lane, await startServer(t));
    await proxy.ask('GET', '/', [
      ['Connection', 'Upgrade'],
      ['Upgrade', 'websocket'],
    ]);
    assert.deepEqual(pick(await onlyOutcome(proxy, outcomes), 'status', 'bytesOut', 'failure'), [
      200,
      5,
      null,
    ]);
  });

  test('retries are counted, and the server that it was sent to last is named', async (t) => {
    const breaking = await startServer(t, (exchange) => exchange.reset());
    const good = await startServer(t);
    const { proxy, outcomes } = await startTelling(t, lane, breaking, {}, oneHost(breaking, good));
    for (let n = 0; n < 2; n += 1) assert.equal((await proxy.ask('GET', '/')).status, 200);
    await outcomes.nth(1);
    assert.deepEqual(
      outcomes.all.map(({ retries }) => retries).sort((a, b) => a - b),
      [0, 1],
    );
    assert.ok(outcomes.all.every(({ to }) => to?.url === toServer(good).url));
  });

  for (const [trusted, forwarded, client] of [
    [false, '198.51.100.7', '127.0.0.1'],
    [true, '198.51.100.7', '198.51.100.7'],
    [true, 'forged, 198.51.100.7, 127.0.0.2', '198.51.100.7'],
    [true, '127.0.0.3, 127.0.0.2', '127.0.0.3'],
    [true, '198.51.100.7:4711', '198.51.100.7'],
    [true, '"[2001:db8::1]:80", [2001:db8::2]:80', '2001:db8::2'],
    [true, 'unknown', '127.0.0.1'],
  ] as const) {
    test(`X-Forwarded-For: ${forwarded} of a peer that is ${trusted ? '' : 'not '}trusted means ${client}`, async (t) => {
      const trustedProxies = trusted ? ['127.0.0.0/8'] : [];
      const { proxy, outcomes } = await startTelling(t, lane, await startServer(t), { trustedProxies });
      await proxy.ask('GET', '/', [['X-Forwarded-For', forwarded]]);
      assert.equal((await onlyOutcome(proxy, outcomes)).client, client);
    });
  }
});
