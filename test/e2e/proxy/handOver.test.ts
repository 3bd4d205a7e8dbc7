import { suite, test, type TestContext } from 'node:test';
import assert from 'node:assert/strict';
import { oneHost, startProxy, table, type ProxyOptions } from '../../support/proxy.ts';
import type { Response } from '../../support/rawClient.ts';
import { startServer } from '../../support/recordingServer.ts';

const FAST = { name: 'fast lane', settings: { fastLane: true } };
const PLAIN = 'GET /plain HTTP/1.1\r\nHost: a.test\r\n\r\n';

async function startFast(t: TestContext, options: ProxyOptions = {}) {
  const server = await startServer(t, (exchange) => exchange.answer(exchange.request.startLine));
  const proxy = await startProxy(t, FAST, oneHost(server), options);
  return { server, proxy, client: await proxy.connect() };
}

/** Which lane an answer came from: only Node's server tells its clients for how long it keeps their connection. */
function laneOf({ message: { fields } }: Response): string {
  return fields.some(([name]) => name === 'Keep-Alive') ? 'full' : 'fast';
}

suite('a connection on the fast lane', () => {
  test('stays there while its requests are plain', async (t) => {
    const { client } = await startFast(t);
    for (let n = 0; n < 3; n++) {
      assert.equal(laneOf(await client.send(PLAIN).response()), 'fast');
    }
  });

  for (const [what, unusual] of [
    ['an absolute target', 'GET http://a.test/unusual HTTP/1.1\r\nHost: b.test\r\n\r\n'],
    [
      'a field that Connection names',
      'GET /unusual HTTP/1.1\r\nHost: a.test\r\nConnection: X-Hop\r\nX-Hop: 1\r\n\r\n',
    ],
    ['white space around a value', 'GET /unusual HTTP/1.1\r\nHost: a.test\r\nX-Odd:\t a \r\n\r\n'],
    ['a method that is not usual', 'PURGE /unusual HTTP/1.1\r\nHost: a.test\r\n\r\n'],
    ['an empty line before it', '\r\nGET /unusual HTTP/1.1\r\nHost: a.test\r\n\r\n'],
  ] as const) {
    test(`is handed over at the request with ${what}, and what comes behind it is answered in order`, async (t) => {
      const { client } = await startFast(t);
      client.expecting('GET', 'GET', 'GET').send(`${PLAIN}${unusual}${PLAIN}`);
      const lanes: string[] = [];
      const paths: (string | undefined)[] = [];
      for (let nth = 0; nth < 3; nth++) {
        const response = await client.response();
        lanes.push(laneOf(response));
        paths.push(/\/\w+/.exec(response.message.body.toString())?.[0]);
      }
      assert.deepEqual(lanes, ['fast', 'full', 'full']);
      assert.deepEqual(paths, ['/plain', '/unusual', '/plain']);
    });
  }

  test('is handed over with a body that has begun to come, which arrives whole', async (t) => {
    const server = await startServer(t, async (exchange) => {
      if (exchange.request.startLine.includes('/plain')) await exchange.answer('plain');
    });
    const client = await (await startProxy(t, FAST, oneHost(server))).connect();
    await client.send(PLAIN).response();
    const body = Buffer.alloc(3_000_000, 'abc');
    const head = `PUT /large HTTP/1.1\r\nHost: a.test\r\nX-Odd:  a\r\nContent-Length: ${body.length}\r\n\r\n`;
    client.expecting('PUT').send(`${head}${body.subarray(0, 1_000).toString()}`);
    client.socket.write(body.subarray(1_000));
    const exchange = await server.exchange(1);
    await exchange.until('all of the body', () => exchange.request.bodyLength === body.length);
    await exchange.answer('complete');
    assert.equal(laneOf(await client.response()), 'full');
  });

  test('is handed over for an upgrade, with the bytes that came right behind it', async (t) => {
    const server = await startServer(t, async (exchange) => {
      if (exchange.request.startLine.includes('/plain')) await exchange.answer('plain');
      else
        await exchange.write(
          'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nhi',
        );
    });
    const proxy = await startProxy(t, FAST, oneHost(server));
    const client = await proxy.connect();
    await client.send(PLAIN).response();
    client
      .expecting('GET')
      .send('GET /chat HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nearly');
    assert.equal((await client.responseHead()).status, 101);
    assert.equal(await client.tunnelled(2), 'hi');
  });

  test('is handed over for a backend that speaks TLS, and that alone', async (t) => {
    const server = await startServer(t, (exchange) => exchange.answer('plain'));
    const secure = { port: server.port, scheme: 'https' } as const;
    const proxy = await startProxy(
      t,
      FAST,
      table({ 'a.test': { servers: [server] }, 'secure.test': { servers: [secure] } }),
      { timeouts: { connectMs: 100 } },
    );
    const client = await proxy.connect();
    assert.equal(laneOf(await client.request('GET', '/').response()), 'fast');
    const refused = await client.request('GET', '/', [['Host', 'secure.test']]).response();
    assert.deepEqual([refused.status, laneOf(refused)], [504, 'full']);
  });

  test('reads a head that comes in a few pieces, and hands one over that comes in many', async (t) => {
    const { client } = await startFast(t);
    const lanes: string[] = [];
    for (const size of [12, 1]) {
      client.expecting('GET');
      for (let at = 0; at < PLAIN.length; at += size) {
        client.socket.write(PLAIN.slice(at, at + size));
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      lanes.push(laneOf(await client.response()));
    }
    assert.deepEqual(lanes, ['fast', 'full']);
  });

  test('is answered 408 where a head begins and does not come in time, and closed without a word where none begins', async (t) => {
    const { client, proxy } = await startFast(t, { timeouts: { headerMs: 100 } });
    await client.send(PLAIN).response();
    client.expecting('GET').send('GET / HTTP/1.1\r\nHo');
    const response = await client.response();
    assert.equal(response.status, 408);
    const silent = await proxy.connect();
    await silent.closed();
    assert.equal(silent.received, 0);
  });
});

test('with the fast lane off, every request is the full lane’s', async (t) => {
  const server = await startServer(t, (exchange) => exchange.answer('hello'));
  const proxy = await startProxy(t, { name: 'full lane', settings: { fastLane: false } }, oneHost(server));
  assert.equal(laneOf(await (await proxy.connect()).send(PLAIN).response()), 'full');
});
