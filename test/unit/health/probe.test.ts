import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { suite, test, type TestContext } from 'node:test';
import type { Check } from '../../../src/health/check.ts';
import { httpProbe } from '../../../src/health/probe.ts';
import type { HealthCheck } from '../../../src/model/table.ts';
import { checkOf } from '../../support/checks.ts';
import { cleanup } from '../../support/cleanup.ts';
import { deferred } from '../../support/deferred.ts';
import { startServer } from '../../support/recordingServer.ts';

const tlsFile = (name: string) => readFileSync(new URL(`../../fixtures/tls/${name}`, import.meta.url));

/** Asks once. */
function probe(check: Check, insecureSkipVerify = false, signal = new AbortController().signal) {
  return httpProbe(insecureSkipVerify)(check, signal);
}

async function listening(t: TestContext, server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanup(t, () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
}

/** An HTTP server that answers every request so, as a check has its URL. */
async function answering(t: TestContext, answer: RequestListener): Promise<string> {
  return `http://127.0.0.1:${await listening(t, createHttpServer(answer))}`;
}

const check = (url: string, how: Partial<HealthCheck> = {}) => checkOf('web-1', url, how);

suite('what a check asks', () => {
  test('is a GET for its path with the address as Host, on a connection of its own', async (t) => {
    const server = await startServer(t);
    const url = `http://127.0.0.1:${server.port}`;
    assert.equal(await probe(check(url, { path: '/health?deep=1' })), null);
    const { request } = await server.exchange();
    assert.equal(
      request.text,
      `GET /health?deep=1 HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nUser-Agent: active-lb\r\nConnection: close\r\n\r\n`,
    );
    await probe(check(url));
    assert.equal(server.connections.length, 2);
  });

  test('names the host that it is told to, else the name of the server', async (t) => {
    const server = await startServer(t);
    const url = `http://127.0.0.1:${server.port}`;
    await probe(checkOf('web-1', url, {}, { hostname: 'api.test' }));
    await probe(checkOf('web-1', url, { hostname: 'check.test' }, { hostname: 'api.test' }));
    const hosts = server.exchanges.map(({ request }) => /^Host: (.*)$/m.exec(request.text)?.[1]?.trim());
    assert.deepEqual(hosts, ['api.test', 'check.test']);
  });

  test('has the fields that it is given, which win over its own', async (t) => {
    const server = await startServer(t);
    const fields = ['X-Check', 'one', 'user-agent', 'mine', 'X-Check', 'two'];
    await probe(check(`http://127.0.0.1:${server.port}`, { fields }));
    const { text } = (await server.exchange()).request;
    assert.match(text, /^X-Check: one\r\nuser-agent: mine\r\nX-Check: two\r\n/m);
    assert.doesNotMatch(text, /active-lb/);
  });

  test('goes to another port where it is told to', async (t) => {
    const server = await startServer(t);
    assert.equal(await probe(check('http://127.0.0.1:9', { port: server.port })), null);
    assert.match((await server.exchange()).request.text, new RegExp(`Host: 127.0.0.1:${server.port}\r`));
  });
});

suite('a server passes or fails by', () => {
  for (const [status, reason] of [
    [200, null],
    [204, null],
    [302, null],
    [399, null],
    [400, 'answered 400'],
    [404, 'answered 404'],
    [503, 'answered 503'],
  ] as const) {
    test(`the status ${status}`, async (t) => {
      const url = await answering(t, (_, response) => response.writeHead(status).end());
      assert.equal(await probe(check(url)), reason);
    });
  }

  test('refusing the connection', async (t) => {
    const server = createServer();
    const port = await listening(t, server);
    await new Promise((resolve) => server.close(resolve));
    assert.equal(await probe(check(`http://127.0.0.1:${port}`)), 'refused the connection');
  });

  test('closing or resetting it without an answer', async (t) => {
    for (const end of ['destroy', 'resetAndDestroy'] as const) {
      const port = await listening(
        t,
        createServer((socket) => socket.once('data', () => socket[end]())),
      );
      assert.equal(await probe(check(`http://127.0.0.1:${port}`)), 'broke the connection off', end);
    }
  });

  test('answering something else than HTTP', async (t) => {
    const port = await listening(
      t,
      createServer((socket) => socket.end('220 mail.test ESMTP\r\n')),
    );
    assert.equal(await probe(check(`http://127.0.0.1:${port}`)), 'answered something that is not HTTP');
  });

  test('speaking no TLS where it is asked by https', async (t) => {
    const server = await startServer(t, () => {}, {
      onConnection: (socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n'),
    });
    const reason = await probe(check(`https://127.0.0.1:${server.port}`));
    assert.match(reason ?? '', /^the TLS handshake failed \(\w+\)$/);
    server.violations.length = 0;
  });

  test('giving no answer in time, counted from the start, and the connection is closed', async (t) => {
    const isClosed = deferred();
    const url = await answering(t, (request) => request.socket.on('close', () => isClosed.resolve()));
    assert.equal(await probe(check(url, { timeoutMs: 50 })), 'gave no answer within 0.05 s');
    await isClosed.promise;
  });

  test('its head alone: an endless body is not read on, and one that stalls is cut off at the deadline', async (t) => {
    for (const isEndless of [true, false]) {
      const isClosed = deferred();
      const url = await answering(t, (request, response) => {
        request.socket.on('close', () => isClosed.resolve());
        response.writeHead(200).write('x');
        const more = (error?: Error | null) => {
          if (isEndless && !error) response.write('x'.repeat(100_000), more);
        };
        more();
      });
      assert.equal(await probe(check(url, { timeoutMs: isEndless ? 5_000 : 1_000 })), null);
      await isClosed.promise;
    }
  });

  test('what no request can be made of', async () => {
    const odd = [
      check('http://127.0.0.1:9', { path: '/a b' }),
      check('http://127.0.0.1:9', { fields: ['a b', 'x'] }),
      check('http://127.0.0.1:9', { fields: ['a', 'x\ny'] }),
    ];
    for (const each of odd) assert.match((await probe(each)) ?? '', /^cannot be asked: /);
  });

  test('nothing once it is aborted: the connection is closed', async (t) => {
    const abort = new AbortController();
    const isClosed = deferred();
    const url = await answering(t, (request) => {
      request.socket.on('close', () => isClosed.resolve());
      abort.abort();
    });
    assert.notEqual(await probe(check(url), false, abort.signal), null);
    await isClosed.promise;
  });
});

/** Nobody knows who signed its certificate. */
async function startTls(t: TestContext) {
  const names: (string | false | null)[] = [];
  const server = createHttpsServer(
    { key: tlsFile('server.key'), cert: tlsFile('server.pem') },
    (_, response) => response.end('ok'),
  );
  server.on('secureConnection', ({ servername }) => names.push(servername ?? null));
  return { url: `https://127.0.0.1:${await listening(t, server)}`, names };
}

suite('a server that speaks https', () => {
  test('fails where its certificate is not trusted, and says why', async (t) => {
    const { url } = await startTls(t);
    assert.match(
      (await probe(check(url))) ?? '',
      /^its certificate is not trusted \(UNABLE_TO_VERIFY_LEAF_SIGNATURE\)$/,
    );
  });

  test('passes with any certificate where that is wanted, and hears the name that it has', async (t) => {
    const { url, names } = await startTls(t);
    assert.equal(await probe(checkOf('web-1', url, {}, { hostname: 'api.test' }), true), null);
    assert.equal(await probe(check(url, { hostname: 'check.test' }), true), null);
    assert.deepEqual(names, ['api.test', false]);
  });

  test('may be asked by http, and one of http by https', async (t) => {
    const { url } = await startTls(t);
    assert.equal(await probe(check(url.replace('https', 'http'), { scheme: 'https' }), true), null);
    const plain = await answering(t, (_, response) => response.end());
    assert.equal(await probe(check(plain.replace('http', 'https'), { scheme: 'http' })), null);
  });
});
