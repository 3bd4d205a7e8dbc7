import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { remembered } from '../../../src/model/remembered.ts';

suite('what is remembered', () => {
  test('is made once, also where it is nothing', () => {
    let made = 0;
    const lengthOf = remembered(2, (key) => {
      made++;
      return key === '' ? undefined : key.length;
    });
    assert.deepEqual(
      [lengthOf('ab'), lengthOf('ab'), lengthOf(''), lengthOf('')],
      [2, 2, undefined, undefined],
    );
    assert.equal(made, 2);
  });

  test('has an end: beyond its limit all is forgotten', () => {
    const made: string[] = [];
    const same = remembered(2, (key) => {
      made.push(key);
      return key;
    });
    for (const key of ['a', 'b', 'c', 'c', 'a']) assert.equal(same(key), key);
    assert.deepEqual(made, ['a', 'b', 'c', 'a']);
  });

  test('is nothing of a long key', () => {
    let made = 0;
    const lengthOf = remembered(2, (key) => {
      made++;
      return key.length;
    });
    const long = 'x'.repeat(1001);
    assert.deepEqual([lengthOf(long), lengthOf(long), made], [1001, 1001, 2]);
  });
});
