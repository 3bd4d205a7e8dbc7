import type { Counts } from '../model/counts.ts';
import type { DatedTotal, Statistics } from '../model/statistics.ts';
import type { DatedCounts } from './latestCounts.ts';
import { ratesBetween } from './rates.ts';

export interface StatisticsOptions {
  /** Asks the data side what it has counted. */
  readonly counts: () => Promise<DatedCounts>;
  readonly made: (statistics: Statistics) => void;
  /** Milliseconds between two of them. */
  readonly everyMs?: number;
}

const EVERY_MS = 1_000;
/** How far back they are remembered. */
const KEPT_MS = 300_000;
/** Numbers that are older were not told now: a proxy thread is silent. To begin with them would show all that it has not told as done at once. */
const FRESH_MS = 2_000;

/** Counts, and when they were taken, by `performance.now`. */
interface Taken {
  readonly counts: Counts;
  readonly at: number;
}

interface Kept extends DatedTotal {
  /** By `performance.now`. */
  readonly madeAt: number;
}

/** Makes statistics once a second between `start` and `stop`, of the difference between what was counted then and now. */
export class StatisticsMaker {
  readonly #options: StatisticsOptions;
  #timer: NodeJS.Timeout | null = null;
  #before: Taken | null = null;
  /** Whose answer is awaited; another one after a stop. */
  #awaited: object | null = null;
  #latest: Statistics | null = null;
  /** Oldest first. */
  #kept: readonly Kept[] = [];

  constructor(options: StatisticsOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#timer !== null) return;
    const { everyMs = EVERY_MS } = this.#options;
    this.#timer = setInterval(() => void this.#measure(), everyMs).unref();
    void this.#measure();
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    this.#awaited = null;
    this.#before = null;
    this.#latest = null;
  }

  /** Those of the last second; null while none are made. */
  get latest(): Statistics | null {
    return this.#latest;
  }

  /** The totals of the last 300 seconds, as far as they were made, oldest first. */
  get recent(): readonly DatedTotal[] {
    return this.#recent();
  }

  #recent(): readonly Kept[] {
    const since = performance.now() - KEPT_MS;
    return this.#kept.filter(({ madeAt }) => madeAt > since);
  }

  async #measure(): Promise<void> {
    if (this.#awaited !== null) return;
    const awaited = {};
    this.#awaited = awaited;
    const { counts, ageMs } = await this.#options.counts();
    if (this.#awaited !== awaited) return;
    this.#awaited = null;
    const taken = { counts, at: performance.now() };
    if (this.#before !== null) this.#make(this.#before, taken);
    else if (ageMs === null || ageMs > FRESH_MS) return;
    this.#before = taken;
  }

  #make(before: Taken, { counts, at: madeAt }: Taken): void {
    const seconds = (madeAt - before.at) / 1_000;
    const at = Date.now();
    const rates = ratesBetween(before.counts, counts, seconds);
    const statistics = { ...rates, at, seconds, servers: counts.servers };
    this.#latest = statistics;
    this.#kept = [...this.#recent(), { at, total: rates.total, madeAt }];
    this.#options.made(statistics);
  }
}
