import { test } from 'node:test';
import assert from 'node:assert/strict';
import { onEachLane, oneHost, startProxy, table } from '../../support/proxy.ts';
import type { Exchange } from '../../support/exchange.ts';
import { startServer, type Script } from '../../support/recordingServer.ts';
import type { Field } from '../../support/httpMessage.ts';
import { headOf } from '../../support/httpMessage.ts';

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

async function tunnelled(exchange: Exchange, expected: string): Promise<void> {
  await exchange.until(
    `tunnelled ${expected}`,
    () => exchange.connection.reader.pending.toString('latin1') === expected,
  );
}

onEachLane('tunnels', (lane) => {
  test('bytes right behind the heads of both directions belong to the tunnel', async (t) => {
    const server = await startServer(t, switching('from the server'));
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    client.send(headOf('GET / HTTP/1.1', [['Host', 'a.test'], ...WEBSOCKET]) + 'from the client');
    const { status, message } = await client.responseHead();
    assert.equal(status, 101);
    assert.equal(message.get('sec-websocket-accept'), 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
    assert.equal(message.get('upgrade'), 'websocket');
    assert.equal(message.get('connection')?.toLowerCase(), 'upgrade');
    assert.equal(await client.tunnelled(15), 'from the server');
    await tunnelled(server.exchanges[0]!, 'from the client');
    client.send(', more');
    await tunnelled(server.exchanges[0]!, 'from the client, more');
  });

  test('a client that ends its half of a tunnel can still be answered', async (t) => {
    const server = await startServer(t, switching());
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    await client.request('GET', '/', WEBSOCKET).responseHead();
    client.socket.end('last words');
    const exchange = await server.exchange();
    await tunnelled(exchange, 'last words');
    await exchange.connection.whenEnded();
    exchange.socket.end('goodbye');
    assert.equal(await client.tunnelled(7), 'goodbye');
    await client.closed();
  });

  test('a server that ends a tunnel ends it for the client, after its last bytes', async (t) => {
    const server = await startServer(t, switching());
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    await client.request('GET', '/', WEBSOCKET).responseHead();
    server.exchanges[0]!.socket.end('x'.repeat(100_000));
    assert.equal((await client.tunnelled(100_000)).length, 100_000);
    await client.closed();
    await server.connections[0]!.whenClosed();
  });

  test('a server that resets a tunnel cuts the client off', async (t) => {
    const server = await startServer(t, switching());
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    await client.request('GET', '/', WEBSOCKET).responseHead();
    server.exchanges[0]!.reset();
    await client.closed();
    assert.equal((await proxy.ask('GET', '/other', [['Host', 'b.test']])).status, 404);
  });

  test('a client that resets a tunnel is gone for the server too', async (t) => {
    const server = await startServer(t, switching());
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    await client.request('GET', '/', WEBSOCKET).responseHead();
    client.socket.resetAndDestroy();
    await server.connections[0]!.whenEnded();
  });

  test('a tunnel outlives a table without its server', async (t) => {
    const server = await startServer(t, switching());
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    await client.request('GET', '/', WEBSOCKET).responseHead();
    proxy.install(table({}));
    assert.equal((await proxy.ask('GET', '/')).status, 404);
    client.send('still here');
    await tunnelled(server.exchanges[0]!, 'still here');
    await server.exchanges[0]!.write('me too');
    assert.equal(await client.tunnelled(6), 'me too');
  });

  test('a tunnel that one side does not read holds the other back', async (t) => {
    const server = await startServer(t, switching());
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    await client.request('GET', '/', WEBSOCKET).responseHead();
    const { socket } = server.exchanges[0]!;
    client.socket.pause();
    const mebibyte = Buffer.alloc(1 << 20);
    let sent = 0;
    while (sent < 64 && (await drained(() => socket.write(mebibyte), socket))) sent += 1;
    assert.ok(sent < 64, 'everything was taken although nobody read');
  });
});

/** Whether a write was taken within a while that loopback never needs. */
async function drained(
  write: () => boolean,
  socket: { once(event: 'drain', listener: () => void): unknown },
): Promise<boolean> {
  if (write()) return true;
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), 300);
    socket.once('drain', () => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}
