import { CODES, COLUMN, METHODS, WIDTH, type Counts } from '../../src/model/counts.ts';
import { sumCounts } from '../../src/telemetry/sumCounts.ts';
import type { Match } from '../../src/routing/matcher.ts';
import type { TestProxy } from './proxy.ts';

/** What a proxy has counted. */
export function countsOf(proxy: TestProxy): Counts {
  return sumCounts([...proxy.entrypoint.collect()]);
}

/** One number of a service; undefined where it has none. */
export function numberOf(counts: Counts, service: string, column: keyof typeof COLUMN): number | undefined {
  const index = counts.services.indexOf(service);
  return index === -1 ? undefined : counts.rows[index * WIDTH + COLUMN[column]];
}

/** Requests of a service that are over, by method and code: `GET 2xx`. */
export function requestsOf(counts: Counts, service: string): Readonly<Record<string, number>> {
  const at = counts.services.indexOf(service) * WIDTH + COLUMN.requests;
  const named = METHODS.flatMap((method, m) =>
    CODES.map((code, c) => [`${method} ${code}`, counts.rows[at + m * CODES.length + c] ?? 0] as const),
  );
  return Object.fromEntries(named.filter(([, count]) => count > 0));
}

/** How many requests of a service the histogram of durations has. */
export function durationsOf(counts: Counts, service: string): number {
  const at = counts.services.indexOf(service) * WIDTH;
  return counts.rows
    .slice(at + COLUMN.durations, at + COLUMN.durationSumMs)
    .reduce((sum, count) => sum + count, 0);
}

const indexes = new Map<string, number>();

/** What a request for a service has found, as far as it is counted; each service has a route of its own. */
export function matchOf(service: string, index?: number): Pick<Match, 'terms' | 'index'> {
  const own = indexes.get(service) ?? indexes.size;
  indexes.set(service, own);
  const terms = { service, refusal: null, passHostHeader: true, attempts: null, index: own };
  return { terms, index: index ?? own };
}
