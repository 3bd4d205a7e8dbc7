import { NO_COUNTS, type Counts } from '../../src/model/counts.ts';
import { Counting } from '../../src/proxy/counting.ts';
import type { ControlFacts } from '../../src/telemetry/controlMetrics.ts';
import { LatestCounts } from '../../src/telemetry/latestCounts.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import { sumCounts } from '../../src/telemetry/sumCounts.ts';
import { matchOf } from './counts.ts';

/** Facts about a daemon that is well. */
export const FACTS: ControlFacts = {
  table: { id: 't-1', metadataVersion: 'v-1', routes: 3, services: 2, servers: 5 },
  installedAt: 1_000_000,
  metadata: { ageSeconds: 12, stale: false, isHeld: false, failuresTotal: 3 },
  findings: { errors: 1, warnings: 2 },
  conditions: { failingServers: 0, ejectedServers: 2, openBreakers: 1 },
  accessLines: { written: 7, dropped: 1 },
  isReady: true,
  startedAt: 500_000,
  version: '1.2.3',
};

/** Something of everything that the data side counts. */
export function someCounts(services: readonly string[] = ['shop/web']): Counts {
  const counting = new Counting();
  for (const service of services) {
    const row = counting.begin(matchOf(service));
    const sizes = { bytesIn: 3, bytesOut: 4 };
    counting.finish(row, { method: 'GET', status: 200, durationMs: 20, ...sizes, retries: 1, failure: null });
  }
  const vitals = { delay: { p50: 0, p99: 0.01, max: 0.1 }, busySeconds: 1, gcSeconds: 0.5, heapUsedBytes: 9 };
  const server = { backend: 'shop/web', server: 'web-1', connectErrors: 1, ejections: 2, isEjected: true };
  return sumCounts([
    ...counting.collect(),
    {
      ...NO_COUNTS,
      servers: [{ ...server, inFlight: 3 }],
      entrypoints: [{ entrypoint: 'http', limit: 2, open: 1, waiting: 4, accepted: 3, shed: 5, refused: 6 }],
      threads: [{ thread: 'proxy-1', ...vitals }],
    },
  ]);
}

/** Metrics over these counts; null: the data side does not answer. */
export function metricsOf(counts: () => Counts | null, patienceMs = 1_000): Metrics {
  const latest = new LatestCounts(patienceMs);
  const metrics = new Metrics(() => FACTS, latest);
  latest.connect((id) => {
    const answer = counts();
    if (answer !== null) latest.heard(id, answer, true);
  });
  return metrics;
}
