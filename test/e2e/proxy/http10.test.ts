import { test } from 'node:test';
import assert from 'node:assert/strict';
import { onEachLane, oneHost, startProxy } from '../../support/proxy.ts';
import { bytes, startServer } from '../../support/recordingServer.ts';

const CHUNKED =
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n7\r\n, world\r\n0\r\n\r\n';

onEachLane('HTTP/1.0 clients', (lane) => {
  test('a request is forwarded as HTTP/1.1, and the connection closed after the response', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    client.send('GET /x HTTP/1.0\r\nHost: a.test\r\n\r\n');
    assert.equal((await client.response()).message.bodyText, 'GET /x');
    await client.closed();
  });

  test('with keep-alive the connection may be used again, and says so', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    client.send('GET /x HTTP/1.0\r\nHost: a.test\r\nConnection: Keep-Alive\r\n\r\n');
    const { message } = await client.response();
    assert.equal(message.bodyText, 'GET /x');
    if (message.get('connection')?.toLowerCase() === 'keep-alive') {
      client.send('GET /y HTTP/1.0\r\nHost: a.test\r\n\r\n');
      assert.equal((await client.response()).message.bodyText, 'GET /y');
    }
    await client.closed();
  });

  for (const connection of ['', 'Connection: keep-alive\r\n']) {
    test(`a chunked response is unwrapped and ended by closing${connection && ', keep-alive or not'}`, async (t) => {
      const server = await startServer(t, bytes(CHUNKED));
      const proxy = await startProxy(t, lane, oneHost(server));
      const client = await proxy.connect();
      client.send(`GET / HTTP/1.0\r\nHost: a.test\r\n${connection}\r\n`);
      const { message } = await client.response();
      assert.deepEqual(message.all('transfer-encoding'), []);
      assert.equal(message.bodyText, 'hello, world');
      if (message.framing.kind === 'close') assert.equal(await client.closed(), 'end');
    });
  }

  test('a request body with Content-Length is forwarded', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    client.send('POST / HTTP/1.0\r\nHost: a.test\r\nContent-Length: 5\r\n\r\nhello');
    assert.equal((await client.response()).status, 200);
    assert.equal(server.exchanges[0]!.request.bodyText, 'hello');
  });

  test('Transfer-Encoding in HTTP/1.0 is refused, since such a client cannot mean it (RFC 9112 6.1)', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    client.send(
      'POST / HTTP/1.0\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
    );
    assert.equal((await client.response()).status, 400);
    await client.closed();
    assert.equal(server.exchanges.length, 0);
  });

  test('a request without Host is answered, not forwarded: nobody knows where to', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    client.send('GET / HTTP/1.0\r\n\r\n');
    assert.ok([400, 404].includes((await client.response()).status));
    await client.closed();
    assert.equal(server.exchanges.length, 0);
  });

  test('an own answer is closed after, unless the client asked for keep-alive', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    client.send('GET / HTTP/1.0\r\nHost: other.test\r\n\r\n');
    assert.equal((await client.response()).status, 404);
    await client.closed();
  });
});
