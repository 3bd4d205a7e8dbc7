import type { BreakerCondition, BreakerMetric } from '../model/table.ts';
import { LATENCY_BUCKETS, latencyAtQuantile, latencyBucket } from './latencyHistogram.ts';
import { SlidingWindow } from './slidingWindow.ts';

/** With fewer requests in the window a condition says nothing: one failure of one request is no trouble. */
export const FEWEST_REQUESTS = 5;

interface StatusRange {
  readonly from: number;
  readonly to: number;
}

type Read<T> = (counts: Uint32Array) => T;

const EVERY: StatusRange = { from: 0, to: Infinity };

type Comparison = Extract<BreakerCondition, { readonly kind: 'compare' }>;

const OPERATORS: Readonly<Record<Comparison['operator'], (a: number, b: number) => boolean>> = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
};

/** What a condition asks of the last ten seconds: only that is counted. */
export class BreakerMetrics {
  readonly #ranges: StatusRange[] = [EVERY];
  #countsLatency = false;
  readonly #holds: Read<boolean>;
  readonly #window: SlidingWindow;

  constructor(condition: BreakerCondition) {
    this.#holds = this.#compile(condition);
    this.#window = new SlidingWindow(this.#ranges.length + (this.#countsLatency ? LATENCY_BUCKETS : 0));
  }

  /** Counts an answer that came after so many milliseconds. */
  record(now: number, status: number, latencyMs: number): void {
    this.#window.advance(now);
    for (const [column, { from, to }] of this.#ranges.entries()) {
      if (status >= from && status < to) this.#window.add(column);
    }
    if (this.#countsLatency) this.#window.add(this.#ranges.length + latencyBucket(latencyMs));
  }

  /** Requests in the window, as of the last record. */
  get requests(): number {
    return this.#window.counts[0] ?? 0;
  }

  /** Whether the condition does, as of the last record. */
  get holds(): boolean {
    return this.#holds(this.#window.counts);
  }

  clear(): void {
    this.#window.clear();
  }

  #compile(condition: BreakerCondition): Read<boolean> {
    if (condition.kind === 'compare') {
      const metric = this.#compileMetric(condition.metric);
      const compare = OPERATORS[condition.operator];
      return (counts) => compare(metric(counts), condition.value);
    }
    if (condition.kind === 'not') {
      const of = this.#compile(condition.of);
      return (counts) => !of(counts);
    }
    const left = this.#compile(condition.left);
    const right = this.#compile(condition.right);
    return condition.kind === 'and'
      ? (counts) => left(counts) && right(counts)
      : (counts) => left(counts) || right(counts);
  }

  #compileMetric(metric: BreakerMetric): Read<number> {
    if (metric.kind === 'latency-at-quantile') {
      this.#countsLatency = true;
      // The latencies' columns come last, when it is known how many others there are.
      return (counts) => latencyAtQuantile(counts, this.#ranges.length, metric.quantile);
    }
    if (metric.kind === 'response-code-ratio') {
      const some = this.#count({ from: metric.from, to: metric.to });
      const of = this.#count({ from: metric.dividedFrom, to: metric.dividedTo });
      return (counts) => ratio(some(counts), of(counts));
    }
    // As oxy counts them: what stands for a failure of the network has one of these two.
    const badGateway = this.#count({ from: 502, to: 503 });
    const timeout = this.#count({ from: 504, to: 505 });
    const all = this.#count(EVERY);
    return (counts) => ratio(badGateway(counts) + timeout(counts), all(counts));
  }

  /** Has answers with such a status counted, and reads how many there were. */
  #count(range: StatusRange): Read<number> {
    const known = this.#ranges.findIndex(({ from, to }) => from === range.from && to === range.to);
    const column = known === -1 ? this.#ranges.push(range) - 1 : known;
    return (counts) => counts[column] ?? 0;
  }
}

/** Of nothing: 0, as in oxy. */
function ratio(part: number, of: number): number {
  return of === 0 ? 0 : part / of;
}
