import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import type { Admin, AdminOptions } from '../../src/admin/server.ts';
import { startAdmin } from '../../src/admin/server.ts';
import type { Status } from '../../src/control/status.ts';
import type { ServiceView } from '../../src/control/views.ts';
import { errorOf, json } from '../support/adminAnswers.ts';
import {
  notReadyStatus,
  installOf,
  manyServices,
  richServices,
  serviceOf,
  statusOf,
} from '../support/status.ts';

let status: Status = statusOf(richServices());
let statusCalls = 0;
let admin: Admin;

function start(options: Partial<AdminOptions> = {}): Promise<Admin> {
  return startAdmin({
    port: 0,
    bind: '127.0.0.1',
    status: () => {
      statusCalls++;
      return status;
    },
    ...options,
  });
}

/** For what should not start: where it does, the test fails instead of hanging. */
async function startAndStop(options: Partial<AdminOptions>): Promise<void> {
  await (await start(options)).stop();
}

before(async () => {
  admin = await start();
});
after(() => admin.stop());

async function get(path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`http://127.0.0.1:${admin.port}${path}`, init);
}

/** Asks with another status for the length of one call. */
async function getWith(other: Status, path: string, init: RequestInit = {}): Promise<Response> {
  const usual = status;
  status = other;
  try {
    return await get(path, init);
  } finally {
    status = usual;
  }
}

/** Sends bytes on a connection of its own, and gives all that comes back until the other side closes it. */
async function exchange(bytes: string, port = admin.port): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  let received = '';
  socket.setEncoding('latin1').on('data', (text: string) => (received += text));
  socket.write(bytes);
  await once(socket, 'close');
  return received;
}

describe('/ping', () => {
  test('answers OK, and asks nobody for a status, so that it works while anything else is slow', async () => {
    const calls = statusCalls;
    const response = await get('/ping');
    assert.equal(response.status, 200);
    assert.match(response.headers.get('content-type') ?? '', /^text\/plain/);
    assert.equal(await response.text(), 'OK');
    assert.equal(statusCalls, calls);
  });

  test("answers HTTP/1.0 without Host, since that is what Rancher's health check sends", async () => {
    assert.match(await exchange('GET /ping HTTP/1.0\r\n\r\n'), /^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\nOK$/);
  });

  test('answers HEAD with the same fields and no body', async () => {
    const text = await exchange('HEAD /ping HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    assert.match(text, /^HTTP\/1\.1 200 OK\r\n/);
    assert.match(text, /\r\nContent-Length: 2\r\n/);
    assert.ok(text.endsWith('\r\n\r\n'));
  });
});

describe('/ready', () => {
  test('is 200 when nothing stands against it', async () => {
    const response = await get('/ready');
    assert.equal(response.status, 200);
    assert.deepEqual(await response.json(), { ready: true });
  });

  test('is 503 with every reason otherwise', async () => {
    const response = await getWith(notReadyStatus(), '/ready');
    assert.equal(response.status, 503);
    assert.deepEqual(await response.json(), {
      ready: false,
      reasons: ['no table is installed yet', 'entrypoint http waits for the first table'],
    });
  });
});

describe('the JSON API', () => {
  test('/api/version names the program, its version, Node and the uptime', async () => {
    const startedAt = Date.UTC(2016, 6, 29);
    const version = await json<Record<string, unknown>>(
      await getWith({ ...status, startedAt, uptimeMs: 90_400 }, '/api/version'),
    );
    assert.equal(version['name'], 'active-lb');
    assert.match(String(version['version']), /^\d+\.\d+\.\d+/);
    assert.equal(version['node'], process.version);
    assert.equal(version['startedAt'], new Date(startedAt).toISOString());
    assert.equal(version['uptimeSeconds'], 90, 'not what the time of day says');
  });

  test('/api/overview has table, metadata, entrypoints, findings and conditions', async () => {
    const overview = await json<Record<string, unknown>>(await get('/api/overview'));
    assert.deepEqual(Object.keys(overview), ['table', 'metadata', 'entrypoints', 'findings', 'conditions']);
    assert.deepEqual(overview['findings'], { errors: 2, warnings: 2 });
  });

  test('/api/routes lists every route with its servers, refused ones too', async () => {
    const body = await json<{
      tableId: string;
      routes: Record<string, unknown>[];
    }>(await get('/api/routes'));
    assert.equal(body.tableId, 't-5f3c9a1e');
    assert.deepEqual(
      body.routes.map(({ host, refusal }) => [host, refusal !== null]),
      [
        ['admin.shop.local', true],
        ['api.shop.example.com', false],
        ['api.shop.example.org', false],
        ['blog.shop.local', false],
        ['web-test.proxy-test.local', false],
      ],
    );
    assert.deepEqual(
      body.routes[4]?.['servers'],
      [1, 2, 3].map((n) => ({
        id: `proxy-test-web-test-${n}`,
        url: `http://127.42.101.${n + 10}:8080`,
        weight: 1,
        status: 'active',
      })),
    );
  });

  test('/api/services lists every labelled service, routed or not, and one of them has its own path', async () => {
    const { services } = await json<{ services: ServiceView[] }>(await get('/api/services'));
    assert.deepEqual(
      services.map(({ id }) => id),
      richServices().map(({ id }) => id),
    );
    assert.deepEqual(await (await get('/api/services/shop/pay')).json(), {
      id: 'shop/pay',
      stack: 'shop',
      name: 'pay',
      state: 'refused',
      summary: 'It is not routed until the error below is mended.',
      routed: false,
      hosts: [],
      backends: [],
      servers: [],
      containers: [{ name: 'shop-pay-1', eligible: true, reason: null }],
      findings: [
        {
          code: 'invalid-port',
          severity: 'error',
          label: 'traefik.port',
          message: 'traefik.port is "http", which is no port; give a number from 1 to 65535',
        },
      ],
    });
  });

  test('names are percent-decoded, and what is not percent-encoded is refused', async () => {
    const named = statusOf([serviceOf('stäck/a b%', 1)]);
    const found = await getWith(named, '/api/services/st%C3%A4ck/a%20b%25');
    assert.equal((await json<ServiceView>(found)).id, 'stäck/a b%');
    for (const path of ['/api/services/a/%', '/api/services/%ff/b']) {
      const response = await get(path);
      assert.equal(response.status, 400);
      assert.equal((await errorOf(response)).code, 'bad-encoding');
    }
  });

  test('a service that is not there is 404, names of object members included', async () => {
    for (const path of ['/api/services/shop/nothing', '/api/services/__proto__/constructor']) {
      const response = await get(path);
      assert.equal(response.status, 404);
      assert.equal((await errorOf(response)).code, 'no-such-service');
    }
  });

  test('before the first install a list is 503 and says what is awaited: an empty one would be a lie', async () => {
    for (const path of ['/api/routes', '/api/services', '/api/services/a/b']) {
      const response = await getWith(notReadyStatus(), path);
      assert.equal(response.status, 503);
      assert.equal(response.headers.get('retry-after'), '1');
      const { code, message } = await errorOf(response);
      assert.equal(code, 'no-table');
      assert.match(message, /no table is installed yet; entrypoint http waits .*no such host/);
    }
    assert.equal((await getWith(notReadyStatus(), '/')).status, 200);
    assert.equal((await getWith(notReadyStatus(), '/api/overview')).status, 200);
  });

  test('an install is seen with the next request', async () => {
    const other = { ...status, install: installOf([serviceOf('new/one', 1)]) };
    const { services } = await json<{
      services: ServiceView[];
    }>(await getWith(other, '/api/services'));
    assert.deepEqual(
      services.map(({ id }) => id),
      ['new/one'],
    );
  });

  test('with 10,000 services the lists and the page are still answered at once', async () => {
    const many = statusOf(manyServices(10_000));
    for (const path of ['/api/services', '/api/routes', '/']) {
      const begin = performance.now();
      const response = await getWith(many, path);
      await response.arrayBuffer();
      const tookMs = performance.now() - begin;
      assert.equal(response.status, 200);
      assert.ok(tookMs < 2000, `${path} took ${tookMs} ms`);
    }
  });
});

describe('paths and methods', () => {
  test('a query, a slash at the end and an absolute target make no difference', async () => {
    assert.equal((await get('/ping?x=1')).status, 200);
    assert.equal((await get('/ping/')).status, 200);
    assert.equal((await get('/api/services/shop/pay/?x')).status, 200);
    assert.match(
      await exchange('GET http://x.test/ping?y HTTP/1.1\r\nHost: x.test\r\nConnection: close\r\n\r\n'),
      / 200 OK/,
    );
    assert.match(
      await exchange('GET http://x.test HTTP/1.1\r\nHost: x.test\r\nConnection: close\r\n\r\n'),
      /<!doctype html>/,
    );
  });

  test('an unknown path is 404 and lists those that exist', async () => {
    for (const path of ['/nothing', '/ap', '/api/services/a', '/api/services/a/b/c', '/ping//', '/PING']) {
      const response = await get(path);
      assert.equal(response.status, 404, path);
      assert.match(
        (await errorOf(response)).message,
        / \/routes, \/services, .*\/ping, \/ready, .*\/api\/explain, .*\/api\/services\/\{stack\}\/\{name\}/,
      );
    }
  });

  test('nothing can be written: other methods are 405 with Allow, and a body is not waited for', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
      const response = await get('/api/routes', { method });
      assert.equal(response.status, 405);
      assert.equal(response.headers.get('allow'), 'GET, HEAD');
      assert.equal((await errorOf(response)).code, 'method-not-allowed');
    }
    const text = await exchange('POST /ping HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nonly this');
    assert.match(text, /^HTTP\/1\.1 405 [^]*\r\nConnection: close\r\n/);
  });
});

describe('bad clients and bad luck', () => {
  test('what is not HTTP, or too large, gets a readable answer and the connection closed', async () => {
    assert.match(await exchange('hello\r\n\r\n'), /^HTTP\/1\.1 400 [^]*"code":"bad-request"/);
    const large = `GET /ping HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`;
    assert.match(await exchange(large), /^HTTP\/1\.1 431 [^]*"code":"head-too-large"/);
  });

  test('a client that does not finish its request head is answered 408 and let go', async () => {
    const impatient = await start({ headerTimeoutMs: 100 });
    try {
      const text = await exchange('GET /ping HTTP/1.1\r\nHost: a\r\n', impatient.port);
      assert.match(text, /^HTTP\/1\.1 408 [^]*"code":"request-timeout"/);
    } finally {
      await impatient.stop();
    }
  });

  test('a bug in what is shown is told, answered 500, and ends nothing', async () => {
    const faults: unknown[] = [];
    const fault = new Error('broken');
    const broken = await start({
      status: () => {
        throw fault;
      },
      onFault: (told) => faults.push(told),
    });
    try {
      const response = await fetch(`http://127.0.0.1:${broken.port}/api/overview`);
      assert.equal(response.status, 500);
      const { message } = await errorOf(response);
      assert.doesNotMatch(message, /broken/);
      assert.deepEqual(faults, [fault]);
      assert.equal((await fetch(`http://127.0.0.1:${broken.port}/ping`)).status, 200);
    } finally {
      await broken.stop();
    }
  });

  test('a taken port is said clearly, with the setting to change', async () => {
    await assert.rejects(startAndStop({ port: admin.port }), {
      name: 'ListenError',
      message: `port ${admin.port} is taken by another process; stop it or choose another port (LB_ADMIN_PORT is ${admin.port}, on 127.0.0.1)`,
    });
  });

  test('an address that is not of this machine is said clearly, with the setting to change', async () => {
    await assert.rejects(startAndStop({ bind: '192.0.2.1' }), {
      name: 'ListenError',
      message: /this machine does not have that address; set LB_ADMIN_BIND to one that it has/,
    });
  });
});

test('without a bind address it listens on all, IPv4 included', async () => {
  const everywhere = await start({ bind: null });
  try {
    assert.ok(['::', '0.0.0.0'].includes(everywhere.address));
    assert.equal((await fetch(`http://127.0.0.1:${everywhere.port}/ping`)).status, 200);
  } finally {
    await everywhere.stop();
  }
});

test('stop frees the port, also while connections idle, and may be called twice', async () => {
  const stopping = await start();
  const idle = connect(stopping.port, '127.0.0.1');
  await once(idle, 'connect');
  idle.write('GET /ping HTTP/1.1\r\nHost: a\r\n\r\n');
  await once(idle, 'data');
  const closed = once(idle, 'close');
  await Promise.all([stopping.stop(), stopping.stop(), closed]);
  const next = createServer().listen(stopping.port, '127.0.0.1');
  await once(next, 'listening');
  next.close();
});
