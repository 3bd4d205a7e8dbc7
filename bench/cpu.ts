import { readdirSync, readFileSync } from 'node:fs';

/** Kernel ticks in a second, as /proc counts them. */
const TICKS_PER_SECOND = 100;
const NS_PER_SECOND = 1e9;

/** CPU time of all threads of a process so far, and of the processes that it forked, in nanoseconds. */
export function cpuNsOf(pid: number): number {
  let ns = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const directory = `/proc/${pid}/task/${thread}`;
    ns += threadNs(directory);
    for (const child of childrenOf(directory)) ns += cpuNsOf(child);
  }
  return ns;
}

/** Memory of a process and of those that it forked that is in RAM, in bytes. What they share is counted for each. */
export function residentBytesOf(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  const children = childrenOf(`/proc/${pid}/task/${pid}`).map(residentBytesOf);
  return children.reduce((sum, each) => sum + each, Number(kilobytes) * 1024);
}

/** The first figure of schedstat is exact to the nanosecond (sched-stats.rst); a kernel without it has ticks of 10 ms. */
function threadNs(directory: string): number {
  try {
    return Number(readFileSync(`${directory}/schedstat`, 'latin1').split(' ')[0]);
  } catch {
    return tickNs(directory);
  }
}

/** proc(5): utime and stime are the fields 14 and 15 of stat; the second field is a name that may hold spaces. */
function tickNs(directory: string): number {
  const stat = readFileSync(`${directory}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * NS_PER_SECOND) / TICKS_PER_SECOND;
}

function childrenOf(directory: string): readonly number[] {
  const children = readFileSync(`${directory}/children`, 'latin1').trim();
  return children === '' ? [] : children.split(' ').map(Number);
}
