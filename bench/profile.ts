import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  functionOf,
  hasRun,
  originOf,
  readProfile,
  selfTimes,
  type CpuProfile,
  type SelfTimes,
  type Span,
} from './cpuProfile.ts';
import type { Lane } from './daemon.ts';
import { fixed, table } from './markdown.ts';
import { BenchSite } from './site.ts';
import { runWrk } from './wrk.ts';
import type { Workload } from './workloads.ts';

/** Where the time of the proxy threads went. */
export interface ProfileFigures {
  readonly lane: Lane;
  readonly workload: Workload;
  readonly requestsPerSecond: number;
  /** The files, for DevTools and the like. */
  readonly paths: readonly string[];
  readonly byFunction: SelfTimes;
  readonly byOrigin: SelfTimes;
}

const WARM_UP_SECONDS = 2;
const SECONDS = 5;
const TOP_FUNCTIONS = 40;
const TOP_ORIGINS = 20;
const PROXY_THREAD = 'src/proxy/thread.ts';

/** Profiles the proxy threads of ours under a workload, after a warm-up. Profiling itself makes requests dearer. */
export async function measureProfile(workload: Workload, lane: Lane): Promise<ProfileFigures> {
  const directory = mkdtempSync(join(tmpdir(), 'active-lb-profile-'));
  return await BenchSite.use(async (site) => {
    const { port, process } = await site.startOurs('active-lb', { lane, profiles: directory });
    await runWrk(port, workload, WARM_UP_SECONDS);
    const fromUs = nowUs();
    const { requestsPerSecond } = await runWrk(port, workload, SECONDS);
    const span = { fromUs, toUs: nowUs() };
    await process.stop();
    const paths = readdirSync(directory).map((file) => join(directory, file));
    const profiles = paths.map((path) => ({ path, profile: readProfile(path) }));
    const ofProxy = profiles.filter(({ profile }) => hasRun(profile, PROXY_THREAD));
    if (ofProxy.length === 0) throw new Error(`no thread of ${PROXY_THREAD} has left a profile`);
    const all = ofProxy.map(({ profile }) => profile);
    return {
      lane,
      workload,
      requestsPerSecond,
      paths: ofProxy.map(({ path }) => path),
      byFunction: sum(all, span, functionOf),
      byOrigin: sum(all, span, originOf),
    };
  });
}

/** The figures for people. Shares are of the time in which the threads were not idle. */
export function describeProfile(figures: ProfileFigures): string {
  const idle = figures.byOrigin.get('(idle)') ?? 0;
  const whole = [...figures.byOrigin.values()].reduce((total, each) => total + each, 0);
  const busy = whole - idle;
  const own = (name: string) => `${name} ${share(figures.byOrigin.get(name) ?? 0, busy)}`;
  const rows = (times: SelfTimes, most: number) =>
    [...times]
      .filter(([name]) => name !== '(idle)')
      .toSorted(([, a], [, b]) => b - a)
      .slice(0, most)
      .map(([name, us]) => [name, share(us, busy), fixed(us / 1000, 0)]);
  return `${figures.workload.name}, ${figures.lane} lane: ${fixed(figures.requestsPerSecond, 0)} requests/s while profiled.
(idle) ${share(idle, whole)} of the time; of the rest ${own('(program)')}, ${own('(garbage collector)')}.

${table(['self time by function', 'share', 'ms'], rows(figures.byFunction, TOP_FUNCTIONS))}

${table(['self time by origin', 'share', 'ms'], rows(figures.byOrigin, TOP_ORIGINS))}

(program) is native code that V8 knows no function for: system calls of the event loop, reading from sockets.
${figures.paths.map((path) => `The whole profile: ${path}`).join('\n')}
`;
}

function share(us: number, of: number): string {
  return `${fixed((100 * us) / of, 1)} %`;
}

function sum(
  profiles: readonly CpuProfile[],
  span: Span,
  nameOf: Parameters<typeof selfTimes>[2],
): SelfTimes {
  const times = new Map<string, number>();
  for (const profile of profiles) {
    for (const [name, us] of selfTimes(profile, span, nameOf)) times.set(name, (times.get(name) ?? 0) + us);
  }
  return times;
}

function nowUs(): number {
  return Number(process.hrtime.bigint() / 1000n);
}
