import { spawnSync } from 'node:child_process';
import { startDaemon } from './daemon.ts';
import { canPin, startProgram, type BenchProcess } from './processes.ts';
import { median } from './statistics.ts';

/** A way to the backend that wrk is sent. */
interface Contender {
  readonly name: string;
  readonly port: number;
  /** What is charged for its CPU time; null: there is nothing between wrk and the backend. */
  readonly process: BenchProcess | null;
}

/** What wrk is made to do. */
interface Workload {
  readonly name: string;
  readonly connections: number;
}

/** Medians over the rounds. */
export interface ThroughputFigures {
  readonly contender: string;
  readonly workload: string;
  readonly requestsPerSecond: number;
  /** Of the requests per second of the direct way, in the same rounds. */
  readonly ofDirect: number;
  readonly p99Ms: number;
  /** CPU microseconds of the proxy's whole process for one request; null for the direct way. */
  readonly cpuUsPerRequest: number | null;
}

interface Run {
  readonly requestsPerSecond: number;
  readonly p99Ms: number;
  readonly cpuUsPerRequest: number | null;
}

export const WORKLOADS: readonly Workload[] = [{ name: 'small GET, keep-alive', connections: 64 }];
/** Services in the tables of the daemons under test. */
export const TABLE_SIZES = [10, 10_000] as const;
export const ROUNDS = 4;
export const SECONDS = 3;
/** The first run of each contender warms it up and is not counted. */
const WARM_UP_SECONDS = 3;
const LOAD_CORE = 0;
const PROXY_CORE = 1;
const HOST = 'service-0.stack-0.example.local';

/** wrk is not there. */
export class MissingTool extends Error {}

/** Throws `MissingTool` with the Debian package to install. */
export function requireWrk(): void {
  if (spawnSync('wrk', ['--version']).error !== undefined) {
    throw new MissingTool('wrk is not on the PATH; install the Debian package "wrk" (apt-get install wrk)');
  }
}

/** Every contender with every workload, in turn, in several rounds; wrk and backend on core 0, the proxy under test on core 1. */
export async function measureThroughput(): Promise<readonly ThroughputFigures[]> {
  const started: BenchProcess[] = [];
  try {
    const contenders = await startContenders(started);
    const figures: ThroughputFigures[] = [];
    for (const workload of WORKLOADS) figures.push(...measureWorkload(contenders, workload));
    return figures;
  } finally {
    for (const each of started.toReversed()) await each.stop();
  }
}

async function startContenders(started: BenchProcess[]): Promise<readonly Contender[]> {
  const backend = await startProgram('backend', [], LOAD_CORE);
  started.push(backend.process);
  const backendPort = Number(backend.ready['port']);
  const contenders: Contender[] = [{ name: 'direct', port: backendPort, process: null }];
  for (const size of TABLE_SIZES) {
    const metadata = await startProgram('metadata', [String(size), String(backendPort)], LOAD_CORE);
    started.push(metadata.process);
    const { process, port } = await startDaemon(String(metadata.ready['url']), PROXY_CORE);
    started.push(process);
    contenders.push({ name: `active-lb, ${size.toLocaleString('en')} hosts`, port, process });
  }
  return contenders;
}

function measureWorkload(contenders: readonly Contender[], workload: Workload): readonly ThroughputFigures[] {
  const runs = new Map<Contender, Run[]>(contenders.map((contender) => [contender, []]));
  for (const contender of contenders) runWrk(contender, workload, WARM_UP_SECONDS);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [contender, done] of runs) done.push(runWrk(contender, workload, SECONDS));
  }
  const direct = [...runs.values()][0] ?? [];
  return [...runs].map(([contender, done]) => ({
    contender: contender.name,
    workload: workload.name,
    requestsPerSecond: median(done.map((run) => run.requestsPerSecond)),
    ofDirect: median(done.map((run, i) => run.requestsPerSecond / (direct[i]?.requestsPerSecond ?? NaN))),
    p99Ms: median(done.map((run) => run.p99Ms)),
    cpuUsPerRequest:
      contender.process === null ? null : median(done.map((run) => run.cpuUsPerRequest ?? NaN)),
  }));
}

function runWrk({ name, port, process }: Contender, { connections }: Workload, seconds: number): Run {
  const wrk = ['wrk', '-t1', `-c${connections}`, `-d${seconds}s`, '--latency', '-H', `Host: ${HOST}`];
  const pinned = canPin() ? ['taskset', '-c', String(LOAD_CORE)] : [];
  const [program, ...args] = [...pinned, ...wrk, `http://127.0.0.1:${port}/`];
  const cpuBefore = process?.cpuMs() ?? 0;
  const { stdout } = spawnSync(program ?? 'wrk', args, { encoding: 'utf8' });
  const cpuMs = (process?.cpuMs() ?? 0) - cpuBefore;
  const faults = /Non-2xx.*|Socket errors.*/.exec(stdout);
  if (faults !== null) throw new Error(`${name}: wrk says ${faults[0]}`);
  const requests = Number(/(\d+) requests in/.exec(stdout)?.[1]);
  const [, p99 = '', unit = ''] = /99%\s+([\d.]+)(us|ms|s)/.exec(stdout) ?? [];
  return {
    requestsPerSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]),
    p99Ms: Number(p99) * ({ us: 0.001, ms: 1, s: 1000 }[unit] ?? NaN),
    cpuUsPerRequest: process === null ? null : (cpuMs * 1000) / requests,
  };
}
