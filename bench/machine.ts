import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';

/** What the figures were measured on, without anything that names the machine. */
export function describeMachine(): string {
  const model = cpus()[0]?.model.trim() || 'unknown processor';
  const memory = Math.round(totalmem() / 2 ** 30);
  const kernel = release().split('-')[0];
  return `${availableParallelism()} cores (${model}), ${memory} GB of memory, Node ${process.version}, Linux ${kernel}`;
}

/** From this load on, other work is on the cores and not only the benchmark's own of a moment ago. */
const BUSY_LOAD = 1;

/** A warning where other work is under way, which delays requests and takes cores; empty where there is none. */
export function describeOtherLoad(): string {
  const load = loadavg()[0] ?? 0;
  return load < BUSY_LOAD
    ? ''
    : `**Other work was under way: the load average was ${load.toFixed(1)} at the start. Latencies, and times of anything with several threads, are higher than the program's own.**`;
}
