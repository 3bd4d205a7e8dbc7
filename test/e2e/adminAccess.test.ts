import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, test, type TestContext } from 'node:test';
import type { Commander } from '../../src/admin/commands.ts';
import type { Admin, AdminOptions } from '../../src/admin/server.ts';
import { basic, PASSWORD, startGuarded, USERS } from '../support/adminLogin.ts';
import { cleanup } from '../support/cleanup.ts';
import { deferred } from '../support/deferred.ts';
import type { Field } from '../support/httpMessage.ts';
import { RawClient, type Response } from '../support/rawClient.ts';

const NO_LOGIN: Partial<AdminOptions> = { users: [] };

/** One request on a connection of its own; the fields are sent as they are, without a Host of their own. */
async function exchange(
  t: TestContext,
  { port }: Pick<Admin, 'port'>,
  startLine: string,
  fields: readonly Field[] = [],
  body = '',
): Promise<Response> {
  const client = await RawClient.connect(t, port);
  const head = [startLine, ...fields.map(([name, value]) => `${name}: ${value}`)].join('\r\n');
  client.expecting(startLine.split(' ')[0]!).send(`${head}\r\n\r\n${body}`);
  const response = await client.response();
  client.socket.destroy();
  return response;
}

function codeOf({ message }: Response): string | undefined {
  return /"code":"([^"]+)"/.exec(message.bodyText)?.[1];
}

describe('names of the admin server', () => {
  const hosts = ['lb.example.local'];

  test('where they are set, it is asked by them, by addresses and as localhost, and otherwise answers 421', async (t) => {
    const admin = await startGuarded(t, { ...NO_LOGIN, hosts });
    for (const host of [
      'lb.example.local:8000',
      'LB.example.local.',
      `127.0.0.1:${admin.port}`,
      '[::1]',
      'localhost',
    ]) {
      assert.equal((await exchange(t, admin, 'GET / HTTP/1.1', [['Host', host]])).status, 200, host);
    }
    for (const host of ['evil.example', 'lb.example.local.evil.example', 'lb.example.local,evil', '']) {
      for (const path of ['/', '/api/overview', '/metrics', '/nothing']) {
        const response = await exchange(t, admin, `GET ${path} HTTP/1.1`, [['Host', host]]);
        assert.deepEqual([response.status, codeOf(response)], [421, 'wrong-host'], `${host}${path}`);
      }
    }
  });

  test('health checks pass under any name, and in HTTP/1.0 without one', async (t) => {
    const admin = await startGuarded(t, { ...NO_LOGIN, hosts });
    for (const path of ['/ping', '/ready']) {
      assert.equal((await exchange(t, admin, `GET ${path} HTTP/1.1`, [['Host', 'any.test']])).status, 200);
      assert.equal((await exchange(t, admin, `GET ${path} HTTP/1.0`)).status, 200);
    }
    assert.equal((await exchange(t, admin, 'GET / HTTP/1.0')).status, 421);
    assert.equal((await exchange(t, admin, 'POST /ping HTTP/1.1', [['Host', 'any.test']])).status, 421);
  });

  test('a target in absolute-form cannot bring in another name than Host, nor Host another than the target', async (t) => {
    const admin = await startGuarded(t, { ...NO_LOGIN, hosts });
    for (const [authority, host, status] of [
      ['lb.example.local', 'lb.example.local', 200],
      ['evil.example', 'lb.example.local', 421],
      ['lb.example.local', 'evil.example', 421],
      ['lb.example.local@evil.example', 'lb.example.local', 421],
      ['', 'lb.example.local', 421],
    ] as const) {
      const line = `GET http://${authority}/api/overview HTTP/1.1`;
      assert.equal((await exchange(t, admin, line, [['Host', host]])).status, status, `${authority} ${host}`);
    }
  });

  test('the name is looked at before the password, which a rebound name must not get to try', async (t) => {
    const admin = await startGuarded(t, { hosts });
    const fields: Field[] = [
      ['Host', 'evil.example'],
      ['Authorization', basic('ops', PASSWORD)],
    ];
    assert.equal((await exchange(t, admin, 'GET / HTTP/1.1', fields)).status, 421);
  });

  test('without them it is asked by any name', async (t) => {
    const admin = await startGuarded(t, NO_LOGIN);
    assert.equal((await exchange(t, admin, 'GET / HTTP/1.1', [['Host', 'any.test']])).status, 200);
    assert.equal((await exchange(t, admin, 'GET / HTTP/1.0')).status, 200);
  });

  test('there is exactly one Host, whatever is asked', async (t) => {
    const admin = await startGuarded(t, { ...NO_LOGIN, hosts });
    const two: Field[] = [
      ['Host', 'lb.example.local'],
      ['host', 'evil.example'],
    ];
    for (const [line, fields] of [
      ['GET /ping HTTP/1.1', two],
      ['GET / HTTP/1.1', two],
      ['GET / HTTP/1.1', []],
      ['GET http://lb.example.local/ HTTP/1.1', []],
    ] as const) {
      const response = await exchange(t, admin, line, fields);
      assert.deepEqual([response.status, codeOf(response)], [400, 'bad-request'], line);
    }
  });
});

/** A server with something held, which the first release lets through. */
async function holding(t: TestContext, options: Partial<AdminOptions> = NO_LOGIN) {
  const released: Commander[] = [];
  let isHeld = true;
  const admin = await startGuarded(t, {
    release() {
      const was = isHeld;
      isHeld = false;
      return was ? 'released' : 'nothing-held';
    },
    onRelease: (by) => released.push(by),
    ...options,
  });
  return { admin, released };
}

describe('POST /api/release', () => {
  const LB: Field = ['Host', 'lb:8000'];

  test('releases what is held, tells who did it, and says so where there is nothing', async (t) => {
    const { admin, released } = await holding(t);
    const first = await exchange(t, admin, 'POST /api/release HTTP/1.1', [LB]);
    assert.deepEqual([first.status, first.message.bodyText], [200, '{"released":true}\n']);
    const second = await exchange(t, admin, 'POST /api/release HTTP/1.1', [LB, ['Content-Length', '0']]);
    assert.deepEqual([second.status, codeOf(second)], [409, 'nothing-held']);
    assert.deepEqual(released, [{ user: null, client: '127.0.0.1' }]);
  });

  test('has nothing to release where nobody holds anything', async (t) => {
    const admin = await startGuarded(t, NO_LOGIN);
    assert.equal((await exchange(t, admin, 'POST /api/release HTTP/1.1', [LB])).status, 409);
  });

  test('leads a browser back to the page, which shows what came of it', async (t) => {
    const { admin } = await holding(t);
    const fields: Field[] = [
      LB,
      ['Origin', 'http://lb:8000'],
      ['Accept', 'text/html,*/*;q=0.8'],
      ['Content-Length', '0'],
    ];
    for (let i = 0; i < 2; i++) {
      const { status, message } = await exchange(t, admin, 'POST /api/release HTTP/1.1', fields);
      assert.equal(status, 303);
      assert.match(message.text, /\r\nLocation: \/\r\n/);
    }
  });

  test('is behind the login, and tells who it was', async (t) => {
    const { admin, released } = await holding(t, {});
    assert.equal((await exchange(t, admin, 'POST /api/release HTTP/1.1', [LB])).status, 401);
    const fields: Field[] = [LB, ['Authorization', basic(USERS[1]!.name, PASSWORD)]];
    assert.equal((await exchange(t, admin, 'POST /api/release HTTP/1.1', fields)).status, 200);
    assert.deepEqual(released, [{ user: USERS[1]!.name, client: '127.0.0.1' }]);
  });

  test('is nothing that a page of another origin can bring about, even with a login that the browser has', async (t) => {
    const { admin, released } = await holding(t, {});
    const login: Field = ['Authorization', basic('ops', PASSWORD)];
    for (const field of [
      ['Origin', 'http://evil.example'],
      ['Origin', 'null'],
      ['Sec-Fetch-Site', 'cross-site'],
      ['Sec-Fetch-Site', 'same-site'],
    ] as const) {
      const response = await exchange(t, admin, 'POST /api/release HTTP/1.1', [LB, login, field]);
      assert.deepEqual([response.status, codeOf(response)], [403, 'foreign-origin'], field.join());
    }
    assert.deepEqual(released, []);
  });

  test('takes no body, and does not wait for one', async (t) => {
    const { admin, released } = await holding(t);
    for (const [field, body] of [
      [['Content-Length', '1000000'], 'x'],
      [['Transfer-Encoding', 'chunked'], '1\r\nx\r\n'],
    ] as const) {
      const response = await exchange(t, admin, 'POST /api/release HTTP/1.1', [LB, field], body);
      assert.deepEqual([response.status, codeOf(response)], [413, 'body-too-large']);
      assert.match(response.message.text, /\r\nConnection: close\r\n/);
    }
    assert.deepEqual(released, []);
  });

  test('a body that never ends is answered 408, and releases nothing', async (t) => {
    const { admin, released } = await holding(t, { ...NO_LOGIN, headerTimeoutMs: 100 });
    const fields: Field[] = [LB, ['Transfer-Encoding', 'chunked']];
    assert.equal((await exchange(t, admin, 'POST /api/release HTTP/1.1', fields)).status, 408);
    assert.deepEqual(released, []);
  });

  test('is only for POST, and nothing else is for POST', async (t) => {
    const { admin, released } = await holding(t);
    for (const [line, allow] of [
      ['GET /api/release', 'POST'],
      ['HEAD /api/release', 'POST'],
      ['PUT /api/release', 'POST'],
      ['OPTIONS /api/release', 'POST'],
      ['POST /api/overview', 'GET, HEAD'],
      ['POST /ping', 'GET, HEAD'],
    ] as const) {
      const { status, message } = await exchange(t, admin, `${line} HTTP/1.1`, [LB]);
      assert.equal(status, 405, line);
      assert.ok(message.text.includes(`\r\nAllow: ${allow}\r\n`), line);
    }
    assert.deepEqual(released, []);
  });
});

test('a connection may have a hundred requests wait for their answers, and is cut off with one more: memory is bounded', async (t) => {
  const HOST: readonly Field[] = [['Host', 'a']];
  const scraped = deferred();
  const metrics = async () => {
    await scraped.promise;
    return { contentType: 'text/plain', body: Buffer.from('') };
  };
  const { port } = await startGuarded(t, { ...NO_LOGIN, metrics });
  const patient = await RawClient.connect(t, port);
  const greedy = await RawClient.connect(t, port);
  for (let i = 0; i < 100; i++) patient.request('GET', '/metrics', HOST);
  for (let i = 0; i < 101; i++) greedy.request('GET', '/metrics', HOST);
  await greedy.closed();
  scraped.resolve();
  for (let i = 0; i < 100; i++) assert.equal((await patient.response()).status, 200);
  // Those that are answered count no more.
  assert.equal((await patient.request('GET', '/ping', HOST).response()).status, 200);
});

test('requests that come at once are answered one after another, so that others are answered in between', async (t) => {
  const HOST: readonly Field[] = [['Host', 'a']];
  let scrapes = 0;
  const metrics = () => Promise.resolve({ contentType: 'text/plain', body: Buffer.from(String(scrapes++)) });
  const { port } = await startGuarded(t, { ...NO_LOGIN, metrics });
  const reader = await RawClient.connect(t, port);
  for (let i = 0; i < 3; i++) reader.request('GET', '/metrics', HOST);
  for (let i = 0; i < 3; i++) assert.equal((await reader.response()).message.bodyText, String(i));

  scrapes = 0;
  const large = Buffer.alloc(16 * 1024 * 1024);
  const { port: another } = await startGuarded(t, {
    ...NO_LOGIN,
    metrics: () => {
      scrapes++;
      return Promise.resolve({ contentType: 'text/plain', body: large });
    },
  });
  const deaf = await RawClient.connect(t, another);
  deaf.socket.pause();
  deaf.send('GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(10));
  for (let i = 0; i < 20; i++) await exchange(t, { port: another }, 'GET /ping HTTP/1.1', HOST);
  assert.equal(scrapes, 1, 'what nobody reads is not even made');
});

test('a client has two hundred connections at most: it cannot keep health checks out', async (t) => {
  const { port } = await startGuarded(t);
  const open = await Promise.all(Array.from({ length: 200 }, () => RawClient.connect(t, port)));
  const HOST: readonly Field[] = [['Host', 'a']];
  // All are accepted once the last one is answered.
  assert.equal((await open.at(-1)!.request('GET', '/ping', HOST).response()).status, 200);
  const tooMany = await RawClient.connect(t, port);
  await tooMany.closed();
  const healthCheck = connect({ port, host: '127.0.0.1', localAddress: '127.42.102.1' });
  cleanup(t, () => healthCheck.destroy());
  healthCheck.write('GET /ping HTTP/1.0\r\n\r\n');
  const [answer] = (await once(healthCheck, 'data')) as [Buffer];
  assert.match(answer.toString(), /^HTTP\/1\.1 200 OK\r\n/);
  open[0]!.socket.destroy();
  await open[0]!.closed();
  // Whether the server has seen that end by now, only another connection tells.
  for (;;) {
    const next = await RawClient.connect(t, port);
    if ((await next.request('GET', '/ping', HOST).outcome()) !== null) break;
  }
});

describe('every answer forbids what a page of somebody else could do with it', () => {
  /** Answers of every kind, and what no parser understands. */
  const REQUESTS: readonly (readonly [string, number])[] = [
    ['GET / HTTP/1.1\r\nHost: 127.0.0.1', 200],
    ['GET /ping HTTP/1.1\r\nHost: a', 200],
    ['GET /api/routes HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: http://evil.example', 200],
    ['GET /nothing HTTP/1.1\r\nHost: 127.0.0.1', 404],
    [
      'OPTIONS / HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: http://evil.example\r\nAccess-Control-Request-Method: POST',
      405,
    ],
    ['POST /api/release HTTP/1.1\r\nHost: 127.0.0.1', 409],
    ['GET / HTTP/1.1\r\nHost: evil.example', 421],
    ['GET / HTTP/1.1', 400],
    ['hello', 400],
    [`GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}`, 431],
  ];
  const EXPECTED: readonly (readonly [string, RegExp, string])[] = [
    [
      'content-security-policy',
      /^default-src 'none'; (.*; )?form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/,
      'nothing but what is named, no foreign content, no frame',
    ],
    ['x-content-type-options', /^nosniff$/, 'no guessing of types'],
    ['x-frame-options', /^DENY$/, 'no frame in old browsers'],
    ['referrer-policy', /^same-origin$/, 'paths are told to nobody else'],
    ['cache-control', /^no-store$/, 'nothing is kept'],
    ['cross-origin-resource-policy', /^same-origin$/, 'no embedding'],
  ];

  for (const [head, status] of REQUESTS) {
    test(`${head.slice(0, 40).split('\r\n')[0]}: ${status}`, async (t) => {
      const admin = await startGuarded(t, { ...NO_LOGIN, hosts: ['lb'] });
      const response = await exchange(t, admin, head);
      assert.equal(response.status, status);
      const fields = new Headers(
        response.message.text
          .split('\r\n')
          .slice(1)
          .filter(Boolean)
          .map((line) => line.split(/: (.*)/s).slice(0, 2) as [string, string]),
      );
      for (const [name, value, why] of EXPECTED) assert.match(fields.get(name) ?? '', value, why);
      assert.doesNotMatch(fields.get('content-security-policy') ?? '', /unsafe|\*|http/);
      for (const [name] of fields) {
        assert.ok(!name.startsWith('access-control-'), 'no other origin may read an answer');
        assert.ok(!['server', 'x-powered-by'].includes(name), 'what we run on is told to nobody');
      }
    });
  }
});
