import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Hold } from '../../../src/control/events.ts';
import { ONE, serversOf, snapshotWith, start, START, TEN } from './guarded.ts';

suite('a guard that goes on from another one, whose thread has crashed', () => {
  const live = { servers: 10, services: ['s/a', 's/b'] };
  const hold = { since: START - 20_000, until: START + 40_000, remainingMs: 40_000 };

  test('holds the first refresh, too', () => {
    const { guard, holds } = start({ start: { live, hold: null } });
    assert.equal(guard.publish(ONE), 'held');
    const [{ serversBefore, servicesLost }] = holds as [Hold];
    assert.deepEqual([serversBefore, servicesLost], [10, ['s/b']]);
  });

  test('lets a first refresh pass that has enough servers', () => {
    const { guard } = start({ start: { live, hold: null } });
    assert.equal(serversOf(guard.publish(snapshotWith({ a: 2 }))), 2);
  });

  test('goes on with a hold where that was, until its time is up', () => {
    const { clock, guard, holds, ends } = start({ start: { live, hold } });
    clock.pass(10_000);
    assert.equal(guard.publish(ONE), 'held');
    assert.deepEqual([holds[0]?.since, holds[0]?.until], [hold.since, hold.until]);
    clock.pass(30_000);
    assert.deepEqual(
      ends.map(({ by }) => by),
      ['time'],
    );
    assert.equal(serversOf(ends[0]?.publication), 1);
  });

  test('lets the first refresh through where that time is up before anything is read', () => {
    const { clock, guard, ends } = start({ start: { live, hold } });
    clock.pass(40_000);
    assert.deepEqual(ends, [], 'there is nothing to install yet');
    assert.equal(serversOf(guard.publish(ONE)), 1);
    assert.deepEqual(ends, [{ by: 'time', publication: null }]);
  });

  test('lets the first refresh through where it is released before anything is read', () => {
    const { clock, guard, ends } = start({ start: { live, hold } });
    guard.release();
    clock.pass(40_000);
    assert.equal(serversOf(guard.publish(ONE)), 1);
    assert.deepEqual(ends, [{ by: 'release', publication: null }]);
  });

  test('ends the hold where the first refresh has enough servers', () => {
    const { guard, ends } = start({ start: { live, hold } });
    guard.publish(TEN);
    assert.deepEqual(ends, [{ by: 'return', publication: null }]);
  });
});
