import { busyShare, LOAD_CORE, PROXY_CORE, readCore } from './cores.ts';
import { cpuNsOf } from './cpu.ts';
import type { Contender } from './peers/peer.ts';
import { median } from './statistics.ts';
import { runWrk } from './wrk.ts';
import type { Workload } from './workloads.ts';

/** How one proxy did in one run of wrk, or the medians of several. */
export interface RunFigures {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** CPU time of all processes and threads of the proxy for one request, in microseconds. */
  readonly cpuUs: number;
  /** The share (0–1) of its core that the proxy had. */
  readonly ownShare: number;
  /** The shares (0–1) of the time in which the cores were busy, with whatever. */
  readonly proxyCoreShare: number;
  readonly loadCoreShare: number;
}

/** Runs in which all contenders took turns: `runs[round]` of each. */
export type Rounds<T extends Contender = Contender> = ReadonlyMap<T, readonly RunFigures[]>;

/** How often, and how long. */
export interface Effort {
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
}

/** Has every contender serve a workload, one at a time, in turns that begin with another one in each round, after a run to warm up. */
export async function measureRounds<T extends Contender>(
  contenders: readonly T[],
  workload: (contender: T) => Workload,
  { rounds, seconds, warmUpSeconds }: Effort,
): Promise<Rounds<T>> {
  const runs = new Map<T, RunFigures[]>(contenders.map((contender) => [contender, []]));
  for (const contender of contenders) await measureRun(contender, workload(contender), warmUpSeconds);
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < contenders.length; turn++) {
      const contender = contenders[(round + turn) % contenders.length];
      if (contender === undefined) break;
      runs.get(contender)?.push(await measureRun(contender, workload(contender), seconds));
    }
  }
  return runs;
}

async function measureRun(contender: Contender, workload: Workload, seconds: number): Promise<RunFigures> {
  const { pid } = contender.process;
  const before = {
    at: performance.now(),
    cpuNs: cpuNsOf(pid),
    load: readCore(LOAD_CORE),
    proxy: readCore(PROXY_CORE),
  };
  const wrk = await runWrk(contender.port, workload, seconds).catch((cause: unknown) => {
    throw new Error(`${contender.name}, ${workload.name}: ${(cause as Error).message}`, { cause });
  });
  const cpuNs = cpuNsOf(pid) - before.cpuNs;
  return {
    ...wrk,
    cpuUs: cpuNs / 1e3 / wrk.requests,
    ownShare: cpuNs / 1e6 / (performance.now() - before.at),
    proxyCoreShare: busyShare(before.proxy, readCore(PROXY_CORE)),
    loadCoreShare: busyShare(before.load, readCore(LOAD_CORE)),
  };
}

/** Each figure's median over the rounds. */
export function medians(runs: readonly RunFigures[]): RunFigures {
  const of = (figure: keyof RunFigures) => median(runs.map((run) => run[figure]));
  return {
    requestsPerSecond: of('requestsPerSecond'),
    p50Ms: of('p50Ms'),
    p99Ms: of('p99Ms'),
    cpuUs: of('cpuUs'),
    ownShare: of('ownShare'),
    proxyCoreShare: of('proxyCoreShare'),
    loadCoreShare: of('loadCoreShare'),
  };
}

/** How one contender compares with another: medians of the ratios within rounds. */
export interface Ratios {
  /** Of requests per second; more is better. */
  readonly byRequests: number;
  /** Of requests per CPU second; more is better. Steadier, and all that counts where the proxy does not have its core to the full. */
  readonly byCpu: number;
  /** Of the latencies; less is better. */
  readonly p99: number;
}

export function ratios(ours: readonly RunFigures[], theirs: readonly RunFigures[]): Ratios {
  const inRounds = (ratio: (our: RunFigures, their: RunFigures) => number) =>
    median(ours.flatMap((our, round) => (theirs[round] === undefined ? [] : [ratio(our, theirs[round])])));
  return {
    byRequests: inRounds((our, their) => our.requestsPerSecond / their.requestsPerSecond),
    byCpu: inRounds((our, their) => their.cpuUs / our.cpuUs),
    p99: inRounds((our, their) => our.p99Ms / their.p99Ms),
  };
}
