import type { Lane } from './daemon.ts';
import { medians, measureRounds, ratios, type Effort, type Ratios, type RunFigures } from './measure.ts';
import type { Contender } from './peers/peer.ts';
import { BenchSite, USUAL_TABLE, type TableSize } from './site.ts';
import { manyHosts } from './workloads.ts';

/** How ours does with a table of some size. */
export interface HostsFigures {
  readonly hosts: number;
  /** How many of them are asked for. */
  readonly asked: number;
  readonly figures: RunFigures;
  /** In comparison with the smallest table. */
  readonly toSmallest: Ratios;
}

/** The largest that a daemon can have read in a moment: a service may have 1,000 routes, and a service is 7 KB of metadata. */
const LARGE_TABLE: TableSize = { services: 100, hostsPerService: 1_000 };

/** A daemon with a table, and of how many hosts of each service something is asked. */
interface Sized extends Contender {
  readonly size: TableSize;
  readonly askedPerService: number;
}

/** The services that are asked, as in `programs/metadata.ts`. */
const ASKED_SERVICES = 10;

/**
 * Requests to random hosts of ten services, on the given lane: with a table of 10 hosts, and with one of 100,000, first to the same ten, then to as
 * many as these services have.
 */
export async function measureHosts(lane: Lane, effort: Effort): Promise<readonly HostsFigures[]> {
  return await BenchSite.use(async (site) => {
    const sized: Sized[] = [];
    for (const size of [USUAL_TABLE, LARGE_TABLE]) {
      const daemon = await site.startOurs('active-lb', { lane }, size);
      for (const askedPerService of new Set([1, size.hostsPerService])) {
        sized.push({ ...daemon, size, askedPerService });
      }
    }
    const rounds = await measureRounds(sized, ({ askedPerService }) => manyHosts(askedPerService), effort);
    const [smallest = []] = rounds.values();
    return [...rounds].map(([{ size, askedPerService }, runs]) => ({
      hosts: size.services * size.hostsPerService,
      asked: ASKED_SERVICES * askedPerService,
      figures: medians(runs),
      toSmallest: ratios(runs, smallest),
    }));
  });
}
