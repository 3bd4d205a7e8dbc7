import { collectDefaultMetrics, Counter, Registry } from 'prom-client';
import { Vitals } from '../vitals.ts';
import { CONTROL_METRICS, type ControlFacts } from './controlMetrics.ts';
import { DATA_SIDE_METRICS } from './dataSideMetrics.ts';
import { render } from './exposition.ts';
import type { DatedCounts } from './latestCounts.ts';
import { THREAD_METRICS } from './threadMetrics.ts';

/** Of prom-client's default metrics those that are about the process as a whole: the others look at the thread that asks alone. */
const PROCESS_METRICS = [
  'process_cpu_user_seconds_total',
  'process_cpu_system_seconds_total',
  'process_cpu_seconds_total',
  'process_resident_memory_bytes',
  'process_virtual_memory_bytes',
  'process_open_fds',
  'process_max_fds',
];

/** A scrape, as Prometheus gets it. */
export interface Scrape {
  readonly contentType: string;
  readonly body: Buffer;
}

/** What the data side has counted. */
export interface DataSideCounts {
  get(): Promise<DatedCounts>;
}

/** All metrics of the process: what main counts by itself, and what it looks up when somebody scrapes. */
export class Metrics {
  readonly #counts: DataSideCounts;
  readonly tableSwaps: Counter;
  readonly threadRestarts: Counter<'thread'>;
  readonly #registry = new Registry();
  readonly #vitals = new Vitals('main');
  readonly #facts: () => ControlFacts;
  #scrape: Promise<Scrape> | null = null;

  constructor(facts: () => ControlFacts, counts: DataSideCounts) {
    this.#counts = counts;
    this.#facts = facts;
    const registers = [this.#registry];
    this.tableSwaps = new Counter({
      name: 'active_lb_table_swaps_total',
      help: 'Tables that were installed.',
      registers,
    });
    this.threadRestarts = new Counter({
      name: 'active_lb_thread_restarts_total',
      help: 'Times that a thread was started anew after a crash.',
      labelNames: ['thread'],
      registers,
    });
    for (const thread of ['proxy', 'refresher', 'health']) this.threadRestarts.inc({ thread }, 0);
    this.#keepProcessMetrics();
  }

  /** Who asks while another scrape is being written gets the same one. */
  scrape(): Promise<Scrape> {
    this.#scrape ??= this.#write().finally(() => {
      this.#scrape = null;
    });
    return this.#scrape;
  }

  /** Nothing is measured any more. */
  stop(): void {
    this.#vitals.stop();
  }

  async #write(): Promise<Scrape> {
    const latest = await this.#counts.get();
    const pieces: Buffer[] = [];
    for await (const text of render(CONTROL_METRICS, this.#facts())) pieces.push(Buffer.from(text));
    for await (const text of render(DATA_SIDE_METRICS, latest)) pieces.push(Buffer.from(text));
    const threads = [this.#vitals.read(), ...latest.counts.threads];
    for await (const text of render(THREAD_METRICS, threads)) pieces.push(Buffer.from(text));
    pieces.push(Buffer.from(await this.#registry.metrics()));
    return { contentType: this.#registry.contentType, body: Buffer.concat(pieces) };
  }

  #keepProcessMetrics(): void {
    const all = new Registry();
    collectDefaultMetrics({ register: all });
    for (const name of PROCESS_METRICS) {
      const metric = all.getSingleMetric(name);
      if (metric !== undefined) this.#registry.registerMetric(metric);
    }
  }
}
