import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { finder, orderOf, pageOf, PAGE_ROWS, sorted } from '../../../src/dashboard/list.ts';

suite('a page of a list', () => {
  const all = Array.from({ length: 2 * PAGE_ROWS + 1 }, (_, i) => i);

  test('has so many rows, and the last one the rest', () => {
    const second = pageOf(all, '2');
    assert.deepEqual([second.rows[0], second.rows.length], [PAGE_ROWS, PAGE_ROWS]);
    assert.deepEqual([second.page, second.pages, second.total], [2, 3, all.length]);
    assert.deepEqual(pageOf(all, '3').rows, [2 * PAGE_ROWS]);
  });

  test('that there is none of is the nearest that there is', () => {
    const pages = [null, '', 'x', '0', '-3', '1.9', '4', '1e9', 'Infinity'].map((n) => pageOf(all, n).page);
    assert.deepEqual(pages, [1, 1, 1, 1, 1, 1, 3, 1, 1]);
    assert.equal(pageOf(all, '99').page, 3);
  });

  test('of nothing is one without rows', () => {
    assert.deepEqual(pageOf([], '2'), { rows: [], page: 1, pages: 1, total: 0 });
  });
});

suite('what is looked for', () => {
  test('is found where every word of it stands, in any case', () => {
    const isFound = finder('  Shop   PAY ');
    assert.deepEqual(['pay of shop', 'shop', 'shopay', 'a/b'].map(isFound), [true, false, true, false]);
  });

  test('is everything where it is blank, and no pattern', () => {
    assert.equal(finder(' ')('anything'), true);
    assert.equal(finder('.*')('anything'), false);
  });
});

function sort(values: readonly (string | number | null)[], isDescending: boolean) {
  return sorted(values, (value) => value, isDescending);
}

suite('an order', () => {
  const columns = ['host', 'rate'] as const;

  test('is a column, backwards with a dash', () => {
    assert.deepEqual(orderOf('rate', columns), { column: 'rate', isDescending: false });
    assert.deepEqual(orderOf('-rate', columns), { column: 'rate', isDescending: true });
  });

  test('is the first column where it is none, whatever stands there', () => {
    for (const text of [null, '', '-', 'no', '-no', '--rate', '__proto__', 'constructor'])
      assert.deepEqual(orderOf(text, columns), { column: 'host', isDescending: false }, String(text));
  });

  test('sorts numbers by size, texts by their letters, and what is not known last, both ways', () => {
    assert.deepEqual(sort([10, null, 9, 0], false), [0, 9, 10, null]);
    assert.deepEqual(sort([10, null, 9, 0], true), [10, 9, 0, null]);
    assert.deepEqual(sort(['b', 'a', 'c'], true), ['c', 'b', 'a']);
  });

  test('leaves what is worth the same as it was, and the list itself alone', () => {
    const rows = [
      { id: 'a', n: 1 },
      { id: 'b', n: 2 },
      { id: 'c', n: 1 },
    ];
    const ids = (isDescending: boolean) => sorted(rows, ({ n }) => n, isDescending).map(({ id }) => id);
    assert.deepEqual(ids(false), ['a', 'c', 'b']);
    assert.deepEqual(ids(true), ['b', 'a', 'c']);
    assert.equal(rows[1]?.id, 'b');
  });
});
