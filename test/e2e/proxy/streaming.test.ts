import { test } from 'node:test';
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { DEAD, onEachLane, oneHost, startProxy } from '../../support/proxy.ts';
import { bytes, startServer } from '../../support/recordingServer.ts';

const MEBIBYTE = Buffer.alloc(1 << 20, 'x');

/** More than sockets and streams of both legs hold by themselves; far less than a body in full. */
const BOUND_MIB = 32;
const BODY_MIB = 64;

function digest(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

onEachLane('streaming', (lane) => {
  test('the first event of an event stream reaches the client before the stream ends', async (t) => {
    const server = await startServer(t, async (exchange) => {
      await exchange.write(
        'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n',
      );
      for (let n = 1; n <= 3; n += 1) {
        await exchange.write('9\r\ndata: x\n\n\r\n');
        await exchange.until(`acknowledgement ${n}`, () => acknowledged >= n);
      }
      await exchange.write('0\r\n\r\n');
    });
    let acknowledged = 0;
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    const { message } = await client.request('GET', '/').responseHead();
    for (let n = 1; n <= 3; n += 1) {
      await client.until(`event ${n}`, () => message.bodyLength === 9 * n);
      acknowledged = n;
      server.announce();
    }
    await client.until('end of the stream', () => message.complete);
  });

  test('the head of a response reaches the client before any of its body', async (t) => {
    const server = await startServer(t, (exchange) =>
      exchange.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n'),
    );
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    const { status, message } = await client.request('GET', '/').responseHead();
    await server.exchanges[0]!.write('hello');
    await client.until('body', () => message.complete);
    assert.deepEqual([status, message.bodyText], [200, 'hello']);
  });

  test('a request body reaches the server while it is being sent, with Content-Length and chunked', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    client.send('POST /length HTTP/1.1\r\nHost: a.test\r\nContent-Length: 10\r\n\r\nhello');
    const length = await server.exchange(0);
    await length.until('first half', () => length.request.bodyText === 'hello');
    client.send('world');
    assert.equal((await client.response()).message.bodyText, 'POST /length');
    client.send('POST /chunked HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n');
    const chunked = await server.exchange(1);
    await chunked.until('first half', () => chunked.request.bodyText === 'hello');
    client.send('5\r\nworld\r\n0\r\n\r\n');
    assert.equal((await client.response()).message.bodyText, 'POST /chunked');
    assert.deepEqual([length.request.bodyText, chunked.request.bodyText], ['helloworld', 'helloworld']);
  });

  test('large bodies pass unchanged both ways at once', async (t) => {
    const body = randomBytes(4 << 20);
    const server = await startServer(t, async (exchange) => {
      const { body: received } = await exchange.received();
      await exchange.write(`HTTP/1.1 200 OK\r\nContent-Length: ${received.length}\r\n\r\n`);
      await exchange.write(received);
    });
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    client.send(`POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: ${body.length}\r\n\r\n`).send(body);
    const { message } = await client.response();
    assert.equal(digest(message.body), digest(body));
  });

  for (const framing of ['Content-Length', 'chunked'] as const) {
    test(`a client that reads slowly holds the server back (${framing}), so that memory stays bounded`, async (t) => {
      let sentMiB = 0;
      const server = await startServer(t, async (exchange) => {
        await exchange.write(
          framing === 'chunked'
            ? 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'
            : `HTTP/1.1 200 OK\r\nContent-Length: ${BODY_MIB << 20}\r\n\r\n`,
        );
        for (; sentMiB < BODY_MIB; sentMiB += 1) {
          if (framing === 'chunked') await exchange.write('100000\r\n');
          await exchange.write(MEBIBYTE);
          if (framing === 'chunked') await exchange.write('\r\n');
        }
        if (framing === 'chunked') await exchange.write('0\r\n\r\n');
      });
      const proxy = await startProxy(t, lane, oneHost(server));
      const client = await proxy.connect({ keepBodies: false });
      const { message } = await client.request('GET', '/').responseHead();
      client.socket.pause();
      await stalls(() => sentMiB);
      assert.ok(sentMiB < BOUND_MIB, `${sentMiB} MiB left the server although nobody read`);
      client.socket.resume();
      await client.until('whole body', () => message.complete);
      assert.equal(message.bodyLength, BODY_MIB << 20);
    });

    test(`a server that reads slowly holds the client back (${framing}), so that memory stays bounded`, async (t) => {
      const server = await startServer(
        t,
        async (exchange) => {
          exchange.socket.pause();
          await exchange.received();
          await exchange.answer(String(exchange.request.bodyLength));
        },
        { keepBodies: false },
      );
      const proxy = await startProxy(t, lane, oneHost(server));
      const client = await proxy.connect();
      const field =
        framing === 'chunked' ? 'Transfer-Encoding: chunked' : `Content-Length: ${BODY_MIB << 20}`;
      client.send(`POST / HTTP/1.1\r\nHost: a.test\r\n${field}\r\n\r\n`);
      let sentMiB = 0;
      const upload = (async () => {
        for (; sentMiB < BODY_MIB; sentMiB += 1) {
          if (framing === 'chunked') client.send('100000\r\n');
          const flushed = client.socket.write(MEBIBYTE) || (await once(client.socket, 'drain'));
          assert.ok(flushed);
          if (framing === 'chunked') client.send('\r\n');
        }
        if (framing === 'chunked') client.send('0\r\n\r\n');
      })();
      const { socket } = await server.exchange();
      await stalls(() => sentMiB);
      assert.ok(sentMiB < BOUND_MIB, `${sentMiB} MiB left the client although nobody read`);
      socket.resume();
      await upload;
      assert.equal((await client.response()).message.bodyText, String(BODY_MIB << 20));
    });
  }

  for (const [status, method] of [
    ['200 OK', 'HEAD'],
    ['204 No Content', 'GET'],
    ['204 No Content', 'POST'],
    ['304 Not Modified', 'GET'],
  ] as const) {
    test(`a ${status} to ${method} has no body, and the connection goes on`, async (t) => {
      const server = await startServer(t, async (exchange) => {
        await exchange.received();
        if (exchange.target !== '/first') return exchange.answer('next');
        exchange.connection.answered += 1;
        const length = status.startsWith('204') ? '' : 'Content-Length: 1234\r\n';
        await exchange.write(`HTTP/1.1 ${status}\r\n${length}ETag: "x"\r\n\r\n`);
      });
      const proxy = await startProxy(t, lane, oneHost(server));
      const client = await proxy.connect();
      const first = await client.request(method, '/first').response();
      assert.equal(first.message.startLine, `HTTP/1.1 ${status}`);
      assert.equal(first.message.get('content-length'), status.startsWith('204') ? undefined : '1234');
      assert.equal(first.message.get('etag'), '"x"');
      assert.equal((await client.request('GET', '/second').response()).message.bodyText, 'next');
    });
  }

  test('a HEAD whose response says chunked has no body either', async (t) => {
    const server = await startServer(t, bytes('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'));
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    for (const _ of [1, 2]) assert.equal((await client.request('HEAD', '/').response()).status, 200);
  });

  test('an empty body stays empty, chunked or not', async (t) => {
    const server = await startServer(t, bytes('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'));
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    assert.equal((await client.request('GET', '/').response()).message.bodyText, '');
    server.script = bytes('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n');
    assert.equal((await client.request('GET', '/').response()).message.bodyText, '');
  });

  for (const version of ['1.1', '1.0']) {
    test(`a body that an HTTP/${version} server ends by closing is complete for the client`, async (t) => {
      const server = await startServer(t, async (exchange) => {
        await exchange.write(`HTTP/${version} 200 OK\r\nContent-Type: text/plain\r\n\r\nhello, `);
        exchange.socket.end('world');
      });
      const proxy = await startProxy(t, lane, oneHost(server));
      for (const _ of [1, 2]) {
        const { message } = await proxy.ask('GET', '/');
        assert.deepEqual([message.bodyText, message.complete], ['hello, world', true]);
      }
    });
  }

  test('a response in many small packets arrives whole', async (t) => {
    const response =
      'HTTP/1.1 200 OK\r\nX-One: 1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n';
    const server = await startServer(t, async (exchange) => {
      for (const byte of response) {
        await exchange.write(byte);
        await new Promise(setImmediate);
      }
      exchange.connection.answered += 1;
    });
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    for (const _ of [1, 2]) {
      const { message } = await client.request('GET', '/').response();
      assert.deepEqual([message.bodyText, message.get('x-one')], ['hello', '1']);
    }
    assert.equal(server.connections.length, 1);
  });

  test('connections to a server are kept and reused', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server));
    for (let n = 0; n < 5; n += 1) assert.equal((await proxy.ask('POST', '/', [], 'x')).status, 200);
    assert.equal(server.connections.length, 1);
  });

  test('a dead server beside a live one does not disturb a stream', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server, DEAD));
    const body = 'x'.repeat(300_000);
    for (let n = 0; n < 4; n += 1) assert.equal((await proxy.ask('POST', '/', [], body)).status, 200);
    assert.ok(server.exchanges.every(({ request }) => request.bodyLength === body.length));
  });
});

/** Resolves once a count stands still for a while: then back-pressure has reached the sender, or all was sent. */
async function stalls(count: () => number): Promise<void> {
  let last = -1;
  let quiet = 0;
  while (quiet < 10) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    quiet = count() === last ? quiet + 1 : 0;
    last = count();
  }
}
