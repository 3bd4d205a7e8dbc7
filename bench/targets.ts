import type { ForwardingFigures, ForwardingRow } from './forwarding.ts';
import type { RunFigures } from './measure.ts';

/** What the fast lane is to reach with a workload, in comparison with a peer in the same rounds. */
export interface Target {
  readonly workload: string;
  readonly peer: string;
  /** Throughput: at least so many times the peer's. p99: at most so many times. */
  readonly figure: 'throughput' | 'p99';
  readonly bound: number;
}

/** What keeps a run from being faster. Proxy: it had its core to the full. Load’s core: it was busy, with wrk, backend or other work. Other work: took the proxy's core. */
export type Limit = 'proxy' | 'load’s core' | 'other work' | 'nothing here';

/** What came of a target. */
export interface Judgement {
  readonly target: Target;
  readonly name: string;
  readonly byRequests: number;
  readonly byCpu: number;
  /** What the target is compared with. */
  readonly figure: number;
  readonly judgedBy: 'requests/s' | 'CPU' | 'p99';
  readonly isMet: boolean;
}

export const TARGETS: readonly Target[] = [
  { workload: 'small-get', peer: 'HAProxy', figure: 'throughput', bound: 0.9 },
  { workload: 'small-get', peer: 'Caddy', figure: 'throughput', bound: 3 },
  { workload: 'small-get', peer: 'http-proxy', figure: 'throughput', bound: 4 },
  { workload: 'small-get', peer: 'HAProxy', figure: 'p99', bound: 1.5 },
  { workload: '1k', peer: 'HAProxy', figure: 'throughput', bound: 0.85 },
  { workload: 'post-1k', peer: 'HAProxy', figure: 'throughput', bound: 0.85 },
  { workload: '64k', peer: 'HAProxy', figure: 'throughput', bound: 1 },
  { workload: '1m', peer: 'HAProxy', figure: 'throughput', bound: 1.2 },
  { workload: '512-connections', peer: 'HAProxy', figure: 'throughput', bound: 0.95 },
  { workload: 'new-connections', peer: 'HAProxy', figure: 'throughput', bound: 0.7 },
];

/** From this share of a core on, nothing is left of it: starting wrk and reading /proc take some of the time, too. */
const FULL_SHARE = 0.9;

export function limitOf({ ownShare, loadCoreShare, proxyCoreShare }: RunFigures): Limit {
  if (ownShare >= FULL_SHARE) return 'proxy';
  if (loadCoreShare >= FULL_SHARE) return 'load’s core';
  return proxyCoreShare >= FULL_SHARE ? 'other work' : 'nothing here';
}

/**
 * Judges each target that there are figures for. By requests per second where both proxies had their core to the full; by
 * requests per CPU second elsewhere, since something else than the proxy then decides how many come through.
 */
export function judge(figures: readonly ForwardingFigures[]): readonly Judgement[] {
  return TARGETS.flatMap((target) => {
    const { workload, rows = [] } = figures.find((each) => each.workload.id === target.workload) ?? {};
    const ours = rows.find(({ lane }) => lane === 'fast');
    const theirs = rows.find(({ contender }) => contender === target.peer);
    if (workload === undefined || ours === undefined || theirs === undefined) return [];
    return judgeOne(target, workload.name, ours, theirs);
  });
}

function judgeOne(
  target: Target,
  name: string,
  ours: ForwardingRow,
  theirs: ForwardingRow,
): readonly Judgement[] {
  const to = ours.to.get(target.peer);
  if (to === undefined) return [];
  const { byRequests, byCpu, p99 } = to;
  if (target.figure === 'p99') {
    return [{ target, name, byRequests, byCpu, figure: p99, judgedBy: 'p99', isMet: p99 <= target.bound }];
  }
  const areFull = [ours, theirs].every((row) => limitOf(row.figures) === 'proxy');
  const figure = areFull ? byRequests : byCpu;
  const judgedBy = areFull ? 'requests/s' : 'CPU';
  return [{ target, name, byRequests, byCpu, figure, judgedBy, isMet: figure >= target.bound }];
}

/** Whether a target was met, in a word that is seen where it was not. */
export function verdict(isMet: boolean): string {
  return isMet ? 'met' : '**not met**';
}
