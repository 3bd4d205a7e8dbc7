import { test } from 'node:test';
import assert from 'node:assert/strict';
import { DEAD, onEachLane, oneHost, startProxy } from '../../support/proxy.ts';
import { echo, onReuse, startServer, type Script } from '../../support/recordingServer.ts';
import { startUnresponsiveServer } from '../../support/unresponsiveServer.ts';

const gone: Script = async (exchange) => {
  await exchange.received();
  exchange.socket.end();
};
const reset: Script = async (exchange) => {
  await exchange.received();
  exchange.reset();
};

onEachLane('failing over and repeating', (lane) => {
  test('with a dead server among the live ones every request succeeds, as nothing was sent to the dead one', async (t) => {
    const live = [await startServer(t), await startServer(t)];
    const proxy = await startProxy(t, lane, oneHost(DEAD, ...live));
    const client = await proxy.connect();
    for (let n = 0; n < 12; n += 1) {
      const body = n % 2 === 0 ? '' : `body ${n}`;
      const { status } = await client.request(n % 2 === 0 ? 'GET' : 'POST', `/${n}`, [], body).response();
      assert.equal(status, 200);
    }
    const seen = live.flatMap((server) => server.exchanges.map(({ target }) => target));
    assert.equal(new Set(seen).size, 12);
    assert.equal(seen.length, 12);
  });

  test('a chunked body reaches the server that a request fails over to in full', async (t) => {
    const live = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(DEAD, { port: 7 }, live));
    const body = 'x'.repeat(200_000);
    for (let n = 0; n < 3; n += 1) {
      const client = await proxy.connect();
      client.send('POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n');
      client.send(`${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`);
      assert.equal((await client.response()).status, 200);
    }
    assert.ok(live.exchanges.every(({ request }) => request.bodyText === body));
  });

  test('an expectant request fails over too', async (t) => {
    const live = await startServer(t, async (exchange) => {
      await exchange.write('HTTP/1.1 100 Continue\r\n\r\n');
      await echo(exchange);
    });
    const proxy = await startProxy(t, lane, oneHost(DEAD, live));
    for (let n = 0; n < 2; n += 1) {
      const client = await proxy.connect();
      client.send('POST / HTTP/1.1\r\nHost: a.test\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n');
      await client.until('100 Continue', () => client.interim.length === 1);
      assert.equal((await client.send('hello').response()).status, 200);
    }
  });

  for (const [how, script] of Object.entries({ closes: gone, resets: reset })) {
    for (const method of ['GET', 'HEAD', 'OPTIONS']) {
      test(`a ${method} is repeated once on a new connection if the server ${how} the kept one just then`, async (t) => {
        const server = await startServer(t, onReuse(script));
        const proxy = await startProxy(t, lane, oneHost(server));
        assert.equal((await proxy.ask('GET', '/first')).status, 200);
        assert.equal((await proxy.ask(method, '/again')).status, 200);
        assert.equal(server.connections.length, 2);
      });
    }

    for (const method of ['POST', 'PATCH']) {
      test(`a ${method} is not repeated if the server ${how} a kept connection, as it may have been acted on`, async (t) => {
        const server = await startServer(t, onReuse(script));
        const proxy = await startProxy(t, lane, oneHost(server));
        assert.equal((await proxy.ask('GET', '/first')).status, 200);
        assert.equal((await proxy.ask(method, '/once', [], 'hello')).status, 502);
        assert.equal(server.exchanges.filter(({ target }) => target === '/once').length, 1);
      });
    }

    test(`a GET is repeated once, not for ever, by a server that ${how} every connection`, async (t) => {
      const server = await startServer(t);
      const proxy = await startProxy(t, lane, oneHost(server));
      await proxy.ask('GET', '/first');
      server.script = script;
      assert.equal((await proxy.ask('GET', '/again')).status, 502);
      assert.ok(server.exchanges.filter(({ target }) => target === '/again').length <= 2);
    });

    test(`a GET on a new connection that the server ${how} is not repeated`, async (t) => {
      const server = await startServer(t, script);
      const proxy = await startProxy(t, lane, oneHost(server));
      assert.equal((await proxy.ask('GET', '/once')).status, 502);
      assert.equal(server.exchanges.length, 1);
    });
  }

  test('a GET of whose response something came is not repeated', async (t) => {
    const server = await startServer(
      t,
      onReuse(async (exchange) => {
        await exchange.write('HTTP/1.1 200 OK\r\nContent-Len');
        exchange.socket.end();
      }),
    );
    const proxy = await startProxy(t, lane, oneHost(server));
    await proxy.ask('GET', '/first');
    assert.equal((await proxy.ask('GET', '/once')).status, 502);
    assert.equal(server.exchanges.filter(({ target }) => target === '/once').length, 1);
  });

  test('a GET with a body is repeated with its whole body', async (t) => {
    const server = await startServer(t, onReuse(gone));
    const proxy = await startProxy(t, lane, oneHost(server));
    await proxy.ask('GET', '/first');
    const { status } = await proxy.ask('GET', '/again', [], 'hello');
    assert.equal(status, 200);
    assert.deepEqual(
      server.completed.slice(1).map(({ request }) => request.bodyText),
      ['hello', 'hello'],
    );
  });

  test('a POST survives idle connections that the server has closed before', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server));
    for (let n = 0; n < 10; n += 1) {
      assert.equal((await proxy.ask('POST', '/', [], 'hello')).status, 200);
      const connection = server.connections.at(-1)!;
      connection.socket.end();
      await connection.whenClosed();
    }
  });

  test('requests whose rest is broken leave no half-made connection that others would wait on', async (t) => {
    const dead = { ...(await startUnresponsiveServer(t)), id: 'a' };
    const live = { port: (await startServer(t)).port, id: 'b' };
    const proxy = await startProxy(t, lane, oneHost(dead), { timeouts: { connectMs: 300 } });
    const client = await proxy.connect();
    client.send('POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\nnot a chunk\r\n');
    assert.equal((await client.response()).status, 400);
    proxy.install(oneHost(dead, live));
    for (let n = 0; n < 2; n += 1) assert.equal((await proxy.ask('POST', '/', [], 'hello')).status, 200);
  });
});
