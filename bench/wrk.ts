import { spawn, spawnSync } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { LOAD_CORE, pinned } from './cores.ts';
import { HOSTS, type Workload } from './workloads.ts';

/** What wrk tells of a run. */
export interface WrkFigures {
  readonly requests: number;
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** A program that the benchmark cannot do without is not there. */
export class MissingTool extends Error {}

const MS = { us: 0.001, ms: 1, s: 1000, m: 60_000 };

/** Throws `MissingTool` with the Debian package to install. */
export function requireWrk(): void {
  if (spawnSync('wrk', ['--version']).error !== undefined) {
    throw new MissingTool('wrk is not on the PATH; install the Debian package "wrk" (apt-get install wrk)');
  }
}

/** Has wrk, with one thread on the load's core, send a workload to a port of 127.0.0.1. Rejects where an answer was wrong or missing. */
export async function runWrk(port: number, workload: Workload, seconds: number): Promise<WrkFigures> {
  const fields = [`Host: ${HOSTS[0]}`, ...(workload.fields ?? [])].flatMap((field) => ['-H', field]);
  const options = [
    '-t1',
    `-c${workload.connections}`,
    `-d${seconds}s`,
    '--timeout',
    '10s',
    '--latency',
    ...fields,
  ];
  const url = `http://127.0.0.1:${port}${workload.path}`;
  const [script, ...scriptArguments] = workload.script ?? [];
  const toDo =
    script === undefined
      ? [url]
      : ['-s', new URL(`./wrk/${script}`, import.meta.url).pathname, url, '--', ...scriptArguments];
  const [program = '', ...rest] = pinned(['wrk', ...options, ...toDo], LOAD_CORE);
  const wrk = spawn(program, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
  return parseWrk(await text(wrk.stdout));
}

/** Reads what wrk says at the end of a run with `--latency`. Throws where an answer was wrong or missing. */
export function parseWrk(said: string): WrkFigures {
  const fault = /Non-2xx.*|Socket errors.*/.exec(said)?.[0];
  if (fault !== undefined) throw new Error(`wrk says "${fault}"`);
  const requests = Number(/(\d+) requests in/.exec(said)?.[1]);
  if (!(requests > 0)) throw new Error(`wrk had no answer; it says "${said.trim()}"`);
  return {
    requests,
    requestsPerSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(said)?.[1]),
    p50Ms: latency(said, 50),
    p99Ms: latency(said, 99),
  };
}

function latency(said: string, percent: number): number {
  const [, value, unit] = new RegExp(`${percent}%\\s+([\\d.]+)(us|ms|s|m)`).exec(said) ?? [];
  return Number(value) * (MS[unit as keyof typeof MS] ?? NaN);
}
