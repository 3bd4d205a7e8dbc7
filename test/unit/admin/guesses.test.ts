import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientOf } from '../../../src/admin/client.ts';
import { FailedLogins, MAX_TOLD, type FailedLogin } from '../../../src/admin/failedLogins.ts';
import { Guesses, MAX_GUESSES, WINDOW_MS } from '../../../src/admin/guesses.ts';

function guess(guesses: Guesses, client: string, howMany: number, now: number): void {
  for (let i = 0; i < howMany; i++) guesses.note(client, `${now}/${i}`, now);
}

test('a client may guess so often in a minute, whatever the minute begins with', () => {
  const guesses = new Guesses();
  guess(guesses, 'a', MAX_GUESSES - 1, 0);
  assert.equal(guesses.waitMs('a', 50_000), 0);
  guess(guesses, 'a', 1, 50_000);
  assert.equal(guesses.waitMs('a', 50_000), WINDOW_MS - 50_000);
  assert.equal(guesses.waitMs('a', WINDOW_MS), 0, 'the first guesses are forgotten');
  guess(guesses, 'a', MAX_GUESSES - 1, WINDOW_MS);
  assert.equal(guesses.waitMs('a', WINDOW_MS), 50_000, 'the one at 50 s still counts');
});

test('nobody waits for what another client guessed', () => {
  const guesses = new Guesses();
  guess(guesses, 'a', MAX_GUESSES, 0);
  assert.equal(guesses.waitMs('b', 0), 0);
  assert.equal(guesses.has('b', '0/0', 0), false);
});

test('the same guess counts once, so that a script with an old password locks nobody out', () => {
  const guesses = new Guesses();
  for (let i = 0; i < 100; i++) guesses.note('a', 'old', i);
  assert.equal(guesses.waitMs('a', 100), 0);
  assert.equal(guesses.has('a', 'old', 100), true);
});

test('what was taken back does not count', () => {
  const guesses = new Guesses();
  guess(guesses, 'a', MAX_GUESSES, 0);
  guesses.takeBack('a', '0/3');
  assert.equal(guesses.waitMs('a', 0), 0);
});

test('so many clients are remembered and no more: the one goes that guessed longest ago', () => {
  const guesses = new Guesses();
  guess(guesses, 'first', MAX_GUESSES, 0);
  guess(guesses, 'second', MAX_GUESSES, 1);
  for (let i = 0; i < 4_999; i++) guess(guesses, `other ${i}`, 1, 2);
  assert.equal(guesses.waitMs('first', 3), 0);
  assert.ok(guesses.waitMs('second', 3) > 0);
});

test('a burst is news when it begins and when it reaches the limit, and then not as long as it lasts', () => {
  const guesses = new Guesses();
  const news: number[] = [];
  for (let at = 0; at < 5 * WINDOW_MS; at += WINDOW_MS / 20) {
    if (guesses.waitMs('a', at) > 0) continue;
    guess(guesses, 'a', 1, at);
    if (guesses.isNews('a')) news.push(at);
  }
  assert.deepEqual(news, [0, ((MAX_GUESSES - 1) * WINDOW_MS) / 20]);
  guess(guesses, 'a', 1, 10 * WINDOW_MS);
  assert.equal(guesses.has('a', 'x', 10 * WINDOW_MS), false);
  assert.equal(guesses.isNews('a'), true, 'after a quiet minute another burst begins');
});

test('a client is an IPv4 address, or a network of IPv6 addresses that one subscriber has', () => {
  for (const [address, client] of [
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::', '2001:db8:1:2::/64'],
    ['2001:db8::5', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['', ''],
  ] as const) {
    assert.equal(clientOf(address), client, address);
  }
});

test('of many clients that fail only so many are told in a minute, then how many were not', () => {
  const told: FailedLogin[] = [];
  const failed = new FailedLogins((each) => told.push(each));
  for (let i = 0; i < MAX_TOLD + 7; i++) failed.note(`192.0.2.${i}`, 'ops', false, i);
  assert.equal(told.length, MAX_TOLD);
  failed.note('192.0.2.99', 'ops', true, WINDOW_MS);
  assert.deepEqual(told.at(-1), { client: '192.0.2.99', user: 'ops', isLimited: true, untold: 7 });
  failed.note('192.0.2.98', 'ops', false, WINDOW_MS);
  assert.equal(told.at(-1)?.untold, 0);
});

test('a name is told so that it can neither forge a line of the log nor fill it', () => {
  const told: string[] = [];
  const failed = new FailedLogins(({ user }) => told.push(user));
  for (const name of ['Jörg "O"', 'a\nb\u001b[2J\u202e', '😀'.repeat(50), '\ud800x']) {
    failed.note('192.0.2.1', name, false, 0);
  }
  assert.deepEqual(told, ['Jörg "O"', 'a?b?[2J?', `${'😀'.repeat(40)}…`, '?x']);
});
