import { CODES, COLUMN, NO_SERVICE, WIDTH, type Counts } from '../model/counts.ts';
import type { Rates, RouteRates, ServiceRates } from '../model/statistics.ts';
import { quantileMs } from './quantile.ts';

/** Of each method, where among its codes the server's errors are. */
const SERVER_ERROR = CODES.indexOf('5xx');

/**
 * What there was between two collections that are so many seconds apart. A number that is less than before began anew (its service
 * left the table and came back): how much there was of it meanwhile is not known, and counts as nothing.
 */
export function ratesBetween(before: Counts, after: Counts, seconds: number): Rates {
  const rowsBefore = new Map(before.services.map((service, index) => [service, index]));
  const total = new Float64Array(WIDTH);
  const services = new Map<string, ServiceRates>();
  for (const [index, service] of after.services.entries()) {
    const was = rowsBefore.get(service);
    const since = rowSince(before.rows, was === undefined ? null : was * WIDTH, after.rows, index * WIDTH);
    if (since === null) continue;
    for (let i = 0; i < WIDTH; i += 1) total[i] = (total[i] ?? 0) + (since[i] ?? 0);
    const rates = serviceRates(since, seconds);
    if (service !== NO_SERVICE && rates.requestsPerSecond + rates.inFlight > 0) services.set(service, rates);
  }
  return {
    total: {
      ...serviceRates(total, seconds),
      p99Ms: quantileOf(total, 0.99),
      connections: after.entrypoints.reduce((sum, { open }) => sum + open, 0),
      waiting: after.entrypoints.reduce((sum, { waiting }) => sum + waiting, 0),
      queued: after.queued,
    },
    services,
    routes: routeRates(before, after, seconds),
    statuses: statusesSince(before.statuses, after.statuses),
  };
}

/**
 * What of the row that begins at `at` is new compared with that at `was` (null: there was none), and how many of its requests are in
 * flight. Null where there is nothing of either, as of most services at most times.
 */
function rowSince(
  before: Float64Array,
  was: number | null,
  after: Float64Array,
  at: number,
): Float64Array | null {
  const inFlight = after[at + COLUMN.inFlight] ?? 0;
  let first = 0;
  while (first < WIDTH && after[at + first] === (was === null ? 0 : before[was + first])) first += 1;
  if (first === WIDTH && inFlight === 0) return null;
  const since = new Float64Array(WIDTH);
  for (let i = first; i < WIDTH; i += 1) {
    since[i] = Math.max(0, (after[at + i] ?? 0) - (was === null ? 0 : (before[was + i] ?? 0)));
  }
  since[COLUMN.inFlight] = inFlight;
  return since;
}

function serviceRates(since: Float64Array, seconds: number): ServiceRates {
  let requests = 0;
  let errors = 0;
  for (let column: number = COLUMN.requests; column < COLUMN.durations; column += CODES.length) {
    for (let code = 0; code < CODES.length; code += 1) requests += since[column + code] ?? 0;
    errors += since[column + SERVER_ERROR] ?? 0;
  }
  return {
    requestsPerSecond: hundredths(requests / seconds),
    errorsPerSecond: hundredths(errors / seconds),
    p50Ms: quantileOf(since, 0.5),
    p95Ms: quantileOf(since, 0.95),
    inFlight: since[COLUMN.inFlight] ?? 0,
  };
}

function quantileOf(since: Float64Array, share: number): number | null {
  const ms = quantileMs(share, since.subarray(COLUMN.durations, COLUMN.durationSumMs));
  return ms === null ? null : hundredths(ms);
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

function statusesSince(before: Counts['statuses'], after: Counts['statuses']): Counts['statuses'] {
  const since = Object.entries(after).map(
    ([status, count]) => [status, count - (before[status] ?? 0)] as const,
  );
  return Object.fromEntries(since.filter(([, count]) => count > 0));
}

function hundredths(value: number): number {
  return Math.round(value * 100) / 100;
}
