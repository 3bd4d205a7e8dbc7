import type { Lane } from './daemon.ts';
import { medians, measureRounds, ratios, type Effort, type Ratios, type RunFigures } from './measure.ts';
import { BenchSite } from './site.ts';
import { WORKLOADS } from './workloads.ts';

/** How ours does with so many proxy threads. */
export interface WorkersFigures {
  readonly workers: number;
  readonly figures: RunFigures;
  /** In comparison with one. */
  readonly toOne: Ratios;
}

const WORKERS = [1, 2] as const;

/** The small GET with one and with two proxy threads, which share the core for proxies, on the given lane. */
export async function measureWorkers(lane: Lane, effort: Effort): Promise<readonly WorkersFigures[]> {
  return await BenchSite.use(async (site) => {
    const contenders = [];
    for (const workers of WORKERS) {
      contenders.push({
        ...(await site.startOurs(`active-lb, LB_WORKERS=${workers}`, { lane, workers })),
        workers,
      });
    }
    const rounds = await measureRounds(contenders, () => WORKLOADS[0], effort);
    const [one = []] = rounds.values();
    return [...rounds].map(([{ workers }, runs]) => ({
      workers,
      figures: medians(runs),
      toOne: ratios(runs, one),
    }));
  });
}
