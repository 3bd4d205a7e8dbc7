import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Turns } from '../../src/turns.ts';
import { deferred } from '../support/deferred.ts';

suite('turns', () => {
  test('are given to so many at a time, and then in order', async () => {
    const turns = new Turns(2);
    const begun: number[] = [];
    const tasks = Array.from({ length: 4 }, () => deferred());
    const all = tasks.map(({ promise }, i) =>
      turns.take(() => {
        begun.push(i);
        return promise;
      }),
    );
    await Promise.resolve();
    assert.deepEqual(begun, [0, 1]);
    tasks[1]!.resolve();
    await all[1];
    assert.deepEqual(begun, [0, 1, 2]);
    for (const task of tasks) task.resolve();
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
