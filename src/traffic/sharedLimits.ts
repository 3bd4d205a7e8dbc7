import type { Backend, Table } from '../model/table.ts';
import { SharedRoom } from './room.ts';
import { cellsOf, type Rows } from './rows.ts';
import { SharedTally, takeBack, tallyWidth } from './tally.ts';

/** What a proxy thread is given so that its limits are those of the process. */
export interface Sharing {
  readonly blocks: readonly SharedArrayBuffer[];
  /** Which of the threads it is, from 0. */
  readonly thread: number;
  readonly threads: number;
}

/** Room that one thread has passed to another: at a server, or (null) for a client connection. Plain data. */
export interface Passed {
  readonly row: number;
  readonly server: { readonly backend: string; readonly key: string } | null;
}

/** Tells another thread of room that it has now. */
export type Pass = (to: number, passed: Passed) => void;

/** The tallies of one backend. */
export interface BackendLimits {
  /** Requests that wait for a server of it. */
  readonly queue: SharedTally;
  /** Room at one of its servers, which is the one at this index. */
  room(index: number, key: string, limit: number, gotRoom: () => void): SharedRoom;
}

/** A proxy thread's view of what it shares with the others. */
export class SharedLimits {
  readonly #sharing: Sharing;
  readonly #pass: Pass;
  #blocks: readonly Int32Array[];
  #ofTable: Int32Array = new Int32Array();
  /** By the id of a backend, where in `#ofTable` it begins. */
  #offsets: ReadonlyMap<string, number> = new Map();

  constructor(sharing: Sharing, pass: Pass) {
    this.#sharing = sharing;
    this.#pass = pass;
    this.#blocks = sharing.blocks.map((block) => new Int32Array(block));
  }

  /** To be called before it takes anything: whatever is counted for this thread is of one that has crashed, and had its place. */
  startAfresh(): void {
    const { thread, threads } = this.#sharing;
    for (const cells of this.#blocks) {
      for (let at = 0; at < cells.length; at += tallyWidth(threads)) takeBack(cells, at, thread, threads);
    }
  }

  /** Goes by the rows of a table that is installed now. `offsets`: what `offsetsOf` says of it. */
  follow({ blocks, ofTable }: Rows, offsets: ReadonlyMap<string, number>): void {
    const added = blocks.slice(this.#blocks.length).map((block) => new Int32Array(block));
    this.#blocks = [...this.#blocks, ...added];
    this.#ofTable = ofTable;
    this.#offsets = offsets;
  }

  /** The tallies of a backend of the table that is installed. */
  of({ id }: Backend): BackendLimits {
    const offset = this.#offsets.get(id) ?? NaN;
    const queue = this.tally(this.#ofTable[offset] ?? NaN);
    return {
      queue,
      room: (index, key, limit, gotRoom) => {
        const row = this.#ofTable[offset + 1 + index] ?? NaN;
        return this.room(row, { backend: id, key }, queue, limit, gotRoom);
      },
    };
  }

  /** Room was passed to this thread that it has no use for any more. */
  drop(row: number): void {
    const tally = this.tally(row);
    tally.received();
    tally.giveBack();
  }

  tally(row: number): SharedTally {
    const { thread, threads } = this.#sharing;
    const { cells, at } = cellsOf(this.#blocks, row, threads);
    return new SharedTally(cells, at, thread, threads);
  }

  /** Room that is counted in this row, where those wait that `waiting` counts. */
  room(
    row: number,
    server: Passed['server'],
    waiting: SharedTally,
    limit: number,
    gotRoom: () => void,
  ): SharedRoom {
    const { thread } = this.#sharing;
    const pass = (to: number): void => this.#pass(to, { row, server });
    return new SharedRoom({ limit, taken: this.tally(row), waiting, thread, gotRoom, pass });
  }
}

/** Where in the rows of a table its backends begin. */
export function offsetsOf({ backends }: Pick<Table, 'backends'>): ReadonlyMap<string, number> {
  const offsets = new Map<string, number>();
  let at = 0;
  for (const { id, servers } of backends) {
    offsets.set(id, at);
    at += 1 + servers.length;
  }
  return offsets;
}
