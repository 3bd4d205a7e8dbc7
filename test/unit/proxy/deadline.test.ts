import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Deadline } from '../../../src/proxy/deadline.ts';

// On a clock of the test's own, but where `refresh` matters, which Node's mock timers lack.

test('it expires once, after its time', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let expired = 0;
  new Deadline().set(100, () => expired++);
  t.mock.timers.tick(99);
  assert.equal(expired, 0);
  t.mock.timers.tick(1);
  assert.equal(expired, 1);
  t.mock.timers.tick(1000);
  assert.equal(expired, 1);
});

test('0 is never', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const deadline = new Deadline();
  deadline.set(0, () => assert.fail('it expired'));
  deadline.touch();
  t.mock.timers.tick(1_000_000);
});

test('a new one replaces the old one, also where the new one is never', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let expired = '';
  const deadline = new Deadline();
  deadline.set(100, () => (expired += 'old '));
  deadline.set(50, () => (expired += 'new '));
  t.mock.timers.tick(200);
  assert.equal(expired, 'new ');
  deadline.set(100, () => (expired += 'old '));
  deadline.set(0, () => (expired += 'never '));
  t.mock.timers.tick(200);
  assert.equal(expired, 'new ');
});

test('cleared is over; clearing and touching what is not set does nothing', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const deadline = new Deadline();
  deadline.clear();
  deadline.touch();
  deadline.set(100, () => assert.fail('it expired'));
  deadline.clear();
  t.mock.timers.tick(1000);
});

test('it may be set anew while it expires', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let expired = '';
  const deadline = new Deadline();
  deadline.set(100, () => {
    expired += 'first ';
    deadline.set(100, () => (expired += 'second '));
  });
  t.mock.timers.tick(100);
  t.mock.timers.tick(100);
  assert.equal(expired, 'first second ');
});

test('each touch begins its time anew', async () => {
  const deadline = new Deadline();
  const startedAt = performance.now();
  const expiredAt = await new Promise<number>((resolve) => {
    deadline.set(200, () => resolve(performance.now()));
    setTimeout(() => deadline.touch(), 100);
  });
  assert.ok(expiredAt - startedAt > 290, `${expiredAt - startedAt} ms`);
});

test('a touch after it expired does not bring it back', async () => {
  const deadline = new Deadline();
  let expired = 0;
  await new Promise<void>((resolve) => {
    deadline.set(1, () => {
      expired++;
      resolve();
    });
  });
  deadline.touch();
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(expired, 1);
});
