import { test } from 'node:test';
import assert from 'node:assert/strict';
import { onEachLane, oneHost, startProxy } from '../../support/proxy.ts';
import { startServer } from '../../support/recordingServer.ts';

/** Bodies that would be a request of their own if a server took them for the start of the next one. */
const SMUGGLED = 'GET /smuggled HTTP/1.1\r\nHost: a.test\r\n\r\n';

function chunk(text: string): string {
  return `${text.length.toString(16)}\r\n${text}\r\n`;
}

onEachLane('framing of requests', (lane) => {
  for (const method of ['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE', 'POST', 'PUT', 'PATCH', 'PROPFIND']) {
    for (const expect of ['', 'Expect: 100-continue\r\n']) {
      const how = expect === '' ? '' : ', also with Expect: 100-continue';
      test(`a chunked ${method} is forwarded with its body framed${how}, so that the body is no next request`, async (t) => {
        const server = await startServer(t);
        const proxy = await startProxy(t, lane, oneHost(server));
        const client = await proxy.connect();
        client
          .expecting(method)
          .send(
            `${method} /first HTTP/1.1\r\nHost: a.test\r\n${expect}Transfer-Encoding: chunked\r\n\r\n${chunk(SMUGGLED)}0\r\n\r\n`,
          );
        const first = await client.response();
        // Without a 100 of the server the proxy may close: it cannot know that the client really sent its body.
        const next = first.message.get('connection') === 'close' ? await proxy.connect() : client;
        const second = await next.request('GET', '/second').response();
        assert.deepEqual([first.status, second.status, second.message.bodyText], [200, 200, 'GET /second']);
        assert.deepEqual(
          server.exchanges.map(({ target, request }) => [target, request.framing.kind, request.bodyText]),
          [
            ['/first', 'chunked', SMUGGLED],
            ['/second', 'none', ''],
          ],
        );
      });
    }

    test(`a ${method} with Content-Length is forwarded with that length`, async (t) => {
      const server = await startServer(t);
      const proxy = await startProxy(t, lane, oneHost(server));
      const client = await proxy.connect();
      await client.request(method, '/first', [], SMUGGLED).response();
      client.request('GET', '/second');
      assert.equal((await client.response()).message.bodyText, 'GET /second');
      assert.deepEqual(
        server.exchanges.map(({ request }) => [request.get('content-length'), request.bodyText]),
        [
          [String(SMUGGLED.length), SMUGGLED],
          [undefined, ''],
        ],
      );
    });
  }

  test('a POST without a body is forwarded with Content-Length: 0 if the client sent that', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server));
    await proxy.ask('POST', '/', [['Content-Length', '0']]);
    assert.equal(server.exchanges[0]!.request.get('content-length'), '0');
  });

  test('a GET without a body is forwarded without framing fields', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server));
    await proxy.ask('GET', '/');
    const { request } = server.exchanges[0]!;
    assert.deepEqual([request.all('content-length'), request.all('transfer-encoding')], [[], []]);
  });

  test('chunks of a body arrive whole however they were cut, since packets are no messages', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server));
    const head = 'POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n';
    for (const pieceLength of [1, 2, 3, 7]) {
      const client = await proxy.connect();
      await client.sendInPieces(`${head}${chunk('hello')}${chunk(', world')}0\r\n\r\n`, pieceLength);
      assert.equal((await client.response()).status, 200);
    }
    assert.deepEqual(
      new Set(server.exchanges.map(({ request }) => request.bodyText)),
      new Set(['hello, world']),
    );
  });

  test('a head arrives the same however it was cut', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    await client.sendInPieces('GET /cut?a=b HTTP/1.1\r\nHost: a.test\r\nX-One: 1\r\n\r\n', 1);
    assert.equal((await client.response()).message.bodyText, 'GET /cut?a=b');
    assert.equal(server.exchanges[0]!.request.get('x-one'), '1');
  });

  test('an upper-case hexadecimal chunk size, zeros before it and an extension are understood', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    client.send('POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: Chunked\r\n\r\n');
    client.send(`00A;name=value\r\n0123456789\r\n000\r\n\r\n`);
    assert.equal((await client.response()).status, 200);
    assert.equal(server.exchanges[0]!.request.bodyText, '0123456789');
  });

  test('Connection cannot remove the framing of a body', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    client.request('POST', '/length', [['Connection', 'Content-Length']], SMUGGLED);
    const first = await client.response();
    client.send(
      `POST /chunked HTTP/1.1\r\nHost: a.test\r\nConnection: Transfer-Encoding\r\nTransfer-Encoding: chunked\r\n\r\n${chunk(SMUGGLED)}0\r\n\r\n`,
    );
    const second = await client.response();
    assert.deepEqual([first.status, second.status], [200, 200]);
    assert.deepEqual(
      server.exchanges.map(({ target, request }) => [target, request.bodyText]),
      [
        ['/length', SMUGGLED],
        ['/chunked', SMUGGLED],
      ],
    );
  });

  for (const [what, fields] of [
    ['a length that is none', 'Content-Length: 5x'],
    ['a length beyond all bounds', `Content-Length: ${'9'.repeat(20)}`],
    ['a second length', 'Content-Length: 5\r\nContent-Length: 5'],
    ['a length beside a coding', 'Transfer-Encoding: chunked\r\nContent-Length:'],
    ['a coding beside a length', 'Content-Length: 5\r\nTransfer-Encoding:'],
    ['another coding behind chunked', 'Transfer-Encoding: chunked,'],
  ] as const) {
    test(`a head with ${what} is refused as soon as that shows, though its line is not complete`, async (t) => {
      const server = await startServer(t);
      const proxy = await startProxy(t, lane, oneHost(server));
      const client = await proxy.connect();
      client.send(`POST / HTTP/1.1\r\nHost: a.test\r\n${fields}`);
      assert.equal((await client.response()).status, 400);
      await client.closed();
      assert.equal(server.exchanges.length, 0);
    });
  }
});
