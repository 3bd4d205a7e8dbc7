import { test } from 'node:test';
import assert from 'node:assert/strict';
import { onEachLane, oneHost, startProxy } from '../../support/proxy.ts';
import { bytes, echo, startServer } from '../../support/recordingServer.ts';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

onEachLane('interim responses and expectations', (lane) => {
  test('103 Early Hints reach the client before the response does', async (t) => {
    const server = await startServer(t, (exchange) =>
      exchange.write(
        'HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\nlink: </b.js>\r\nX-Odd: 1\r\n\r\n',
      ),
    );
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    client.request('GET', '/');
    await client.until('interim response', () => client.interim.length === 1);
    assert.deepEqual(client.interim[0]!.all('link'), ['</a.css>; rel=preload', '</b.js>']);
    assert.equal(client.interim[0]!.get('x-odd'), '1');
    await server.exchanges[0]!.write(OK);
    assert.equal((await client.response()).message.bodyText, 'ok');
  });

  test('a flood of interim responses to a client that does not read is dropped, not stored', async (t) => {
    const hints = `HTTP/1.1 103 Early Hints\r\nLink: </${'x'.repeat(10_000)}>\r\n\r\n`.repeat(100);
    const server = await startServer(t, async (exchange) => {
      for (let n = 0; n < 30; n += 1) await exchange.write(hints);
      exchange.connection.answered += 1;
      await exchange.write(OK);
      server.announce();
    });
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    client.request('GET', '/').socket.pause();
    const exchange = await server.exchange();
    await exchange.until('answer', () => exchange.connection.answered === 1);
    client.socket.resume();
    const { status, interim } = await client.response();
    assert.equal(status, 200);
    assert.ok(interim.length < 3_000, `${interim.length} interim responses`);
  });

  test('several interim responses arrive in order', async (t) => {
    const interim = 'HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n';
    const server = await startServer(t, bytes(interim + interim + OK));
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    const response = await client.request('GET', '/').response();
    assert.deepEqual(
      response.interim.map((message) => message.startLine.split(' ')[1]),
      ['102', '103', '102', '103'],
    );
    assert.equal((await client.request('GET', '/').response()).status, 200);
  });

  test('an empty line between an interim response and the final one is skipped', async (t) => {
    const server = await startServer(t, bytes(`HTTP/1.1 102 Processing\r\n\r\n\r\n${OK}`));
    const proxy = await startProxy(t, lane, oneHost(server));
    const { status, interim } = await (await proxy.connect()).request('GET', '/').response();
    assert.deepEqual([status, interim.length], [200, 1]);
  });

  test('no interim response reaches an HTTP/1.0 client, which would take it for the answer', async (t) => {
    const server = await startServer(
      t,
      bytes(`HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${OK}`),
    );
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    client.send('GET / HTTP/1.0\r\nHost: a.test\r\n\r\n');
    const response = await client.response();
    assert.deepEqual([response.interim.length, response.message.bodyText], [0, 'ok']);
  });

  test('with Expect: 100-continue the client hears 100, then sends, then has its answer', async (t) => {
    const server = await startServer(t, async (exchange) => {
      if (exchange.request.get('expect') !== undefined) await exchange.write('HTTP/1.1 100 Continue\r\n\r\n');
      await echo(exchange);
    });
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    for (const framing of ['Content-Length: 5', 'Transfer-Encoding: chunked']) {
      client.send(`POST / HTTP/1.1\r\nHost: a.test\r\nExpect: 100-Continue\r\n${framing}\r\n\r\n`);
      await client.until('100 Continue', () => client.interim.at(-1)?.startLine.split(' ')[1] === '100');
      client.send(framing.startsWith('C') ? 'hello' : '5\r\nhello\r\n0\r\n\r\n');
      const response = await client.response();
      assert.deepEqual([response.status, response.interim.length], [200, 1]);
      assert.equal(server.exchanges.at(-1)!.request.bodyText, 'hello');
    }
  });

  test('a server that refuses an expectant request is heard, without 100 and without its body', async (t) => {
    const server = await startServer(t, (exchange) =>
      exchange.answer('no', [['Connection', 'close']], '403 Forbidden'),
    );
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    client.send('POST / HTTP/1.1\r\nHost: a.test\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n');
    const response = await client.response();
    assert.deepEqual([response.status, response.interim.length, response.message.bodyText], [403, 0, 'no']);
    assert.equal(server.exchanges[0]!.request.bodyLength, 0);
  });

  test('an expectant client that does not wait is served', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server));
    const response = await proxy.ask('POST', '/', [['Expect', '100-continue']], 'hello');
    assert.equal(response.status, 200);
    assert.equal(server.exchanges[0]!.request.bodyText, 'hello');
  });

  test('an expectant GET without a body is served', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server));
    assert.equal((await proxy.ask('GET', '/', [['Expect', '100-continue']])).status, 200);
  });

  test('an expectation of an HTTP/1.0 client is ignored (RFC 9110 10.1.1)', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    client.send('POST / HTTP/1.0\r\nHost: a.test\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello');
    const response = await client.response();
    assert.deepEqual([response.status, response.interim.length], [200, 0]);
  });

  for (const expectation of ['200-ok', '100-continue, other', 'x']) {
    test(`the expectation ${expectation} is refused with 417, as nobody here could meet it`, async (t) => {
      const server = await startServer(t);
      const proxy = await startProxy(t, lane, oneHost(server));
      for (const body of ['', 'hello']) {
        const response = await proxy.ask('POST', '/', [['Expect', expectation]], body);
        assert.equal(response.status, 417);
      }
      assert.equal(server.exchanges.length, 0);
    });
  }

  for (const [what, fields] of Object.entries({
    'a 101': 'Connection: upgrade\r\nUpgrade: x\r\n',
    'a 101 to no protocol': '',
    'a 101 to a protocol that its Connection does not name': 'Upgrade: x\r\n',
  })) {
    test(`${what} that nobody asked for is 502, for the client would read what follows as HTTP`, async (t) => {
      const server = await startServer(t, bytes(`HTTP/1.1 101 Switching Protocols\r\n${fields}\r\n${OK}`));
      const proxy = await startProxy(t, lane, oneHost(server));
      assert.equal((await proxy.ask('GET', '/')).status, 502);
    });
  }
});
