import { suite, test } from 'node:test';
import assert from 'node:assert/strict';
import { Line } from '../../../src/proxy/line.ts';

/** Takes all out, first to last. */
function drained(line: Line<string>): readonly [string, number][] {
  const out: [string, number][] = [];
  for (let next = line.first; next !== null; next = line.first) {
    out.push([next.item, next.since]);
    line.leave(next.item);
  }
  assert.equal(line.size, 0);
  return out;
}

function lineOf(...items: readonly string[]): Line<string> {
  const line = new Line<string>();
  for (const [i, item] of items.entries()) line.join(item, i);
  return line;
}

suite('a line', () => {
  test('is in the order of joining', () => {
    assert.deepEqual(drained(lineOf('a', 'b', 'c')), [
      ['a', 0],
      ['b', 1],
      ['c', 2],
    ]);
  });

  for (const [who, left] of Object.entries({ a: 'bc', b: 'ac', c: 'ab' })) {
    test(`${who} of three leaves from where it stands, and can come again, to the end`, () => {
      const line = lineOf('a', 'b', 'c');
      assert.equal(line.leave(who), true);
      assert.equal(line.leave(who), false);
      line.join(who, 9);
      assert.equal(
        drained(line)
          .map(([item]) => item)
          .join(''),
        left + who,
      );
    });
  }

  test('who joins again goes to the end, and counts from then', () => {
    const line = lineOf('a', 'b');
    line.join('a', 5);
    assert.equal(line.size, 2);
    assert.deepEqual(drained(line), [
      ['b', 1],
      ['a', 5],
    ]);
  });

  test('an empty one has no first, also after all have left', () => {
    assert.equal(new Line<string>().first, null);
    const line = lineOf('a');
    line.leave('a');
    assert.equal(line.first, null);
    line.join('b', 1);
    assert.deepEqual(drained(line), [['b', 1]]);
  });
});
