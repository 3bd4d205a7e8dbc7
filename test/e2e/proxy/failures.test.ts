import { test } from 'node:test';
import assert from 'node:assert/strict';
import { DEAD, onEachLane, oneHost, startProxy, table } from '../../support/proxy.ts';
import { bytes, echo, startServer, type Script } from '../../support/recordingServer.ts';
import type { Response } from '../../support/rawClient.ts';

/** The form of every answer that the proxy makes itself (interface: one line that says what and why). */
function assertOwnAnswer({ message }: Response): void {
  assert.match(message.get('content-type') ?? '', /^text\/plain(;|$)/);
  assert.equal(message.get('content-length'), String(message.bodyLength));
  assert.match(message.bodyText, /^[^\r\n]{3,}\n?$/);
  assert.match(message.get('x-request-id') ?? '', /^[\w-]{8,}$/);
  assert.doesNotMatch(message.text, /^(server|x-powered-by|via):/im);
  assert.doesNotMatch(message.text + message.bodyText, /node|active-lb|http-proxy|\bat .*\.[jt]s\b/i);
}

const NOT_HTTP: Readonly<Record<string, string>> = {
  'another protocol': 'SSH-2.0-OpenSSH_9.6\r\n\r\n',
  'HTTP/0.9': '<html>hello</html>\r\n\r\n',
  'HTTP/2.0': 'HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n',
  'no version': 'HTTP 200 OK\r\nContent-Length: 0\r\n\r\n',
  'no status': 'HTTP/1.1 OK\r\nContent-Length: 0\r\n\r\n',
  'a status of two digits': 'HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n',
  'a status of four digits': 'HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n',
  'two Content-Lengths that differ':
    'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!',
  'two Content-Lengths that agree': 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello',
  'a list of Content-Lengths': 'HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\nhello',
  'a negative Content-Length': 'HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello',
  'a Content-Length with a sign': 'HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello',
  'a hexadecimal Content-Length': 'HTTP/1.1 200 OK\r\nContent-Length: 0x5\r\n\r\nhello',
  'a huge Content-Length': 'HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nhello',
  'an empty Content-Length': 'HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\nhello',
  'Transfer-Encoding with Content-Length':
    'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
  'an unknown Transfer-Encoding':
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
  'chunked twice': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
  'a space before the colon': 'HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n',
  'a field without a colon': 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\nbroken\r\n\r\n',
  'an empty field name': 'HTTP/1.1 200 OK\r\n: x\r\nContent-Length: 0\r\n\r\n',
  'NUL in a value': 'HTTP/1.1 200 OK\r\nX-Odd: a\0b\r\nContent-Length: 0\r\n\r\n',
  'a control byte in a value': 'HTTP/1.1 200 OK\r\nX-Odd: a\x01b\r\nContent-Length: 0\r\n\r\n',
  'DEL in a value': 'HTTP/1.1 200 OK\r\nX-Odd: a\x7fb\r\nContent-Length: 0\r\n\r\n',
  'a bare CR in a value': 'HTTP/1.1 200 OK\r\nX-Odd: a\rSet-Cookie: evil\r\nContent-Length: 0\r\n\r\n',
  'a control byte in a name': 'HTTP/1.1 200 OK\r\nX\x01Odd: x\r\nContent-Length: 0\r\n\r\n',
  'a control byte in the reason': 'HTTP/1.1 200 O\x01K\r\nContent-Length: 0\r\n\r\n',
  'a hundred thousand bytes without a line end': 'HTTP/1.1 200 OK' + 'x'.repeat(100_000),
};

const BREAKS: Readonly<Record<string, Script>> = {
  'closes before it answers': (exchange) => void exchange.socket.end(),
  'resets before it answers': (exchange) => exchange.reset(),
  'closes in the middle of the head': (exchange) => void exchange.socket.end('HTTP/1.1 200 OK\r\nContent-Le'),
  'resets in the middle of the head': async (exchange) => {
    await exchange.write('HTTP/1.1 200 OK\r\nContent-Le');
    exchange.reset();
  },
  'closes after an interim response': (exchange) =>
    void exchange.socket.end('HTTP/1.1 103 Early Hints\r\n\r\n'),
};

onEachLane('failures', (lane) => {
  test('a server that refuses connections is 502, and says what and why in one line', async (t) => {
    const proxy = await startProxy(t, lane, oneHost(DEAD));
    for (const [method, body] of [
      ['GET', ''],
      ['POST', 'hello'],
    ] as const) {
      const response = await proxy.ask(method, '/', [], body);
      assert.equal(response.status, 502);
      assertOwnAnswer(response);
    }
  });

  for (const [how, script] of Object.entries(BREAKS)) {
    test(`a server that ${how} is 502, and the request is not repeated, as it may have been acted on`, async (t) => {
      const server = await startServer(t, script);
      const proxy = await startProxy(t, lane, oneHost(server));
      const response = await proxy.ask('POST', '/', [], 'hello');
      assert.equal(response.status, 502);
      assertOwnAnswer(response);
      assert.equal(server.exchanges.length, 1);
      server.script = echo;
      assert.equal((await proxy.ask('GET', '/')).status, 200);
    });
  }

  for (const [what, response] of Object.entries(NOT_HTTP)) {
    test(`${what} as a response is 502, and its connection is thrown away`, async (t) => {
      const server = await startServer(t, bytes(response));
      const proxy = await startProxy(t, lane, oneHost(server));
      const client = await proxy.connect();
      const answer = await client.request('GET', '/').response();
      assert.equal(answer.status, 502, client.seen());
      assertOwnAnswer(answer);
      await server.connections[0]!.whenEnded();
      server.script = echo;
      assert.equal((await proxy.ask('GET', '/next')).message.bodyText, 'GET /next');
    });
  }

  test('a response whose fields are folded is 502 or unfolded, and never passed on as it is', async (t) => {
    const server = await startServer(
      t,
      bytes('HTTP/1.1 200 OK\r\nX-Odd: a\r\n b\r\nContent-Length: 0\r\n\r\n'),
    );
    const proxy = await startProxy(t, lane, oneHost(server));
    const { status } = await proxy.ask('GET', '/');
    assert.ok([200, 502].includes(status));
  });

  test('bytes after a response never become the answer to the next request', async (t) => {
    const stray = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil';
    const server = await startServer(t, async (exchange) => {
      await exchange.received();
      if (exchange.target === '/poison')
        await exchange.write(`HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok${stray}`);
      else await exchange.answer(exchange.target);
    });
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    for (let n = 0; n < 5; n += 1) {
      const poisoned = await client.request('GET', '/poison').outcome();
      if (poisoned === null || client.ending !== null) break;
      assert.equal(poisoned.message.bodyText, 'ok');
      assert.equal((await proxy.ask('GET', `/${n}`)).message.bodyText, `/${n}`);
    }
  });

  test('bytes on an idle connection never become the answer to the next request', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server));
    await proxy.ask('GET', '/');
    const [connection] = server.connections;
    connection!.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil');
    await connection!.whenEnded();
    assert.equal((await proxy.ask('GET', '/next')).message.bodyText, 'GET /next');
  });

  test('a body after HEAD, 204 or 304 never becomes the answer to the next request', async (t) => {
    const server = await startServer(t, async (exchange) => {
      await exchange.received();
      if (exchange.target === '/next') return exchange.answer('next');
      exchange.connection.answered += 1;
      const status = { '/204': '204 No Content', '/304': '304 Not Modified' }[exchange.target] ?? '200 OK';
      return exchange.write(
        `HTTP/1.1 ${status}\r\nContent-Length: 40\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil`,
      );
    });
    const proxy = await startProxy(t, lane, oneHost(server));
    for (const [method, target] of [
      ['HEAD', '/head'],
      ['GET', '/204'],
      ['GET', '/304'],
    ] as const) {
      const client = await proxy.connect();
      await client.request(method, target).outcome();
      assert.equal((await proxy.ask('GET', '/next')).message.bodyText, 'next');
    }
  });

  test('an unknown host is 404, and the connection can be used on', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    const response = await client.request('GET', '/', [['Host', 'b.test']]).response();
    assert.equal(response.status, 404);
    assertOwnAnswer(response);
    assert.equal((await client.request('GET', '/').response()).status, 200);
  });

  test('a path without a route is 404', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, table({ 'a.test': { path: '/api', servers: [server] } }));
    assert.equal((await proxy.ask('GET', '/')).status, 404);
    assert.equal((await proxy.ask('GET', '/api')).status, 200);
  });

  test('a route without a server is 503 with Retry-After: 1, for one may come any moment', async (t) => {
    const proxy = await startProxy(t, lane, oneHost());
    const response = await proxy.ask('GET', '/');
    assert.deepEqual([response.status, response.message.get('retry-after')], [503, '1']);
    assertOwnAnswer(response);
  });

  test('a route all of whose servers have weight 0 is 503', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost({ port: server.port, weight: 0 }));
    assert.equal((await proxy.ask('GET', '/')).status, 503);
    assert.equal(server.connections.length, 0);
  });

  test('a service that is refused by fail-closed is 503 and never reached', async (t) => {
    const server = await startServer(t);
    const refusal = 'its label traefik.frontend.auth.basic is not supported';
    const proxy = await startProxy(t, lane, table({ 'a.test': { refusal, servers: [server] } }));
    const response = await proxy.ask('GET', '/');
    assert.equal(response.status, 503);
    assertOwnAnswer(response);
    assert.equal(server.connections.length, 0);
  });

  test('an own answer to HEAD has the length of its body and no body', async (t) => {
    const proxy = await startProxy(t, lane, table({}));
    const client = await proxy.connect();
    const head = await client.request('HEAD', '/').response();
    const get = await client.request('GET', '/').response();
    assert.deepEqual([head.status, head.message.bodyLength, get.status], [404, 0, 404]);
    assert.match(head.message.get('content-length') ?? '', /^[1-9]\d*$/);
  });

  test('refusals of what is not HTTP have the form of every own answer', async (t) => {
    const proxy = await startProxy(t, lane, oneHost());
    for (const request of [
      'GET / HTTP/1.1\r\n\r\n',
      'GET / HTTP/1.1\r\nHost : a.test\r\n\r\n',
      'GET / HTTP/3.0\r\nHost: a.test\r\n\r\n',
      'POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: gzip\r\n\r\n',
      `GET / HTTP/1.1\r\nHost: a.test\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
      '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03\r\n\r\n',
    ]) {
      const client = await proxy.connect();
      const response = await client.send(request).response();
      assert.ok([400, 431, 501, 505].includes(response.status));
      assertOwnAnswer(response);
      assert.equal(response.message.get('connection'), 'close');
      await client.closed();
    }
  });

  test('what a client wrote is not repeated in an own answer, where a browser might run it', async (t) => {
    const proxy = await startProxy(t, lane, table({}));
    const client = await proxy.connect();
    const { message } = await client.request('GET', '/<script>alert(1)</script>').response();
    assert.doesNotMatch(message.bodyText, /<script>/);
  });

  test('the body of a request that is answered 404 is never taken for the next request', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    client.request('POST', '/', [['Host', 'b.test']], 'GET /smuggled HTTP/1.1\r\nHost: a.test\r\n\r\n');
    assert.equal((await client.response()).status, 404);
    if (client.ending === null) client.request('GET', '/next');
    const next = await client.outcome();
    assert.ok(next === null || next.message.bodyText === 'GET /next');
    assert.ok(server.exchanges.every(({ target }) => target === '/next'));
  });

  test('a response that cannot be sent on and came before all of the request is 502, and its client goes on', async (t) => {
    const server = await startServer(t, (exchange) =>
      exchange.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n'),
    );
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    client.send('POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 5\r\n\r\n');
    await client.until('a head', () => client.received === 1);
    await server.connections[0]!.whenEnded();
    client.send('hello');
    assert.equal((await client.response()).status, 502);
    server.script = echo;
    assert.equal((await client.request('GET', '/next').response()).status, 200);
  });
});
