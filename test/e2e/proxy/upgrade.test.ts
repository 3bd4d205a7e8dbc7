import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import assert from 'node:assert/strict';
import { WebSocket, WebSocketServer } from 'ws';
import { DEAD, onEachLane, oneHost, startProxy, table } from '../../support/proxy.ts';
import { bytes, echo, startServer, type Script } from '../../support/recordingServer.ts';
import type { Field } from '../../support/httpMessage.ts';

const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
const WEBSOCKET: readonly Field[] = [
  ['Connection', 'Upgrade'],
  ['Upgrade', 'websocket'],
  ['Sec-WebSocket-Version', '13'],
  ['Sec-WebSocket-Key', KEY],
];
const SWITCHING =
  'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n';

/** Answers 101, these bytes right behind it in the same packet; the rest is the test's. */
function switching(first = ''): Script {
  return (exchange) => exchange.write(SWITCHING + first);
}

async function startWebSocketServer(t: TestContext): Promise<{ port: number; seen: IncomingMessage[] }> {
  const http = createServer();
  const server = new WebSocketServer({ server: http });
  const seen: IncomingMessage[] = [];
  server.on('connection', (socket, request) => {
    seen.push(request);
    socket.send('welcome');
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  t.after(() => {
    for (const socket of server.clients) socket.terminate();
    server.close();
    http.close();
  });
  return { port: (http.address() as AddressInfo).port, seen };
}

onEachLane('upgrades', (lane) => {
  test('a WebSocket echoes text, binary, large messages, and closes with its code', async (t) => {
    const server = await startWebSocketServer(t);
    const proxy = await startProxy(t, lane, oneHost(server));
    const socket = new WebSocket(`ws://127.0.0.1:${proxy.port}/chat?x=1`, {
      headers: { Host: 'a.test', 'X-Forwarded-For': '6.6.6.6' },
    });
    t.after(() => socket.terminate());
    const next = async () => String((await once(socket, 'message'))[0]);
    assert.equal(await next(), 'welcome');
    for (const text of ['hello', '', 'x'.repeat(1 << 20)]) {
      socket.send(text);
      assert.equal(await next(), text);
    }
    socket.close(4001, 'done');
    const [code] = await once(socket, 'close');
    assert.equal(code, 4001);
    const [request] = server.seen;
    assert.equal(request!.url, '/chat?x=1');
    assert.equal(request!.headers.host, 'a.test');
    assert.equal(request!.headers['x-forwarded-for'], '127.0.0.1');
    assert.equal(request!.headers['x-forwarded-proto'], 'http');
  });

  test('an upgrade works after other requests on the same connection, and pipelined behind one', async (t) => {
    const server = await startServer(t, (exchange) =>
      exchange.target === '/ws' ? exchange.write(SWITCHING) : echo(exchange),
    );
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    await client.request('GET', '/first').response();
    client.request('GET', '/second').request('GET', '/ws', WEBSOCKET);
    assert.equal((await client.response()).message.bodyText, 'GET /second');
    assert.equal((await client.responseHead()).status, 101);
  });

  for (const [status, text] of [
    ['403 Forbidden', 'Content-Length: 2\r\n\r\nno'],
    ['200 OK', 'Transfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n'],
    ['401 Unauthorized', 'WWW-Authenticate: Basic\r\nConnection: close\r\n\r\nno'],
  ] as const) {
    test(`a server that answers an upgrade with ${status} is heard, with its body`, async (t) => {
      const server = await startServer(t, async (exchange) => {
        await exchange.write(`HTTP/1.1 ${status}\r\nX-Why: no\r\n${text}`);
        exchange.socket.end();
      });
      const proxy = await startProxy(t, lane, oneHost(server));
      const client = await proxy.connect();
      const { message } = await client.request('GET', '/', WEBSOCKET).response();
      assert.equal(message.startLine, `HTTP/1.1 ${status}`);
      assert.deepEqual([message.bodyText, message.get('x-why'), message.complete], ['no', 'no', true]);
    });
  }

  for (const [name, fields] of [
    [
      'h2c',
      [
        ['Connection', 'Upgrade, HTTP2-Settings'],
        ['Upgrade', 'h2c'],
        ['HTTP2-Settings', 'AAMAAABkAAQCAAAAAAIAAAAA'],
      ],
    ],
    [
      'H2C',
      [
        ['Connection', 'upgrade'],
        ['Upgrade', 'H2C'],
      ],
    ],
    [
      'an unlisted protocol',
      [
        ['Connection', 'Upgrade'],
        ['Upgrade', 'TLS/1.2'],
      ],
    ],
    ['an Upgrade that Connection does not name', [['Upgrade', 'websocket']]],
    ['a Connection: upgrade without Upgrade', [['Connection', 'upgrade']]],
  ] as const satisfies readonly (readonly [string, readonly Field[]])[]) {
    test(`${name} is forwarded as a plain request, so that no tunnel reaches past the routes`, async (t) => {
      const server = await startServer(t);
      const proxy = await startProxy(t, lane, oneHost(server));
      const client = await proxy.connect();
      const first = await client.request('GET', '/first', fields).response();
      const second = await client.request('GET', '/second').response();
      assert.deepEqual([first.message.bodyText, second.message.bodyText], ['GET /first', 'GET /second']);
      for (const field of ['upgrade', 'http2-settings'])
        assert.deepEqual(server.exchanges[0]!.request.all(field), [], field);
      assert.ok(!server.exchanges[0]!.request.get('connection')?.toLowerCase().includes('upgrade'));
    });
  }

  test('a large response that an upgrade waits behind arrives whole', async (t) => {
    const large = 'x'.repeat(8 << 20);
    const server = await startServer(t, (exchange) =>
      exchange.target === '/large' ? exchange.answer(large) : switching()(exchange),
    );
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    client.socket.pause();
    client.request('GET', '/large').request('GET', '/chat', WEBSOCKET);
    await server.exchange();
    client.socket.resume();
    assert.equal((await client.response()).message.bodyLength, large.length);
    assert.equal((await client.responseHead()).status, 101);
  });

  test('h2c beside websocket is not offered to the server', async (t) => {
    const server = await startServer(t, switching());
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    client.request('GET', '/', [
      ['Connection', 'Upgrade'],
      ['Upgrade', 'h2c, websocket'],
    ]);
    await server.exchange();
    assert.doesNotMatch(server.exchanges[0]!.request.text, /h2c/i);
  });

  test('h2c with a body is forwarded with its body', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    const fields: readonly Field[] = [
      ['Connection', 'Upgrade'],
      ['Upgrade', 'h2c'],
    ];
    assert.equal((await client.request('POST', '/first', fields, 'hello').response()).status, 200);
    assert.equal((await client.request('GET', '/second').response()).message.bodyText, 'GET /second');
    assert.equal(server.exchanges[0]!.request.bodyText, 'hello');
  });

  for (const body of ['hello', '\r\n\r\n\r']) {
    test(`what comes in one packet behind its body (${JSON.stringify(body)}) is answered, too: Node would drop it`, async (t) => {
      const proxy = await startProxy(t, lane, oneHost(await startServer(t)));
      const client = await proxy.connect();
      client
        .expecting('PUT', 'GET')
        .send(
          `PUT /first HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 5\r\n\r\n${body}` +
            'GET /second HTTP/1.1\r\nHost: a.test\r\n\r\n',
        );
      assert.equal((await client.response()).status, 200);
      assert.equal((await client.response()).message.bodyText, 'GET /second');
    });
  }

  test('a response to an upgrade that is none ends with its client, though its server goes on', async (t) => {
    const server = await startServer(t, (exchange) => exchange.write('HTTP/1.1 200 OK\r\n\r\nendless'));
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    client.request('GET', '/chat', [
      ['Connection', 'Upgrade'],
      ['Upgrade', 'websocket'],
    ]);
    const { message } = await client.responseHead();
    await client.until('some of the body', () => message.bodyText === 'endless');
    client.socket.end();
    await (await server.exchange()).connection.whenEnded();
  });

  test('LB_UPGRADES decides: other protocols may be allowed, websocket refused', async (t) => {
    const server = await startServer(t, async (exchange) => {
      if (exchange.request.get('upgrade') === 'mine')
        return exchange.write(
          'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: mine\r\n\r\n',
        );
      return echo(exchange);
    });
    const proxy = await startProxy(t, lane, oneHost(server), { upgrades: ['mine'] });
    const mine = await proxy.connect();
    mine.request('GET', '/', [
      ['Connection', 'Upgrade'],
      ['Upgrade', 'mine'],
    ]);
    assert.equal((await mine.responseHead()).status, 101);
    assert.equal((await proxy.ask('GET', '/', WEBSOCKET)).message.bodyText, 'GET /');
  });

  test('an upgrade without a route is 404, without a server 503, with a dead one 502', async (t) => {
    const hosts = { 'a.test': { servers: [] }, 'dead.test': { servers: [DEAD] } };
    const proxy = await startProxy(t, lane, table(hosts));
    for (const [host, expected] of [
      ['b.test', 404],
      ['a.test', 503],
      ['dead.test', 502],
    ] as const) {
      const { status, message } = await proxy.ask('GET', '/', [['Host', host], ...WEBSOCKET]);
      assert.equal(status, expected);
      assert.equal(message.get('content-length'), String(message.bodyLength));
    }
  });

  test('an upgrade fails over to a live server', async (t) => {
    const server = await startServer(t, switching());
    const proxy = await startProxy(t, lane, oneHost(DEAD, server));
    for (const _ of [1, 2, 3]) {
      const client = await proxy.connect();
      assert.equal((await client.request('GET', '/', WEBSOCKET).responseHead()).status, 101);
    }
  });

  test('what answers an upgrade with something that is not HTTP is 502', async (t) => {
    const server = await startServer(t, async (exchange) => {
      await exchange.write('SSH-2.0-x\r\n\r\n');
      exchange.socket.end();
    });
    const proxy = await startProxy(t, lane, oneHost(server));
    assert.equal((await proxy.ask('GET', '/', WEBSOCKET)).status, 502);
  });

  test('a 101 to another protocol than was asked for is 502', async (t) => {
    const other = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n';
    const server = await startServer(t, (exchange) => exchange.write(other));
    const proxy = await startProxy(t, lane, oneHost(server));
    assert.equal((await proxy.ask('GET', '/', WEBSOCKET)).status, 502);
  });

  test('a client that leaves before the server has answered its upgrade is gone for the server too', async (t) => {
    const server = await startServer(t, () => undefined);
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    client.request('GET', '/', WEBSOCKET);
    await server.exchange();
    client.socket.resetAndDestroy();
    await server.connections[0]!.whenEnded();
  });

  test('an upgrade that waits behind a request is not begun for a client that has left', async (t) => {
    const server = await startServer(t, (exchange) =>
      exchange.target === '/slow' ? undefined : echo(exchange),
    );
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    client.request('GET', '/slow').request('GET', '/ws', WEBSOCKET);
    await server.exchange();
    client.socket.resetAndDestroy();
    await server.connections[0]!.whenEnded();
    assert.equal((await proxy.ask('GET', '/after')).status, 200);
    assert.deepEqual(
      server.exchanges.map(({ target }) => target),
      ['/slow', '/after'],
    );
  });

  test('a response to an upgrade request that is malformed leaves the proxy alive', async (t) => {
    const server = await startServer(t, bytes('HTTP/1.1 101\r\nBad Header\r\n\r\n'));
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    server.script = (exchange) => exchange.write('HTTP/1.1 101\r\nBad Header\r\n\r\n');
    assert.equal((await client.request('GET', '/', WEBSOCKET).response()).status, 502);
    server.script = echo;
    assert.equal((await proxy.ask('GET', '/')).status, 200);
  });
});
