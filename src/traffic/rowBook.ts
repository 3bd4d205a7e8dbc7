import type { Backend, Table } from '../model/table.ts';
import { BLOCK_ROWS, cellsOf, FIRST_TABLE_ROW, newBlock, type Rows } from './rows.ts';
import { takeBack } from './tally.ts';

/**
 * Main's book of the rows that proxy threads share: a backend's queue and a server keep theirs from one table to the next, and what has
 * left keeps it until nothing of it is in flight any more.
 */
export class RowBook {
  readonly #threads: number;
  readonly #blocks: SharedArrayBuffer[] = [];
  readonly #cells: Int32Array[] = [];
  /** Those of the last table, by key. */
  #rows: ReadonlyMap<string, number> = new Map();
  /** Those of what has left since. */
  readonly #left = new Map<string, number>();
  readonly #free: number[] = [];
  #next = FIRST_TABLE_ROW;

  constructor(threads: number) {
    this.#threads = threads;
    this.#addBlock();
  }

  get blocks(): readonly SharedArrayBuffer[] {
    return [...this.#blocks];
  }

  /** The rows of a table that is about to be installed. */
  assign({ backends }: Table): Rows {
    this.#release();
    const count = backends.reduce((sum, { servers }) => sum + 1 + servers.length, 0);
    const ofTable = new Int32Array(new SharedArrayBuffer(count * Int32Array.BYTES_PER_ELEMENT));
    const rows = new Map<string, number>();
    for (const key of keysOf(backends)) {
      const row = this.#rows.get(key) ?? this.#left.get(key) ?? this.#take();
      this.#left.delete(key);
      ofTable[rows.size] = row;
      rows.set(key, row);
    }
    for (const [key, row] of this.#rows) if (!rows.has(key)) this.#left.set(key, row);
    this.#rows = rows;
    return { blocks: this.blocks, ofTable };
  }

  /** Takes back what a thread has left that is no more. */
  takeBack(thread: number): void {
    for (let row = 0; row < this.#next; row += 1) {
      const { cells, at } = cellsOf(this.#cells, row, this.#threads);
      takeBack(cells, at, thread, this.#threads);
    }
  }

  /** Frees the rows of what left with an earlier table, as far as nothing is in flight. */
  #release(): void {
    for (const [key, row] of this.#left) {
      const { cells, at } = cellsOf(this.#cells, row, this.#threads);
      if (Atomics.load(cells, at) !== 0) continue;
      this.#left.delete(key);
      this.#free.push(row);
    }
  }

  #take(): number {
    const freed = this.#free.pop();
    if (freed !== undefined) return freed;
    if (this.#next === this.#blocks.length * BLOCK_ROWS) this.#addBlock();
    return this.#next++;
  }

  #addBlock(): void {
    const block = newBlock(this.#threads);
    this.#blocks.push(block);
    this.#cells.push(new Int32Array(block));
  }
}

function* keysOf(backends: readonly Backend[]): Generator<string> {
  for (const { id, servers } of backends) {
    yield id;
    for (const server of servers) yield `${id}\n${server.id}\n${server.url}`;
  }
}
