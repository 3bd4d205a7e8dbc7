import { NO_COUNTS, type Counts } from '../model/counts.ts';
import { sumCounts } from './sumCounts.ts';

/** How long an answer is waited for. */
const PATIENCE_MS = 1_000;

/** Counts, and how old they are. */
export interface DatedCounts {
  readonly counts: Counts;
  /** Milliseconds since they were collected; null where none ever were. */
  readonly ageMs: number | null;
}

/**
 * Asks a proxy thread for its counts. Who asks while an answer is awaited gets the same one. A thread that does not answer in time costs
 * nobody more than that: the last known counts stand for it.
 */
export class LatestCounts {
  readonly #patienceMs: number;
  #ask: (id: number) => void = () => {};
  #lastId = 0;
  /** Of answers that are not complete, by id: a slow one may overlap the next. */
  readonly #pieces = new Map<number, Counts[]>();
  #counts: Counts = NO_COUNTS;
  #countedAt: number | null = null;
  #waiting: Promise<void> | null = null;
  #answered: () => void = () => {};

  constructor(patienceMs = PATIENCE_MS) {
    this.#patienceMs = patienceMs;
  }

  /** `ask` has the thread asked from now on; `heard` must be told its answers. */
  connect(ask: (id: number) => void): void {
    this.#ask = ask;
  }

  async get(): Promise<DatedCounts> {
    this.#waiting ??= this.#question().finally(() => {
      this.#waiting = null;
    });
    await this.#waiting;
    const ageMs = this.#countedAt === null ? null : performance.now() - this.#countedAt;
    return { counts: this.#counts, ageMs };
  }

  /** What was told last. */
  get known(): Counts {
    return this.#counts;
  }

  /** No answer will come: nobody waits for one. */
  giveUp(): void {
    this.#answered();
  }

  /** A piece of an answer came, perhaps late. */
  heard(id: number, counts: Counts, isLast: boolean): void {
    const pieces = this.#pieces.get(id) ?? [];
    pieces.push(counts);
    if (!isLast) {
      this.#pieces.set(id, pieces);
      return;
    }
    this.#pieces.delete(id);
    this.#counts = sumCounts(pieces);
    this.#countedAt = performance.now();
    if (id === this.#lastId) this.#answered();
  }

  #question(): Promise<void> {
    this.#lastId += 1;
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.#patienceMs);
      this.#answered = () => {
        clearTimeout(timer);
        resolve();
      };
      this.#ask(this.#lastId);
    });
  }
}
