import assert from 'node:assert/strict';
import { hashSync } from 'bcryptjs';
import { connect } from 'node:net';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import type { FailedLogin } from '../../src/admin/failedLogins.ts';
import { MAX_GUESSES } from '../../src/admin/guesses.ts';
import { MAX_WAITING } from '../../src/admin/passwords.ts';
import type { Admin } from '../../src/admin/server.ts';
import { basic, PASSWORD, startGuarded, USERS } from '../support/adminLogin.ts';
import { startTestDaemon } from '../support/daemon.ts';

const RIGHT = basic('ops', PASSWORD);

/** Asks as a client at `from`, an address of loopback, on a connection of its own. */
async function ask(
  { port }: Pick<Admin, 'port'>,
  path: string,
  authorization?: string,
  { method = 'GET', from = '127.0.0.1' } = {},
): Promise<{ status: number; head: string; code: string | null }> {
  const socket = connect({ port, host: '127.0.0.1', localAddress: from });
  let text = '';
  // A stop resets what it has not accepted yet.
  socket.on('error', () => {});
  socket.setEncoding('utf8').on('data', (part: string) => (text += part));
  const fields = [`Host: 127.0.0.1:${port}`, 'Connection: close'];
  if (authorization !== undefined) fields.push(`Authorization: ${authorization}`);
  socket.write(`${method} ${path} HTTP/1.1\r\n${fields.join('\r\n')}\r\n\r\n`);
  await once(socket, 'close');
  const [head = '', body = ''] = text.split('\r\n\r\n');
  return {
    status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1]),
    head,
    code: /"code":"([^"]+)"/.exec(body)?.[1] ?? null,
  };
}

/** Asks with so many wrong passwords at once, of several clients, since one may not have so many. */
function flood(admin: Admin, count: number): readonly Promise<{ status: number; head: string }>[] {
  return Array.from({ length: count }, (_, i) =>
    ask(admin, '/', basic('ops', `guess ${i}`), { from: `127.0.1.${Math.floor(i / 5) + 1}` }),
  );
}

describe('where users are set', () => {
  test('everything asks who one is, also what does not exist, so that nobody learns what does', async (t) => {
    const admin = await startGuarded(t);
    for (const path of ['/', '/explain', '/api/overview', '/metrics', '/nothing', '/ping/x', '//ping', '*']) {
      const { status, head, code } = await ask(admin, path);
      assert.deepEqual([status, code], [401, 'login-needed'], path);
      assert.match(head, /\r\nWWW-Authenticate: Basic realm="active-lb", charset="UTF-8"\r\n/);
    }
    for (const method of ['POST', 'PUT', 'OPTIONS']) {
      for (const path of ['/api/release', '/ping', '/api/overview']) {
        assert.equal((await ask(admin, path, undefined, { method })).status, 401, `${method} ${path}`);
      }
    }
    assert.equal((await ask(admin, '/', undefined, { method: 'HEAD' })).status, 401);
  });

  test('a user gets in with the right password, in UTF-8 and with odd characters in the name', async (t) => {
    const admin = await startGuarded(t);
    for (const { name } of USERS) {
      for (const path of ['/', '/api/overview']) {
        assert.equal((await ask(admin, path, basic(name, PASSWORD))).status, 200);
      }
    }
    assert.equal((await ask(admin, '/nothing', RIGHT)).code, 'not-found');
    assert.equal((await ask(admin, '/api/routes', RIGHT, { method: 'PUT' })).code, 'method-not-allowed');
  });

  test('nobody gets in with anything else', async (t) => {
    const admin = await startGuarded(t);
    for (const [authorization, code] of [
      [basic('ops', 'wrong'), 'login-failed'],
      [basic('OPS', PASSWORD), 'login-failed'],
      [basic('nobody', PASSWORD), 'login-failed'],
      [basic('__proto__', PASSWORD), 'login-failed'],
      [basic('ops', ''), 'bad-credentials'],
      [basic('', PASSWORD), 'bad-credentials'],
      [basic('ops', 'x'.repeat(73)), 'bad-credentials'],
      [basic('ops', `${PASSWORD}\0${PASSWORD}`), 'bad-credentials'],
      ['Bearer x', 'bad-credentials'],
      ['Basic', 'bad-credentials'],
    ] as const) {
      const answer = await ask(admin, '/', authorization);
      assert.deepEqual([answer.status, answer.code], [401, code], authorization);
      assert.match(answer.head, /\r\nWWW-Authenticate: Basic /);
    }
  });

  test('two Authorization fields are refused, whichever of them is right', async (t) => {
    const admin = await startGuarded(t);
    const answer = await ask(admin, '/', `${RIGHT}\r\nAuthorization: ${basic('ops', 'wrong')}`);
    assert.deepEqual([answer.status, answer.code], [401, 'bad-credentials']);
  });

  test('health checks ask nobody, whatever they send', async (t) => {
    const admin = await startGuarded(t);
    for (const path of ['/ping', '/ping?x', '/ping/', '/ready', `http://127.0.0.1:${admin.port}/ping`]) {
      for (const method of ['GET', 'HEAD']) {
        assert.equal((await ask(admin, path, undefined, { method })).status, 200, `${method} ${path}`);
        assert.equal((await ask(admin, path, basic('ops', 'wrong'), { method })).status, 200);
      }
    }
  });

  test('metrics are for everybody only where that is set, and nothing else is with them', async (t) => {
    const open = await startGuarded(t, { areMetricsPublic: true });
    assert.notEqual((await ask(open, '/metrics')).status, 401);
    assert.equal((await ask(open, '/metrics', undefined, { method: 'POST' })).status, 401);
    assert.equal((await ask(open, '/metrics/x')).status, 401);
    assert.equal((await ask(open, '/')).status, 401);
  });
});

describe('guesses', () => {
  test('after ten failures an address must wait, even with the right password, and no other address', async (t) => {
    const failed: FailedLogin[] = [];
    const admin = await startGuarded(t, { onFailedLogin: (each) => failed.push(each) });
    const from = '127.0.0.77';
    assert.equal((await ask(admin, '/', RIGHT, { from })).status, 200);
    for (let i = 0; i < MAX_GUESSES; i++) {
      assert.equal((await ask(admin, '/', basic('ops', `guess ${i}`), { from })).status, 401);
    }
    for (const authorization of [basic('ops', 'another'), RIGHT]) {
      const answer = await ask(admin, '/', authorization, { from });
      assert.deepEqual([answer.status, answer.code], [429, 'too-many-logins']);
      const seconds = Number(/\r\nRetry-After: (\d+)\r\n/.exec(answer.head)?.[1]);
      assert.ok(seconds >= 1 && seconds <= 60);
    }
    assert.equal((await ask(admin, '/ping', undefined, { from })).status, 200);
    assert.equal((await ask(admin, '/', RIGHT, { from: '127.0.0.78' })).status, 200);
    assert.deepEqual(failed, [
      { client: from, user: 'ops', isLimited: false, untold: 0 },
      { client: from, user: 'ops', isLimited: true, untold: 0 },
    ]);
  });

  test('many at once are no way past the limit', async (t) => {
    const admin = await startGuarded(t);
    const answers = await Promise.all(
      Array.from({ length: 3 * MAX_GUESSES }, (_, i) => ask(admin, '/', basic('ops', `guess ${i}`))),
    );
    assert.equal(answers.filter(({ status }) => status === 401).length, MAX_GUESSES);
    assert.equal(answers.filter(({ status }) => status === 429).length, 2 * MAX_GUESSES);
  });

  test('the same wrong password again and again locks nobody out', async (t) => {
    const admin = await startGuarded(t);
    for (let i = 0; i < 2 * MAX_GUESSES; i++) {
      assert.equal((await ask(admin, '/', basic('ops', 'the old one'))).status, 401);
    }
    assert.equal((await ask(admin, '/', RIGHT)).status, 200);
  });

  test('what can be right for nobody is no guess', async (t) => {
    const admin = await startGuarded(t);
    for (let i = 0; i < 2 * MAX_GUESSES; i++) await ask(admin, '/', `Bearer ${i}`);
    assert.equal((await ask(admin, '/', RIGHT)).status, 200);
  });
});

describe('verification', () => {
  /** Each takes bcryptjs some hundred milliseconds. */
  const SLOW = [{ name: 'ops', hash: hashSync(PASSWORD, 12) }];

  test('holds nobody up: pings are answered while twenty passwords wait', async (t) => {
    const admin = await startGuarded(t, { users: SLOW });
    let verified = 0;
    const guesses = flood(admin, 20).map((guess) => guess.then(() => verified++));
    for (let i = 0; i < 20; i++) assert.equal((await ask(admin, '/ping')).status, 200);
    assert.ok(verified < 20, 'twenty pings came back before twenty verifications did');
    await admin.stop();
    await Promise.all(guesses);
  });

  test('has a bound on what waits; beyond it one is told to try again, and who was in stays in', async (t) => {
    const failed: FailedLogin[] = [];
    const admin = await startGuarded(t, { users: SLOW, onFailedLogin: (each) => failed.push(each) });
    assert.equal((await ask(admin, '/', RIGHT)).status, 200);
    const refusals: string[] = [];
    const guesses = flood(admin, MAX_WAITING + 5).map(async (guess) => {
      const { status, head } = await guess;
      if (status === 503) refusals.push(head);
      return status;
    });
    assert.equal(await Promise.race(guesses), 503);
    assert.match(refusals[0]!, /\r\nRetry-After: 5\r\n/);
    assert.equal((await ask(admin, '/', RIGHT)).status, 200);
    assert.ok(failed.length < MAX_WAITING);
    await admin.stop();
    await Promise.all(guesses);
  });

  test('is done once for the same credentials, however many present them at once', async (t) => {
    const admin = await startGuarded(t, { users: SLOW });
    const answers = await Promise.all(
      Array.from({ length: 2 * MAX_WAITING }, () => ask(admin, '/api/version', RIGHT)),
    );
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
  });

  test('does not outlive a stop, and whoever waits for it is told instead of cut off', async (t) => {
    const admin = await startGuarded(t, { users: SLOW });
    const first = flood(admin, 5);
    await ask(admin, '/ping');
    await admin.stop();
    for (const { status } of await Promise.all(first)) assert.ok(status === 503 || status === 401);
  });
});

test('the daemon asks who one is and logs a failed login, without its password', async (t) => {
  const { hash } = USERS[0]!;
  const running = await startTestDaemon(t, {
    LB_METADATA_URL: 'http://127.0.0.1:9/latest',
    LB_ADMIN_USERS: `ops:${hash}`,
  });
  const { admin } = running.daemon;
  assert.equal((await ask(admin, '/api/overview')).status, 401);
  assert.equal((await ask(admin, '/api/overview', RIGHT)).status, 200);
  assert.equal((await ask(admin, '/api/overview', basic('eve\u202e', 'let me in'))).status, 401);
  const line = await running.logged('admin-login-failed');
  assert.deepEqual([line['client'], line['user'], line.level], ['127.0.0.1', 'eve?', 'warn']);
  const all = JSON.stringify(running.lines);
  for (const secret of ['let me in', PASSWORD, hash]) assert.ok(!all.includes(secret));
});
