import { tallyWidth } from './tally.ts';

/** How many rows there are in a block of shared memory; blocks are added, never taken away. */
export const BLOCK_ROWS = 1024;

/** Rows that there are whatever the table is: of client connections that have a place, wait for one, and give theirs up. */
export const PLACE_ROWS = { taken: 0, waiting: 1, leaving: 2 } as const;

/** The first row that a table may have. */
export const FIRST_TABLE_ROW = 3;

/** Rows of shared memory, a tally each, and which of them are a table's. */
export interface Rows {
  readonly blocks: readonly SharedArrayBuffer[];
  /** For each backend of the table, in its order: the row of its queue, then those of its servers in their order. */
  readonly ofTable: Int32Array<SharedArrayBuffer>;
}

/** A new block for so many threads, all zero. */
export function newBlock(threads: number): SharedArrayBuffer {
  return new SharedArrayBuffer(BLOCK_ROWS * tallyWidth(threads) * Int32Array.BYTES_PER_ELEMENT);
}

/** Where the tally of a row is. */
export function cellsOf(
  blocks: readonly Int32Array[],
  row: number,
  threads: number,
): { readonly cells: Int32Array; readonly at: number } {
  const cells = blocks[Math.floor(row / BLOCK_ROWS)];
  if (cells === undefined) throw new Error(`There is no block for row ${row}.`);
  return { cells, at: (row % BLOCK_ROWS) * tallyWidth(threads) };
}
