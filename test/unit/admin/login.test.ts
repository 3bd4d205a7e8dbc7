import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { hashSync } from 'bcryptjs';
import { Login, REMEMBERED_MS, type Entry } from '../../../src/admin/login.ts';
import { Passwords } from '../../../src/admin/passwords.ts';
import { basic, PASSWORD, USERS } from '../../support/adminLogin.ts';
import { cleanup } from '../../support/cleanup.ts';
import { deferred } from '../../support/deferred.ts';

/** A login whose clock stands still unless it is moved. */
function loginAt(t: TestContext): { readonly login: Login; readonly clock: { now: number } } {
  const clock = { now: 1 };
  const login = new Login({ users: USERS, clock: () => clock.now });
  cleanup(t, () => login.stop());
  return { login, clock };
}

/** The user, or the status of the refusal. */
function outcome(entry: Entry): string | number | null {
  return 'user' in entry ? entry.user : entry.refusal.status;
}

const RIGHT = [basic('ops', PASSWORD)];

test('who was right is remembered for five minutes, from when the password was verified', async (t) => {
  const { login, clock } = loginAt(t);
  assert.equal(outcome(await login.enter(RIGHT, '192.0.2.1')), 'ops');
  // Without its thread the login can verify nothing any more: what it still knows, it remembers.
  await login.stop();
  clock.now += REMEMBERED_MS - 1;
  assert.equal(outcome(await login.enter(RIGHT, '192.0.2.1')), 'ops');
  assert.equal(outcome(await login.enter(RIGHT, '2001:db8::1')), 'ops');
  clock.now += 1;
  assert.equal(outcome(await login.enter(RIGHT, '192.0.2.1')), 503);
});

test('who was wrong, or another user with a password that is right, is not remembered as right', async (t) => {
  const { login } = loginAt(t);
  assert.equal(outcome(await login.enter(RIGHT, '192.0.2.1')), 'ops');
  assert.equal(outcome(await login.enter([basic('ops', 'wrong')], '192.0.2.1')), 401);
  await login.stop();
  for (const [name, password] of [
    ['ops', 'wrong too'],
    ['nobody', PASSWORD],
    [USERS[1]!.name, PASSWORD],
  ] as const) {
    assert.equal(outcome(await login.enter([basic(name, password)], '192.0.2.1')), 503, name);
  }
});

test('a name that nobody has is verified all the same, so that time does not tell who there is', async (t) => {
  const { login } = loginAt(t);
  assert.equal(outcome(await login.enter([basic('nobody', PASSWORD)], '192.0.2.1')), 401);
  await login.stop();
  assert.equal(outcome(await login.enter([basic('nobody else', 'x')], '192.0.2.1')), 503);
});

test('what could not be verified is no guess', async (t) => {
  const { login } = loginAt(t);
  await login.stop();
  for (let i = 0; i < 50; i++) {
    assert.equal(outcome(await login.enter([basic('ops', `guess ${i}`)], '192.0.2.1')), 503);
  }
});

test('passwords wait through a crash of their thread: those it had are told, later ones are verified by the next', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const crash = deferred<Error>();
  const passwords = new Passwords((error) => crash.resolve(error));
  cleanup(t, () => passwords.stop());
  const hash = hashSync('x', 4);
  assert.equal(await passwords.verify('x', hash), 'right');
  assert.equal(await passwords.verify('y', hash), 'wrong');
  // No settings let such a hash through; bcryptjs throws at it.
  const broken = [passwords.verify('x', '!'.repeat(60)), passwords.verify('x', hash)];
  assert.deepEqual(await Promise.all(broken), ['broken', 'broken']);
  await crash.promise;
  const later = passwords.verify('x', hash);
  t.mock.timers.tick(60_000);
  assert.equal(await later, 'right');
  await passwords.stop();
  assert.equal(await passwords.verify('x', hash), 'broken');
});
