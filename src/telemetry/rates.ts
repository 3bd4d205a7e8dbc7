import { CODES, COLUMN, NO_SERVICE, WIDTH, type Counts } from '../model/counts.ts';
import type { Rates, RouteRates, ServiceRates, TotalRates } from '../model/statistics.ts';
import { quantileMs } from './quantile.ts';

const BUCKETS = COLUMN.durationSumMs - COLUMN.durations;
const SERVER_ERROR = CODES.indexOf('5xx');

/**
 * What there was between two collections that are so many seconds apart. A number that is less than before began anew (its service
 * left the table and came back): how much there was of it meanwhile is not known, and counts as nothing.
 */
export function ratesBetween(before: Counts, after: Counts, seconds: number): Rates {
  const places = new Map(before.services.map((service, index) => [service, index * WIDTH]));
  const total = new Tally();
  const services = new Map<string, ServiceRates>();
  for (const [index, service] of after.services.entries()) {
    const tally = new Tally();
    tally.add(after.rows, index * WIDTH, before.rows, places.get(service) ?? null);
    total.addAll(tally);
    if (service !== NO_SERVICE && tally.isSomething) services.set(service, tally.rates(seconds));
  }
  return {
    total: {
      ...total.rates(seconds),
      p99Ms: total.percentiles.p99Ms,
      connections: after.entrypoints.reduce((sum, { open }) => sum + open, 0),
      waiting: after.entrypoints.reduce((sum, { waiting }) => sum + waiting, 0),
      queued: after.queued,
    },
    services,
    routes: routeRates(before, after, seconds),
    statuses: statusesBetween(before, after),
  };
}

/** What of one row, or of several, is new. */
class Tally {
  #requests = 0;
  #errors = 0;
  #inFlight = 0;
  readonly #durations = new Float64Array(BUCKETS);

  /** `beforeAt` null: there was none. */
  add(after: Float64Array, afterAt: number, before: Float64Array, beforeAt: number | null): void {
    const since = (column: number): number => {
      const was = beforeAt === null ? 0 : (before[beforeAt + column] ?? 0);
      return Math.max(0, (after[afterAt + column] ?? 0) - was);
    };
    for (let column: number = COLUMN.requests; column < COLUMN.durations; column += 1) {
      const requests = since(column);
      this.#requests += requests;
      if ((column - COLUMN.requests) % CODES.length === SERVER_ERROR) this.#errors += requests;
    }
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      this.#durations[bucket] = since(COLUMN.durations + bucket);
    }
    this.#inFlight = after[afterAt + COLUMN.inFlight] ?? 0;
  }

  addAll(other: Tally): void {
    this.#requests += other.#requests;
    this.#errors += other.#errors;
    this.#inFlight += other.#inFlight;
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      this.#durations[bucket] = (this.#durations[bucket] ?? 0) + (other.#durations[bucket] ?? 0);
    }
  }

  get isSomething(): boolean {
    return this.#requests > 0 || this.#inFlight > 0;
  }

  get percentiles(): Pick<TotalRates, 'p50Ms' | 'p95Ms' | 'p99Ms'> {
    const percentile = (share: number): number | null => {
      const ms = quantileMs(share, this.#durations);
      return ms === null ? null : hundredths(ms);
    };
    return { p50Ms: percentile(0.5), p95Ms: percentile(0.95), p99Ms: percentile(0.99) };
  }

  rates(seconds: number): ServiceRates {
    const { p50Ms, p95Ms } = this.percentiles;
    return {
      requestsPerSecond: hundredths(this.#requests / seconds),
      errorsPerSecond: hundredths(this.#errors / seconds),
      p50Ms,
      p95Ms,
      inFlight: this.#inFlight,
    };
  }
}

function routeRates(before: Counts, after: Counts, seconds: number): readonly RouteRates[] {
  return after.routes.map(({ tableId, requests }) => {
    const known = before.routes.find((each) => each.tableId === tableId)?.requests;
    const rates: [number, number][] = [];
    for (let index = 0; index < requests.length; index += 1) {
      const since = (requests[index] ?? 0) - (known?.[index] ?? 0);
      if (since > 0) rates.push([index, hundredths(since / seconds)]);
    }
    return { tableId, rates };
  });
}

function statusesBetween(before: Counts, after: Counts): Readonly<Record<string, number>> {
  const since = Object.entries(after.statuses).map(
    ([status, count]) => [status, count - (before.statuses[status] ?? 0)] as const,
  );
  return Object.fromEntries(since.filter(([, count]) => count > 0));
}

function hundredths(value: number): number {
  return Math.round(value * 100) / 100;
}
