import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Turns } from '../../src/turns.ts';

/** A task that ends when told to. */
function openTask() {
  let end: () => void = () => {};
  let fail: (error: Error) => void = () => {};
  const done = new Promise<void>((resolve, reject) => {
    end = resolve;
    fail = reject;
  });
  return { done, end, fail };
}

suite('turns', () => {
  test('are given to so many at a time, and then in order', async () => {
    const turns = new Turns(2);
    const begun: number[] = [];
    const tasks = Array.from({ length: 4 }, openTask);
    const all = tasks.map(({ done }, i) =>
      turns.take(() => {
        begun.push(i);
        return done;
      }),
    );
    await Promise.resolve();
    assert.deepEqual(begun, [0, 1]);
    tasks[1]!.end();
    await all[1];
    assert.deepEqual(begun, [0, 1, 2]);
    for (const { end } of tasks) end();
    await Promise.all(all);
    assert.deepEqual(begun, [0, 1, 2, 3]);
  });

  test('pass on what the task gives, and a failure frees its place', async () => {
    const turns = new Turns(1);
    await assert.rejects(
      turns.take(() => Promise.reject(new Error('no'))),
      /no/,
    );
    assert.equal(await turns.take(() => Promise.resolve(7)), 7);
  });
});
