import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Table } from '../../../src/model/table.ts';
import { RowBook } from '../../../src/traffic/rowBook.ts';
import { BLOCK_ROWS, FIRST_TABLE_ROW } from '../../../src/traffic/rows.ts';
import { offsetsOf, SharedLimits } from '../../../src/traffic/sharedLimits.ts';
import { backendWith, serverOf } from '../../support/model.ts';

/** A table with these backends, of these servers each. */
function tableOf(backends: Readonly<Record<string, readonly string[]>>): Table {
  const made = Object.entries(backends).map(([id, servers]) =>
    backendWith(
      id,
      servers.map((name) => serverOf(name, `http://${name}:80`)),
    ),
  );
  return { id: 't', routes: [], backends: made };
}

/** The limits of a thread of two that goes by this table. */
function limitsOf(book: RowBook, table: Table, rows = book.assign(table)): SharedLimits {
  const limits = new SharedLimits({ blocks: book.blocks, thread: 0, threads: 2 }, () => {});
  limits.follow(rows, offsetsOf(table));
  return limits;
}

suite('the book of rows', () => {
  test('gives every backend and server one of its own', () => {
    const rows = [...new RowBook(2).assign(tableOf({ a: ['x', 'y'], b: ['x'] })).ofTable];
    assert.equal(new Set(rows).size, 5);
    assert.ok(rows.every((row) => row >= FIRST_TABLE_ROW));
  });

  test('leaves those that stay what they have, whatever comes and goes', () => {
    const book = new RowBook(2);
    const [, , , b, bx] = book.assign(tableOf({ a: ['x', 'y'], b: ['x'] })).ofTable;
    const next = book.assign(tableOf({ '0': ['z'], b: ['w', 'x'] })).ofTable;
    assert.deepEqual([next[2], next[4]], [b, bx]);
  });

  test('gives a row to others when its server has left and nothing is in flight any more', () => {
    const book = new RowBook(2);
    const table = tableOf({ a: ['x'] });
    const [, row] = book.assign(table).ofTable;
    const room = limitsOf(book, table)
      .of(table.backends[0]!)
      .room(0, 'x', 9, () => {});
    assert.ok(room.take());
    const without = tableOf({ a: [] });
    book.assign(without);
    assert.ok(![...book.assign(tableOf({ a: [], b: ['y'] })).ofTable].includes(row!), 'in flight');
    // It is back, with what it had in flight.
    assert.equal(book.assign(tableOf({ a: ['x'] })).ofTable[1], row);
    room.giveBack();
    book.assign(without);
    book.assign(without);
    assert.ok([...book.assign(tableOf({ a: [], c: ['1', '2', '3', '4', '5'] })).ofTable].includes(row!));
  });

  test('adds blocks as they are needed, which threads follow', () => {
    const book = new RowBook(2);
    const early = new SharedLimits({ blocks: book.blocks, thread: 1, threads: 2 }, () => {});
    const names = Array.from({ length: BLOCK_ROWS * 2 }, (_, n) => `s${n}`);
    const table = tableOf({ a: names });
    const rows = book.assign(table);
    assert.ok(rows.blocks.length > 1);
    early.follow(rows, offsetsOf(table));
    const roomOf = (limits: SharedLimits) =>
      limits.of(table.backends[0]!).room(names.length - 1, '', 1, () => {});
    assert.equal(roomOf(early).take(), true);
    assert.equal(roomOf(limitsOf(book, table, rows)).isFull, true);
    book.takeBack(1);
    assert.equal(roomOf(early).isFull, false);
  });

  test('leaves nothing to who takes the place of a thread that has crashed', () => {
    const book = new RowBook(2);
    const table = tableOf({ a: ['x'] });
    const rows = book.assign(table);
    const dead = limitsOf(book, table, rows)
      .of(table.backends[0]!)
      .room(0, 'x', 1, () => {});
    dead.take();
    const next = limitsOf(book, table, rows);
    next.startAfresh();
    assert.equal(
      next
        .of(table.backends[0]!)
        .room(0, 'x', 1, () => {})
        .take(),
      true,
    );
  });
});
