import type { AskDryRun, DryRunAnswered, DryRunOutcome } from './events.ts';

/** Being worked out or waiting. Each may take a second or two with ten thousand services. */
const MAX_ASKED = 4;
const DEADLINE_MS = 10_000;
/** One that takes longer keeps the thread from its other work for a while, which has as long for itself before the next. */
const SHORT_MS = 50;

interface Asked {
  readonly id: number;
  readonly body: Uint8Array;
  readonly settle: (outcome: DryRunOutcome) => void;
  readonly fail: (fault: Error) => void;
}

/**
 * The dry runs that are asked of the refresher thread, which does one at a time between its other work, for which it has as much time as for them. Each is answered within a deadline,
 * also where the thread does not answer or is gone.
 */
export class DryRuns {
  readonly #post: (message: AskDryRun) => void;
  readonly #deadlineMs: number;
  readonly #clock: () => number;
  #lastId = 0;
  /** Why nothing can be asked; null: it can. */
  #obstacle: string | null = null;
  /** What the thread is at, perhaps past its deadline. */
  #current: Asked | null = null;
  #waiting: readonly Asked[] = [];
  /** By the clock, when the latest was posted. */
  #postedAt = 0;
  /** Ends the time that the thread has for its other work; null: the next may be posted as soon as it is done with this one. */
  #rest: NodeJS.Timeout | null = null;

  /** `clock`: milliseconds of a clock that never jumps. */
  constructor(
    post: (message: AskDryRun) => void,
    deadlineMs = DEADLINE_MS,
    clock: () => number = () => performance.now(),
  ) {
    this.#post = post;
    this.#deadlineMs = deadlineMs;
    this.#clock = clock;
  }

  /** Rejects where the thread met with a bug. */
  ask(body: Uint8Array): Promise<DryRunOutcome> {
    if (this.#obstacle !== null) return Promise.resolve(gone(this.#obstacle));
    if (this.#waiting.length + Number(this.#current !== null) >= MAX_ASKED) {
      const message = `${MAX_ASKED} dry runs are under way already; ask again in a moment`;
      return Promise.resolve({ kind: 'unavailable', code: 'busy', message });
    }
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#late(asked), this.#deadlineMs);
      const asked: Asked = {
        id: ++this.#lastId,
        body,
        settle(outcome) {
          clearTimeout(timer);
          resolve(outcome);
        },
        fail(fault) {
          clearTimeout(timer);
          reject(fault);
        },
      };
      this.#waiting = [...this.#waiting, asked];
      if (this.#current === null && this.#rest === null) this.#next();
    });
  }

  /** The thread has answered. */
  heard({ id, outcome }: DryRunAnswered): void {
    const asked = this.#current;
    if (asked === null || asked.id !== id) return;
    this.#current = null;
    if (outcome.kind === 'fault') asked.fail(outcome.error);
    else asked.settle(outcome);
    const tookMs = this.#clock() - this.#postedAt;
    if (tookMs <= SHORT_MS) this.#next();
    else this.#rest = setTimeout(() => this.#rested(), tookMs).unref();
  }

  /** The thread is gone, and answers nothing any more. */
  lost(why: string): void {
    this.#obstacle = why;
    if (this.#rest !== null) clearTimeout(this.#rest);
    this.#rest = null;
    const asked = [...(this.#current === null ? [] : [this.#current]), ...this.#waiting];
    this.#current = null;
    this.#waiting = [];
    for (const { settle } of asked) settle(gone(why));
  }

  /** There is a thread to be asked. */
  found(): void {
    this.#obstacle = null;
  }

  #rested(): void {
    this.#rest = null;
    this.#next();
  }

  #next(): void {
    const [next, ...others] = this.#waiting;
    if (next === undefined) return;
    this.#current = next;
    this.#waiting = others;
    this.#postedAt = this.#clock();
    this.#post({ kind: 'dry-run', id: next.id, body: next.body });
  }

  #late(asked: Asked): void {
    // What the thread is at keeps its place until the thread is done with it.
    this.#waiting = this.#waiting.filter((each) => each !== asked);
    const message = `the refresher thread did not answer within ${this.#deadlineMs / 1000} s; it may be reading metadata`;
    asked.settle({ kind: 'unavailable', code: 'no-answer', message });
  }
}

function gone(why: string): DryRunOutcome {
  return { kind: 'unavailable', code: 'no-answer', message: why };
}
