import { test } from 'node:test';
import assert from 'node:assert/strict';
import { onEachLane, oneHost, startProxy } from '../../support/proxy.ts';
import { bytes, startServer } from '../../support/recordingServer.ts';

onEachLane('trailers', (lane) => {
  test('trailers of a request reach the server', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    client.send('POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n');
    client.send('5\r\nhello\r\n0\r\nX-Sum: abc\r\nx-Second: 2\r\n\r\n');
    assert.equal((await client.response()).status, 200);
    const { request } = server.exchanges[0]!;
    assert.equal(request.bodyText, 'hello');
    assert.deepEqual(request.trailers, [
      ['X-Sum', 'abc'],
      ['x-Second', '2'],
    ]);
  });

  for (const announced of [true, false]) {
    test(`trailers of a response that were ${announced ? '' : 'not '}announced reach the client`, async (t) => {
      const trailer = announced ? 'Trailer: Grpc-Status, x-sum\r\n' : '';
      const server = await startServer(
        t,
        bytes(
          `HTTP/1.1 200 OK\r\n${trailer}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nGrpc-Status: 0\r\nx-sum: abc\r\n\r\n`,
        ),
      );
      const proxy = await startProxy(t, lane, oneHost(server));
      const client = await proxy.connect();
      for (const _ of [1, 2]) {
        const { message } = await client.request('GET', '/', [['TE', 'trailers']]).response();
        assert.equal(message.bodyText, 'hello');
        assert.deepEqual(message.trailers, [
          ['Grpc-Status', '0'],
          ['x-sum', 'abc'],
        ]);
      }
    });
  }

  test('a request that announces trailers but has no chunks for them to follow is sent on without the announcement', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server));
    assert.equal((await proxy.ask('GET', '/', [['Trailer', 'X-Sum']])).status, 200);
    assert.equal((await proxy.ask('POST', '/', [['Trailer', 'X-Sum']], 'hello')).status, 200);
    assert.deepEqual(
      server.exchanges.map(({ request }) => request.all('trailer')),
      [[], []],
    );
  });

  for (const [what, method, version, answer] of [
    ['with a length', 'GET', '1.1', '200 OK\r\nTrailer: X-Sum\r\nContent-Length: 5\r\n\r\nhello'],
    ['without a body', 'GET', '1.1', '304 Not Modified\r\nTrailer: X-Sum\r\n\r\n'],
    ['to a HEAD', 'HEAD', '1.1', '200 OK\r\nTrailer: X-Sum\r\n\r\n'],
    [
      'to a client without chunks',
      'GET',
      '1.0',
      '200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n',
    ],
  ] as const) {
    test(`a response ${what} that announces trailers is sent on without the announcement`, async (t) => {
      const server = await startServer(t, bytes(`HTTP/1.1 ${answer}`));
      const proxy = await startProxy(t, lane, oneHost(server));
      const client = await proxy.connect();
      client.expecting(method).send(`${method} / HTTP/${version}\r\nHost: a.test\r\n\r\n`);
      const { status, message } = await client.response();
      assert.equal(status, Number(answer.slice(0, 3)));
      assert.deepEqual(message.all('trailer'), []);
    });
  }

  test('trailers of a response to an HTTP/1.0 client are dropped, as it has no chunks to read them after', async (t) => {
    const server = await startServer(
      t,
      bytes('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: abc\r\n\r\n'),
    );
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    client.send('GET / HTTP/1.0\r\nHost: a.test\r\n\r\n');
    assert.equal((await client.response()).message.bodyText, 'hello');
  });

  for (const field of [
    'Transfer-Encoding: chunked',
    'Content-Length: 5',
    'Host: evil.test',
    'Authorization: Basic x',
    'X-Forwarded-For: 6.6.6.6',
    'X_Forwarded_For: 6.6.6.6',
    'Connection: close',
  ]) {
    test(`the trailer ${field} never reaches the server, which might take it for a field of the head`, async (t) => {
      const server = await startServer(t);
      const proxy = await startProxy(t, lane, oneHost(server));
      const client = await proxy.connect();
      client.send('POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n');
      client.send(`0\r\n${field}\r\nX-Sum: abc\r\n\r\n`);
      const { status } = await client.response();
      assert.ok([200, 400].includes(status));
      const name = field.split(':')[0]!.toLowerCase();
      for (const { request } of server.completed)
        assert.ok(request.trailers.every(([trailer]) => trailer.toLowerCase() !== name));
    });
  }

  test('a framing field in the trailers of a response never reaches the client', async (t) => {
    const server = await startServer(
      t,
      bytes(
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nContent-Length: 9\r\n\r\n',
      ),
    );
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    const response = await client.request('GET', '/').outcome();
    assert.ok(response === null || response.message.trailers.length === 0);
  });

  for (const [what, part] of [
    ['that is folded', 'X-Sum: 1\r\n '],
    ['with a space in its name', 'X '],
    ['that is no field', 'X-Sum\r'],
    ['without a name', ':'],
    ['that would be a length', 'Content-Length:'],
    ['that would be a coding', 'Transfer-Encoding:'],
  ] as const) {
    test(`a trailer ${what} is refused as soon as that shows, and its request withdrawn`, async (t) => {
      const server = await startServer(t);
      const proxy = await startProxy(t, lane, oneHost(server));
      const client = await proxy.connect();
      client.send('POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n');
      await server.exchange();
      client.send(`5\r\nhello\r\n0\r\n${part}`);
      assert.equal((await client.response()).status, 400);
      await client.closed();
      await server.connections[0]!.whenEnded();
      assert.equal(server.completed.length, 0);
    });
  }

  test('names and values of trailers may have as many bytes as a head, and not one more', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server), { limits: { headerBytes: 1_024 } });
    for (const [length, status] of [
      [1_017, 200],
      [1_018, 431],
    ] as const) {
      const client = await proxy.connect();
      client.send('POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n');
      await client.sendInPieces(`0\r\nX-Long: ${'z'.repeat(length)}\r\n\r\n`, 100);
      assert.equal((await client.response()).status, status);
    }
  });
});
