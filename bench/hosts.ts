import type { Lane } from './daemon.ts';
import { medians, measureRounds, ratios, type Effort, type Ratios, type RunFigures } from './measure.ts';
import type { Contender } from './peers/peer.ts';
import { BenchSite, USUAL_TABLE, type TableSize } from './site.ts';
import { manyHosts } from './workloads.ts';

/** How ours does with a table of some size. */
export interface HostsFigures {
  readonly hosts: number;
  readonly figures: RunFigures;
  /** In comparison with the smallest table. */
  readonly toSmallest: Ratios;
}

/** The largest that a daemon can have read in a moment: a service may have 1,000 routes, and a service is 7 KB of metadata. */
const LARGE_TABLE: TableSize = { services: 100, hostsPerService: 1_000 };

interface Sized extends Contender {
  readonly size: TableSize;
}

/** Requests to random hosts of ten services, with tables of 10 and of 100,000 hosts, on the given lane. */
export async function measureHosts(lane: Lane, effort: Effort): Promise<readonly HostsFigures[]> {
  return await BenchSite.use(async (site) => {
    const sized: Sized[] = [];
    for (const size of [USUAL_TABLE, LARGE_TABLE]) {
      sized.push({ ...(await site.startOurs('active-lb', { lane }, size)), size });
    }
    const rounds = await measureRounds(sized, ({ size }) => manyHosts(size.hostsPerService), effort);
    const [smallest = []] = rounds.values();
    return [...rounds].map(([{ size }, runs]) => ({
      hosts: size.services * size.hostsPerService,
      figures: medians(runs),
      toSmallest: ratios(runs, smallest),
    }));
  });
}
