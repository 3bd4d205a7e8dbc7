import type { Backend } from '../../../src/model/table.ts';
import { backendWith, serverOf } from '../../support/model.ts';
import { BackendTraffic, type TrafficContext } from '../../../src/traffic/backendTraffic.ts';

/** A backend whose servers have these weights, by id. */
export function backendOf(weights: Readonly<Record<string, number>>): Backend {
  const servers = Object.entries(weights).map(([id, weight]) =>
    serverOf(id, `http://127.0.0.1/${id}`, { weight }),
  );
  return backendWith('stack/service', servers);
}

/** A backend of so many servers of weight 1: `s0`, `s1`, … */
export function evenBackend(count: number): Backend {
  return backendOf(Object.fromEntries(Array.from({ length: count }, (_, i) => [`s${i}`, 1])));
}

/** What all backends of a test share: a clock that stands still, but for what is given. */
export function contextOf(given: Partial<TrafficContext> = {}): TrafficContext {
  const settings = { serverIdleMs: 1000, insecureSkipVerify: false, serverRequests: 0, queue: 0 };
  const deaf = { breakerChanged: () => {}, ejected: () => {}, readmitted: () => {} };
  return { ...settings, clock: () => 0, ...deaf, ...given };
}

/** The traffic of a backend, not the first to be used. */
export function trafficOf(backend: Backend): BackendTraffic {
  return new BackendTraffic(backend, contextOf());
}

const NONE: ReadonlySet<string> = new Set();

/** The ids of the next picks, each for a request of its own. */
export function picks(traffic: BackendTraffic, count: number): readonly string[] {
  return Array.from({ length: count }, () => traffic.pick(NONE)?.server.id ?? 'none');
}

/** How often each id occurs. */
export function tally(ids: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}

/** How many times in a row the same id occurs at most. */
export function longestRun(ids: readonly string[]): number {
  let longest = 0;
  let run = 0;
  for (const [i, id] of ids.entries()) {
    run = id === ids[i - 1] ? run + 1 : 1;
    longest = Math.max(longest, run);
  }
  return longest;
}
