import { suite, test } from 'node:test';
import assert from 'node:assert/strict';
import { Line, Stand } from '../../../src/proxy/line.ts';

/** Takes all out, first to last. */
function drained(line: Line<string>): readonly [string, number][] {
  const out: [string, number][] = [];
  for (let next = line.first; next !== null; next = line.first) {
    out.push([next.item, next.since]);
    next.leave();
  }
  assert.equal(line.size, 0);
  return out;
}

function standsOf<const T extends string>(...items: readonly T[]): Readonly<Record<T, Stand<string>>> {
  return Object.fromEntries(items.map((item) => [item, new Stand<string>(item)])) as never;
}

function lineOf(stands: Readonly<Record<string, Stand<string>>>): Line<string> {
  const line = new Line<string>();
  for (const [i, stand] of Object.values(stands).entries()) line.join(stand, i);
  return line;
}

suite('a line', () => {
  test('is in the order of joining', () => {
    assert.deepEqual(drained(lineOf(standsOf('a', 'b', 'c'))), [
      ['a', 0],
      ['b', 1],
      ['c', 2],
    ]);
  });

  for (const [who, left] of [
    ['a', 'bc'],
    ['b', 'ac'],
    ['c', 'ab'],
  ] as const) {
    test(`${who} of three leaves from where it stands, and can come again, to the end`, () => {
      const stands = standsOf('a', 'b', 'c');
      const line = lineOf(stands);
      stands[who].leave();
      assert.equal(stands[who].line, null);
      stands[who].leave();
      assert.equal(line.size, 2);
      line.join(stands[who], 9);
      assert.equal(
        drained(line)
          .map(([item]) => item)
          .join(''),
        left + who,
      );
    });
  }

  test('who joins again goes to the end, and counts from then', () => {
    const stands = standsOf('a', 'b');
    const line = lineOf(stands);
    line.join(stands.a, 5);
    assert.equal(line.size, 2);
    assert.deepEqual(drained(line), [
      ['b', 1],
      ['a', 5],
    ]);
  });

  test('who joins another line leaves the one that it was in', () => {
    const stands = standsOf('a', 'b');
    const line = lineOf(stands);
    const other = new Line<string>();
    other.join(stands.a, 7);
    assert.deepEqual(drained(line), [['b', 1]]);
    assert.deepEqual(drained(other), [['a', 7]]);
  });

  test('an empty one has no first, also after all have left', () => {
    assert.equal(new Line<string>().first, null);
    const stands = standsOf('a', 'b');
    const line = lineOf({ a: stands.a });
    stands.a.leave();
    assert.equal(line.first, null);
    line.join(stands.b, 1);
    assert.deepEqual(drained(line), [['b', 1]]);
  });
});
