import type { SharedTally, Tally } from './tally.ts';

/** Room for so many at a time, e.g. for requests at a server, or for client connections. */
export interface Room {
  /** Whether there is none left. */
  readonly isFull: boolean;
  /** Takes some for one more; false where there is none. */
  take(): boolean;
  /** Counts one more, room or not. */
  add(): void;
  /** One less: whoever waits is let in (`gotRoom`). */
  giveBack(): void;
}

/** Room of one thread alone. */
export class OwnRoom implements Room {
  readonly #limit: number;
  readonly #taken: Tally;
  readonly #gotRoom: () => void;

  constructor(limit: number, taken: Tally, gotRoom: () => void) {
    this.#limit = limit;
    this.#taken = taken;
    this.#gotRoom = gotRoom;
  }

  get isFull(): boolean {
    return this.#taken.total >= this.#limit;
  }

  take(): boolean {
    return this.#taken.take(this.#limit);
  }

  add(): void {
    this.#taken.take(Infinity);
  }

  giveBack(): void {
    this.#taken.giveBack();
    this.#gotRoom();
  }
}

export interface SharedRoomOptions {
  readonly limit: number;
  readonly taken: SharedTally;
  /** Those that wait for room, in all threads. */
  readonly waiting: SharedTally;
  /** Which of the threads this one is. */
  readonly thread: number;
  /** There may be room: who waits in this thread is to be let in. */
  readonly gotRoom: () => void;
  /** Tells another thread that it has room for one more now, to be heard as `passed`. */
  readonly pass: (to: number) => void;
}

/**
 * Room that proxy threads share. What becomes free is never up for grabs while somebody waits for it: it goes to the threads that have
 * some waiting in turn, so that none is starved by one that has more to do.
 */
export class SharedRoom implements Room {
  readonly #options: SharedRoomOptions;
  /** Taken, and for those that wait in this thread. */
  #kept = 0;

  constructor(options: SharedRoomOptions) {
    this.#options = options;
  }

  get isFull(): boolean {
    return this.#kept === 0 && this.#options.taken.total >= this.#options.limit;
  }

  take(): boolean {
    if (this.#kept === 0) return this.#options.taken.take(this.#options.limit);
    this.#kept -= 1;
    return true;
  }

  add(): void {
    if (this.#kept === 0) this.#options.taken.take(Infinity);
    else this.#kept -= 1;
  }

  giveBack(): void {
    const { waiting, taken, limit } = this.#options;
    if (taken.total > limit) {
      taken.giveBack();
      return;
    }
    if (waiting.hasOthers && this.#passOn()) return;
    this.#letIn();
    // Somebody may have begun to wait just before, and seen no room.
    if (waiting.hasOthers && taken.take(limit) && !this.#passOn()) taken.giveBack();
  }

  /** Another thread has passed room for one to this one; it is given back where nobody here can use it. */
  passed(): void {
    this.#options.taken.received();
    this.#letIn();
  }

  /** Passes room that this thread has to the next one in which somebody waits; false where it is this one's turn itself. */
  #passOn(): boolean {
    const { waiting, thread, taken, pass } = this.#options;
    const next = waiting.after(thread) ?? thread;
    if (next === thread) return false;
    taken.passTo(next);
    pass(next);
    return true;
  }

  /** Lets somebody in who waits in this thread, or gives room back. */
  #letIn(): void {
    const { taken, gotRoom } = this.#options;
    this.#kept += 1;
    gotRoom();
    if (this.#kept === 0) return;
    this.#kept -= 1;
    taken.giveBack();
  }
}
