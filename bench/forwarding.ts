import type { Lane } from './daemon.ts';
import { medians, measureRounds, ratios, type Effort, type Ratios, type RunFigures } from './measure.ts';
import { PEERS } from './peers/all.ts';
import type { Contender } from './peers/peer.ts';
import { BenchSite } from './site.ts';
import type { Workload } from './workloads.ts';

/** How one proxy did with one workload. */
export interface ForwardingRow {
  readonly contender: string;
  readonly lane: Lane | null;
  readonly figures: RunFigures;
  /** This one's compared with each peer's, by name. */
  readonly to: ReadonlyMap<string, Ratios>;
}

export interface ForwardingFigures {
  readonly workload: Workload;
  readonly rows: readonly ForwardingRow[];
}

export interface ForwardingResult {
  readonly figures: readonly ForwardingFigures[];
  /** What served the requests. */
  readonly backend: string;
  readonly effort: Effort;
}

interface Runner extends Contender {
  readonly lane: Lane | null;
}

/** Compares ours, on both lanes, with the peers that are there. Those that are far slower are measured with the first workload only. */
export async function measureForwarding(
  workloads: readonly Workload[],
  effort: Effort,
): Promise<ForwardingResult> {
  return await BenchSite.use(async (site) => {
    const runners: Runner[] = [];
    for (const lane of ['fast', 'full'] as const) {
      runners.push({ ...(await site.startOurs(`active-lb, ${lane} lane`, { lane })), lane });
    }
    for (const peer of PEERS.filter(({ version }) => version !== null)) {
      runners.push({ ...site.keep(await peer.start(site)), lane: null });
    }
    const figures: ForwardingFigures[] = [];
    for (const workload of workloads) {
      const taking = runners.filter(({ name }) => workload.isForAll === true || !SLOW.has(name));
      const rounds = await measureRounds(taking, () => workload, effort);
      const rows = taking.map((runner) => rowOf(runner, rounds));
      figures.push({ workload, rows });
    }
    return { figures, backend: site.backend.about, effort };
  });
}

const SLOW: ReadonlySet<string> = new Set(PEERS.filter(({ isSlow }) => isSlow).map(({ name }) => name));

function rowOf(runner: Runner, rounds: ReadonlyMap<Runner, readonly RunFigures[]>): ForwardingRow {
  const own = rounds.get(runner) ?? [];
  const others = [...rounds].filter(([other]) => other.lane === null && other !== runner);
  return {
    contender: runner.name,
    lane: runner.lane,
    figures: medians(own),
    to: new Map(others.map(([other, runs]) => [other.name, ratios(own, runs)])),
  };
}
