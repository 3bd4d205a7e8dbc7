import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { suite, test } from 'node:test';
import { Streak } from '../../../src/proxy/streak.ts';

/** How many of so many may begin in a row. */
function begun(streak: Streak, many: number): number {
  return Array.from({ length: many }, () => streak.take()).filter(Boolean).length;
}

suite('a streak', () => {
  test('ends after sixteen requests, and the next begins when others had their turn', async () => {
    let told = 0;
    const streak = new Streak(() => (told += 1));
    assert.equal(begun(streak, 100), 16);
    assert.deepEqual([streak.isOver, told], [true, 0]);
    await nextTurn();
    assert.deepEqual([streak.isOver, told], [false, 1]);
    assert.equal(begun(streak, 100), 16);
  });

  test('does not end where requests wait for servers', async () => {
    let told = 0;
    const streak = new Streak(() => (told += 1));
    for (let n = 0; n < 100; n += 1) {
      assert.equal(streak.take(), true);
      streak.interrupt();
    }
    await nextTurn();
    assert.equal(told, 0);
  });
});
