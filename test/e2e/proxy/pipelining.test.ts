import { test } from 'node:test';
import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import { onEachLane, oneHost, startProxy } from '../../support/proxy.ts';
import { echo, startServer } from '../../support/recordingServer.ts';

/** A body that would be a request of its own if a server took it for the start of the next one. */
const SMUGGLED = 'GET /smuggled HTTP/1.1\r\nHost: a.test\r\n\r\n';

onEachLane('pipelining', (lane) => {
  test('pipelined requests are answered in their order, even when the later one is quicker', async (t) => {
    const server = await startServer(t, async (exchange) => {
      await exchange.received();
      if (exchange.target === '/slow') await setTimeout(20);
      await exchange.answer(exchange.target);
    });
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    client
      .request('GET', '/slow')
      .request('POST', '/body', [], 'hello')
      .request('HEAD', '/head')
      .request('GET', '/last');
    const answers = [];
    for (let n = 0; n < 4; n += 1) answers.push((await client.response()).message.bodyText);
    assert.deepEqual(answers, ['/slow', '/body', '', '/last']);
    assert.deepEqual(
      server.exchanges.map(({ method, target }) => `${method} ${target}`),
      ['GET /slow', 'POST /body', 'HEAD /head', 'GET /last'],
    );
  });

  test('a hundred pipelined requests in one write are all answered', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    client.send(Array.from({ length: 100 }, (_, n) => `GET /${n} HTTP/1.1\r\nHost: a.test\r\n\r\n`).join(''));
    for (let n = 0; n < 100; n += 1) assert.equal((await client.response()).message.bodyText, `GET /${n}`);
  });

  test('others have their turn between requests that are answered without a server, however many came at once', async (t) => {
    let finished = 0;
    const proxy = await startProxy(t, lane, oneHost(), { finished: () => (finished += 1) });
    const client = await proxy.connect();
    let most = 0;
    let before = 0;
    const look = (): void => {
      most = Math.max(most, finished - before);
      before = finished;
      next = setImmediate(look);
    };
    let next = setImmediate(look);
    client.send('GET / HTTP/1.1\r\nHost: nobody.test\r\n\r\n'.repeat(1_000));
    for (let n = 0; n < 1_000; n += 1) assert.equal((await client.response()).status, 404);
    clearImmediate(next);
    assert.ok(most <= 50, `${most} in one turn`);
  });

  test('a pipelined request may be torn anywhere: its beginning came with the request before it', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server));
    const second = 'GET /second HTTP/1.1\r\nHost: a.test\r\n\r\n';
    for (let torn = 1; torn < second.length; torn += 1) {
      const client = await proxy.connect();
      client.send(`GET /first HTTP/1.1\r\nHost: a.test\r\n\r\n${second.slice(0, torn)}`);
      assert.equal((await client.response()).message.bodyText, 'GET /first');
      client.send(second.slice(torn));
      assert.equal((await client.response()).message.bodyText, 'GET /second', `torn at ${torn}`);
      client.socket.destroy();
    }
  });

  test('nothing after a malformed request is served, since nobody knows where it would begin', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    client.send(
      `GET /first HTTP/1.1\r\nHost: a.test\r\n\r\nGET / HTTP/1.1\r\nHost : a.test\r\n\r\n${SMUGGLED}`,
    );
    const first = await client.outcome();
    const second = await client.outcome();
    await client.closed();
    assert.ok(first === null || first.status === 200, 'the refusal is no answer to the first request');
    assert.ok(second === null || second.status === 400);
    assert.ok(client.received <= 2);
    assert.ok(server.exchanges.every(({ target }) => target === '/first'));
  });

  test('nothing is served after a request that said Connection: close', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    client.request('GET', '/first', [['Connection', 'close']]).send(SMUGGLED);
    const { message } = await client.response();
    await client.closed();
    assert.equal(message.get('connection')?.toLowerCase(), 'close');
    assert.equal(client.received, 1);
    assert.deepEqual(
      server.exchanges.map(({ target }) => target),
      ['/first'],
    );
  });

  test('bytes after a request with Content-Length are the next request, never part of the body', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    client.send(
      `POST /first HTTP/1.1\r\nHost: a.test\r\nContent-Length: 5\r\n\r\nhelloGET /second HTTP/1.1\r\nHost: a.test\r\n\r\n`,
    );
    assert.equal((await client.response()).message.bodyText, 'POST /first');
    assert.equal((await client.response()).message.bodyText, 'GET /second');
    assert.equal(server.exchanges[0]!.request.bodyText, 'hello');
  });

  test('pipelined requests reach servers one at a time: no client opens more connections than it has', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    for (let n = 0; n < 50; n += 1)
      client.request(n % 2 === 0 ? 'POST' : 'GET', `/${n}`, [], 'x'.repeat(n % 2));
    for (let n = 0; n < 50; n += 1) assert.equal((await client.response()).status, 200);
    assert.equal(server.connections.length, 1);
  });

  test('a pipelined request whose body is broken is 400 in its turn and reaches nobody', async (t) => {
    const server = await startServer(t, (exchange) =>
      exchange.target === '/slow' ? undefined : echo(exchange),
    );
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    client.request('GET', '/slow');
    client
      .expecting('POST')
      .send('POST /broken HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n');
    const slow = await server.exchange();
    await slow.answer('at last');
    assert.equal((await client.response()).message.bodyText, 'at last');
    assert.equal((await client.response()).status, 400);
    await client.closed();
    assert.equal(server.exchanges.length, 1);
  });

  for (const [what, line, status] of [
    ['in another protocol', 'GET /odd RTSP/1.0', 505],
    ['with two spaces', 'GET /odd  HTTP/1.1', 400],
    ['without a version', 'GET /odd', 400],
  ] as const) {
    for (const [framing, body] of [
      ['Content-Length: 5', 'hello'],
      ['Transfer-Encoding: chunked', '5\r\nhello\r\n0\r\n\r\n'],
    ] as const) {
      test(`a request line ${what} is refused behind a body (${framing}), too`, async (t) => {
        const server = await startServer(t);
        const proxy = await startProxy(t, lane, oneHost(server));
        const client = await proxy.connect();
        client.send(`POST /first HTTP/1.1\r\nHost: a.test\r\n${framing}\r\n\r\n`);
        await server.exchange();
        client.send(`${body}${line}\r\nHost: a.test\r\n\r\n`);
        assert.equal((await client.response()).message.bodyText, 'POST /first');
        assert.equal((await client.response()).status, status);
        await client.closed();
        assert.equal(server.exchanges.length, 1);
      });
    }
  }

  test('a request behind one whose upgrade is ignored is answered: Node drops what comes with it', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    client
      .expecting('PUT', 'DELETE', 'GET')
      .send(
        'PUT /first HTTP/1.1\r\nHost: nobody.test\r\nContent-Length: 1\r\n\r\nx' +
          'DELETE /second HTTP/1.1\r\nHost: nobody.test\r\nConnection: Upgrade\r\nUpgrade: odd\r\n\r\n' +
          'GET /third HTTP/1.1\r\nHost: a.test\r\n\r\n',
      );
    assert.equal((await client.response()).status, 404);
    assert.equal((await client.response()).status, 404);
    assert.equal((await client.response()).message.bodyText, 'GET /third');
  });

  test('nothing but empty lines may follow a request whose trailers say that it is the last', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    client.send('POST /last HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n');
    client.send(`0\r\nConnection: close\r\n\r\n\r\n${SMUGGLED}`);
    assert.equal((await client.response()).message.bodyText, 'POST /last');
    assert.equal((await client.response()).status, 400);
    await client.closed();
    assert.equal(server.exchanges.length, 1);
  });

  for (const rest of ['', 'GET /part', 'GET /next HTTP/1.1\r\nHost: a.test\r\n\r\n', '\n']) {
    test(`a client that ends its side while a server works has left, whatever it sent besides: ${JSON.stringify(rest)}`, async (t) => {
      const server = await startServer(t, () => undefined);
      const proxy = await startProxy(t, lane, oneHost(server));
      const client = await proxy.connect();
      client.request('GET', '/slow');
      await server.exchange();
      client.send(rest).socket.end();
      await client.closed();
      await server.until('end of the connection', () => server.openConnections === 0);
      assert.equal(server.exchanges.length, 1);
      assert.equal(client.received, 0);
    });
  }

  test('what is pipelined behind Connection: close is not begun (RFC 9112 §9.6)', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    client.request('GET', '/last', [['Connection', 'close']]).request('POST', '/never');
    assert.equal((await client.response()).message.bodyText, 'GET /last');
    await client.closed();
    await proxy.ask('GET', '/after');
    assert.deepEqual(
      server.exchanges.map(({ target }) => target),
      ['/last', '/after'],
    );
  });

  test("a server's Connection: close does not lose the requests pipelined behind it", async (t) => {
    const server = await startServer(t, async (exchange) => {
      await exchange.received();
      await exchange.answer(exchange.target, [['Connection', 'close']]);
      exchange.socket.end();
    });
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    client.request('GET', '/one').request('GET', '/two').request('GET', '/three');
    for (const target of ['/one', '/two', '/three']) {
      const { message } = await client.response();
      assert.equal(message.bodyText, target);
      assert.notEqual(message.get('connection'), 'close');
    }
  });
});
