import { availableParallelism, cpus, release, totalmem } from 'node:os';

/** What the figures were measured on, without anything that names the machine. */
export function describeMachine(): string {
  const model = cpus()[0]?.model.trim() || 'unknown processor';
  const memory = Math.round(totalmem() / 2 ** 30);
  const kernel = release().split('-')[0];
  return `${availableParallelism()} cores (${model}), ${memory} GB of memory, Node ${process.version}, Linux ${kernel}`;
}
