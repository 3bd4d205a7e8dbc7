import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { test } from 'node:test';
import assert from 'node:assert/strict';
import type { TLSSocket } from 'node:tls';
import { CERTIFICATE, STRANGERS_CERTIFICATE, trustTestCertificates } from '../../support/certificates.ts';
import { cleanup } from '../../support/cleanup.ts';
import { valuesOf } from '../../support/httpMessage.ts';
import { onEachLane, oneHost, startProxy, table, type ServerSpec } from '../../support/proxy.ts';
import {
  echo,
  onReuse,
  startServer,
  type RecordingServer,
  type Script,
} from '../../support/recordingServer.ts';

trustTestCertificates();

type T = Parameters<typeof startServer>[0];

const breaksOff: Script = async (exchange) => {
  await exchange.received();
  exchange.socket.end();
};

function startTls(t: T, script: Script = echo, tls = CERTIFICATE): Promise<RecordingServer> {
  return startServer(t, script, { tls: { ...tls, ALPNProtocols: ['h2', 'http/1.1'] } });
}

function https({ port }: ServerSpec, given: Partial<ServerSpec> = {}): ServerSpec {
  return { port, scheme: 'https', ...given };
}

/** A server that does with a connection what `answer` says, whatever it is sent first. */
async function startBare(t: T, answer: (socket: Socket) => void): Promise<ServerSpec> {
  const sockets = new Set<Socket>();
  const listener = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('data', () => answer(socket));
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  cleanup(t, () => {
    listener.close();
    for (const socket of sockets) socket.destroy();
  });
  return { port: (listener.address() as AddressInfo).port };
}

/** The TLS of the connection that a request came over. */
function tlsOf(server: RecordingServer, nth = 0): TLSSocket {
  return server.exchanges[nth]!.socket as TLSSocket;
}

onEachLane('https servers', (lane) => {
  test('requests, bodies and responses pass, over one kept connection and HTTP/1.1', async (t) => {
    const server = await startTls(t, async (exchange) => {
      const { bodyText } = await exchange.received();
      await exchange.answer(`${exchange.method} ${bodyText}`);
    });
    const proxy = await startProxy(t, lane, oneHost(https(server)));
    const body = 'x'.repeat(300_000);
    assert.equal((await proxy.ask('GET', '/')).message.bodyText, 'GET ');
    assert.equal((await proxy.ask('POST', '/', [], body)).message.bodyText, `POST ${body}`);
    assert.equal(server.connections.length, 1);
    assert.equal(tlsOf(server).alpnProtocol, 'http/1.1');
  });

  test('an address is no server name, and its certificate must have the address', async (t) => {
    const server = await startTls(t);
    const proxy = await startProxy(t, lane, oneHost(https(server)));
    assert.equal((await proxy.ask('GET', '/')).status, 200);
    assert.equal(tlsOf(server).servername, false);
    assert.deepEqual(valuesOf(server.exchanges[0]!.request.fields, 'host'), ['a.test']);
  });

  test('the name that an address was resolved from is the server name, and its certificate must have it', async (t) => {
    const server = await startTls(t);
    const proxy = await startProxy(t, lane, oneHost(https(server, { hostname: 'server.test' })));
    assert.equal((await proxy.ask('GET', '/')).status, 200);
    assert.equal(tlsOf(server).servername, 'server.test');
    proxy.install(oneHost(https(server, { hostname: 'other.test' })));
    assert.equal((await proxy.ask('GET', '/')).status, 502);
    assert.equal(server.exchanges.length, 1);
  });

  test("the name is the Host too, with its port, where the client's is not passed on", async (t) => {
    const server = await startTls(t);
    const servers = [https(server, { hostname: 'server.test' })];
    const proxy = await startProxy(t, lane, table({ 'a.test': { servers, passHostHeader: false } }));
    assert.equal((await proxy.ask('GET', '/')).status, 200);
    assert.deepEqual(valuesOf(server.exchanges[0]!.request.fields, 'host'), [`server.test:${server.port}`]);
  });

  test('a later connection resumes the session of the one before', async (t) => {
    const resumed: boolean[] = [];
    const server = await startTls(t, async (exchange) => {
      resumed.push((exchange.socket as TLSSocket).isSessionReused());
      await exchange.answer('', [['Connection', 'close']]);
    });
    const proxy = await startProxy(t, lane, oneHost(https(server)));
    await proxy.ask('GET', '/');
    await server.until('close', () => server.openConnections === 0);
    await proxy.ask('GET', '/');
    assert.deepEqual(resumed, [false, true]);
  });

  test('a certificate that nobody vouches for is not accepted: nothing is sent, and it is said once', async (t) => {
    const server = await startTls(t, echo, STRANGERS_CERTIFICATE);
    const told: string[][] = [];
    const proxy = await startProxy(t, lane, oneHost(https(server)), {
      untrustedServer: (...what) => void told.push(what),
    });
    for (let n = 0; n < 3; n += 1) {
      const { status, message } = await proxy.ask('POST', '/', [], 'secret');
      assert.equal(status, 502);
      assert.match(message.bodyText, new RegExp(`the certificate of server-${server.port} was not accepted`));
    }
    assert.equal(server.exchanges.length, 0);
    assert.deepEqual(told, [['test/a.test', `https://127.0.0.1:${server.port}`, 'self-signed certificate']]);
  });

  test('a connection whose request was given up before its certificate was looked at is not used for another', async (t) => {
    const server = await startTls(t, echo, STRANGERS_CERTIFICATE);
    const proxy = await startProxy(t, lane, oneHost(https(server)));
    const client = await proxy.connect();
    client.send('POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\nnot a chunk\r\n');
    const { message } = await proxy.ask('POST', '/', [], 'secret');
    assert.match(message.bodyText, /was not accepted/);
    assert.equal(server.exchanges.length, 0);
  });

  test('a certificate for another name is not accepted, and the reason says which it has', async (t) => {
    const server = await startTls(t);
    const told: string[] = [];
    const proxy = await startProxy(t, lane, oneHost(https(server, { hostname: 'other.test' })), {
      untrustedServer: (_, __, reason) => void told.push(reason),
    });
    assert.equal((await proxy.ask('GET', '/')).status, 502);
    assert.match(told.join(), /other\.test.*server\.test/);
  });

  test('another server is tried where a certificate is not accepted, also for a POST', async (t) => {
    const stranger = await startTls(t, echo, STRANGERS_CERTIFICATE);
    const server = await startTls(t);
    const proxy = await startProxy(t, lane, oneHost(https(stranger), https(server)));
    for (let n = 0; n < 4; n += 1) {
      assert.equal((await proxy.ask('POST', '/', [], 'hello')).status, 200);
    }
    assert.equal(stranger.exchanges.length, 0);
  });

  test('any certificate will do where the settings say so', async (t) => {
    const stranger = await startTls(t, echo, STRANGERS_CERTIFICATE);
    const server = await startTls(t);
    const told: string[] = [];
    const servers = [https(stranger), https(server, { hostname: 'other.test' })];
    const proxy = await startProxy(t, lane, oneHost(...servers), {
      insecureSkipVerify: true,
      untrustedServer: (_, __, reason) => void told.push(reason),
    });
    for (let n = 0; n < 2; n += 1) assert.equal((await proxy.ask('GET', '/')).status, 200);
    assert.deepEqual([stranger.exchanges.length, server.exchanges.length], [1, 1]);
    assert.deepEqual(told, []);
  });

  test('a server that speaks no TLS is passed over as one that cannot be connected to', async (t) => {
    const plain = await startBare(t, (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    const server = await startTls(t);
    const told: string[] = [];
    const proxy = await startProxy(t, lane, oneHost(https(plain), https(server)), {
      untrustedServer: (_, __, reason) => void told.push(reason),
    });
    for (let n = 0; n < 2; n += 1) assert.equal((await proxy.ask('POST', '/', [], 'hello')).status, 200);
    assert.equal(server.exchanges.length, 2);
    assert.deepEqual(told, []);
  });

  test('the time to connect includes the handshake', async (t) => {
    const mute = await startBare(t, () => {});
    const proxy = await startProxy(t, lane, oneHost(https(mute)), { timeouts: { connectMs: 100 } });
    const { status, message } = await proxy.ask('GET', '/');
    assert.equal(status, 504);
    assert.match(message.bodyText, /no connection to server-\d+ in time/);
  });

  test('a GET is repeated if the server closes the kept connection just then', async (t) => {
    const server = await startTls(t, onReuse(breaksOff));
    const proxy = await startProxy(t, lane, oneHost(https(server)));
    assert.equal((await proxy.ask('GET', '/first')).status, 200);
    assert.equal((await proxy.ask('GET', '/again')).status, 200);
    assert.equal((await proxy.ask('POST', '/once', [], 'hello')).status, 502);
    assert.equal(server.exchanges.filter(({ target }) => target === '/once').length, 1);
  });

  test('a response that breaks off in the middle is cut off, not completed', async (t) => {
    const server = await startTls(t, async (exchange) => {
      await exchange.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello');
      exchange.socket.destroy();
    });
    const proxy = await startProxy(t, lane, oneHost(https(server)));
    const client = await proxy.connect();
    const { message } = await client.request('GET', '/').responseHead();
    await client.closed();
    assert.equal(message.complete, false);
  });

  test('an upgraded connection is joined both ways, and ends on both sides', async (t) => {
    const server = await startTls(t, (exchange) =>
      exchange.write(
        'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nwelcome',
      ),
    );
    const proxy = await startProxy(t, lane, oneHost(https(server)));
    const client = await proxy.connect();
    const { status } = await client
      .request('GET', '/', [
        ['Connection', 'Upgrade'],
        ['Upgrade', 'websocket'],
      ])
      .responseHead();
    assert.equal(status, 101);
    assert.equal(await client.tunnelled(7), 'welcome');
    client.send('hello');
    const { connection } = server.exchanges[0]!;
    await server.until('hello', () => connection.bytes.endsWith('hello'));
    client.socket.end();
    await connection.whenEnded();
    connection.socket.end();
    assert.equal(await client.closed(), 'end');
  });
});
