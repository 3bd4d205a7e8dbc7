import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Where wrk and the backend run. */
export const LOAD_CORE = 0;
/** Where the proxy under test runs, with all its threads and processes. */
export const PROXY_CORE = 1;

const HAS_TASKSET = spawnSync('taskset', ['--version']).status === 0;

/** Whether processes and threads can be kept on one core here. */
export function canPin(): boolean {
  return HAS_TASKSET;
}

/** Keeps one thread on one core; does nothing where that is not possible. */
export function pinThread(threadId: number, core: number): void {
  if (canPin()) spawnSync('taskset', ['-p', '-c', String(core), String(threadId)]);
}

/** The command that runs `command` on that core only; where that is not possible, or `core` is null, the same command. */
export function pinned(command: readonly string[], core: number | null): readonly string[] {
  return core === null || !canPin() ? command : ['taskset', '-c', String(core), ...command];
}

/** What a core did since the machine started, in kernel ticks. */
export interface CoreTicks {
  readonly busy: number;
  readonly total: number;
}

/** Reads `/proc/stat` (proc(5)): user, nice, system, idle, iowait, irq, softirq, steal. */
export function readCore(core: number): CoreTicks {
  const line = new RegExp(`^cpu${core} (.*)$`, 'm').exec(readFileSync('/proc/stat', 'utf8'))?.[1] ?? '';
  const ticks = line.split(' ').slice(0, 8).map(Number);
  const total = ticks.reduce((sum, each) => sum + each, 0);
  return { busy: total - (ticks[3] ?? 0) - (ticks[4] ?? 0), total };
}

/** The share (0–1) of the time between two readings in which a core was busy, with whatever. */
export function busyShare(before: CoreTicks, after: CoreTicks): number {
  return (after.busy - before.busy) / (after.total - before.total);
}
