import { test } from 'node:test';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { onEachLane, oneHost, startProxy } from '../../support/proxy.ts';
import { startServer } from '../../support/recordingServer.ts';
import { headOf, type Field } from '../../support/httpMessage.ts';

const HEADER_BYTES = 2_048;
const BODY_BYTES = 1_000;

/** A head of exactly this many bytes. */
function headOfLength(length: number): string {
  const bare = headOf('GET / HTTP/1.1', [
    ['Host', 'a.test'],
    ['X-Long', ''],
  ]);
  return headOf('GET / HTTP/1.1', [
    ['Host', 'a.test'],
    ['X-Long', 'x'.repeat(length - bare.length)],
  ]);
}

function fields(count: number): readonly Field[] {
  return Array.from({ length: count }, (_, n) => (n === 0 ? ['Host', 'a.test'] : [`X-${n}`, 'x']));
}

onEachLane('limits', (lane) => {
  test('a head within the limit is forwarded, one beyond it is 431 and the connection closed', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server), { limits: { headerBytes: HEADER_BYTES } });
    const within = await proxy.connect();
    assert.equal((await within.send(headOfLength(HEADER_BYTES - 64)).response()).status, 200);
    const beyond = await proxy.connect();
    const { status } = await beyond.send(headOfLength(HEADER_BYTES + 64)).response();
    assert.equal(status, 431);
    await beyond.closed();
    assert.equal(server.exchanges.length, 1);
  });

  test('a head beyond the limit is 431 before it ends, so that it cannot grow for ever', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server), { limits: { headerBytes: HEADER_BYTES } });
    for (const endless of [
      `GET / HTTP/1.1\r\nHost: a.test\r\nX-Long: ${'x'.repeat(HEADER_BYTES)}`,
      `GET /${'x'.repeat(2 * HEADER_BYTES)}`,
      `GET / HTTP/1.1\r\nHost: a.test\r\n${'X-Many: x\r\n'.repeat(HEADER_BYTES / 4)}`,
    ]) {
      const client = await proxy.connect();
      const { status } = await client.send(endless).response();
      assert.ok([431, 414].includes(status), endless.slice(0, 60));
      await client.closed();
    }
    assert.equal(server.connections.length, 0);
  });

  test('a hundred fields are forwarded, one more is 431, not a silent cut', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server));
    const within = await proxy.connect();
    assert.equal((await within.send(headOf('GET / HTTP/1.1', fields(100))).response()).status, 200);
    assert.equal(server.exchanges[0]!.request.get('x-99'), 'x');
    for (const count of [101, 150, 1_000]) {
      const beyond = await proxy.connect();
      assert.equal((await beyond.send(headOf('GET / HTTP/1.1', fields(count))).response()).status, 431);
      await beyond.closed();
    }
    assert.equal(server.exchanges.length, 1);
  });

  test('a body whose Content-Length is at the limit is forwarded, beyond it 413 before anything is sent on', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server), { limits: { bodyBytes: BODY_BYTES } });
    assert.equal((await proxy.ask('POST', '/', [], 'x'.repeat(BODY_BYTES))).status, 200);
    const client = await proxy.connect();
    client.send(`POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: ${BODY_BYTES + 1}\r\n\r\n`);
    assert.equal((await client.response()).status, 413);
    assert.equal(server.exchanges.length, 1);
  });

  test('an expectant client hears 413 instead of 100', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server), { limits: { bodyBytes: BODY_BYTES } });
    const client = await proxy.connect();
    client.send('POST / HTTP/1.1\r\nHost: a.test\r\nExpect: 100-continue\r\nContent-Length: 2000\r\n\r\n');
    const response = await client.response();
    assert.deepEqual([response.status, response.interim.length], [413, 0]);
  });

  test('a chunked body at the limit is forwarded, beyond it 413, and the server never sees its end', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server), { limits: { bodyBytes: BODY_BYTES } });
    const head = 'POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n';
    const part = `1f4\r\n${'x'.repeat(500)}\r\n`;
    const within = await proxy.connect();
    assert.equal((await within.send(`${head}${part}${part}0\r\n\r\n`).response()).status, 200);
    const beyond = await proxy.connect();
    assert.equal((await beyond.send(`${head}${part}${part}1\r\nx\r\n0\r\n\r\n`).response()).status, 413);
    await beyond.closed();
    assert.equal(server.completed.length, 1);
    assert.ok(server.exchanges.every(({ request }) => request.bodyLength <= BODY_BYTES));
  });

  test('what is wrong behind the limit does not take the answer away', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server), { limits: { bodyBytes: BODY_BYTES } });
    const client = await proxy.connect();
    client.send('POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n');
    await server.exchange();
    const part = `1f4\r\n${'x'.repeat(500)}\r\n`;
    client.send(`${part}${part}${part}1\r\nxx`);
    const { status } = await client.response();
    assert.ok([400, 413].includes(status));
    await client.closed();
  });

  test('an endless chunked body is cut off at the limit', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server), { limits: { bodyBytes: BODY_BYTES } });
    const client = await proxy.connect();
    client.send('POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n');
    const part = `fff\r\n${'x'.repeat(0xfff)}\r\n`;
    const flood = setInterval(() => client.socket.writable && client.send(part), 1);
    t.after(() => clearInterval(flood));
    const response = await client.outcome();
    await client.closed();
    clearInterval(flood);
    assert.ok(response === null || response.status === 413);
    assert.equal(server.completed.length, 0);
  });

  test('without a limit a body may be large', async (t) => {
    const server = await startServer(t, undefined, { keepBodies: false });
    const proxy = await startProxy(t, lane, oneHost(server));
    const length = 8 << 20;
    const client = await proxy.connect();
    client.send(`POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: ${length}\r\n\r\n`);
    if (!client.socket.write(Buffer.alloc(length))) await once(client.socket, 'drain');
    assert.equal((await client.response()).status, 200);
    assert.equal(server.exchanges[0]!.request.bodyLength, length);
  });

  test('a head that is larger than what is read at once is forwarded where the limit allows it', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server), { limits: { headerBytes: 1_048_576 } });
    const client = await proxy.connect();
    assert.equal((await client.send(headOfLength(200_000)).response()).status, 200);
  });

  test('a response head of lines that are nearly empty does not grow for ever', async (t) => {
    const lines = Buffer.from('a:\r\n'.repeat(16_384));
    const server = await startServer(t, ({ socket }) => {
      const write = (): void => {
        while (!socket.destroyed && socket.write(lines));
      };
      socket.on('drain', write).write('HTTP/1.1 200 OK\r\n');
      write();
    });
    const proxy = await startProxy(t, lane, oneHost(server));
    // Not 504: it was not for the time that it took.
    assert.equal((await proxy.ask('GET', '/')).status, 502);
  });

  test('a response head beyond the limit is 502', async (t) => {
    const server = await startServer(t, (exchange) => exchange.answer('', [['X-Long', 'x'.repeat(1 << 20)]]));
    const proxy = await startProxy(t, lane, oneHost(server));
    assert.equal((await proxy.ask('GET', '/')).status, 502);
  });

  test('an endless chunk extension or trailer is refused', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server));
    const long = 'x'.repeat(40_000);
    for (const rest of [`5;${long}`, `5\r\nhello\r\n0\r\nX-Long: ${long}`]) {
      const client = await proxy.connect();
      client.send(`POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n${rest}`);
      const response = await client.outcome();
      assert.ok(response === null || [400, 413, 431].includes(response.status));
      await client.closed();
    }
    assert.equal(server.completed.length, 0);
  });
});
