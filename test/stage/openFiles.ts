import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** What a process has open, from /proc. */
export interface OpenFiles {
  /** All file descriptors. */
  readonly files: number;
  /** TCP connections by state, without listeners. */
  readonly connections: number;
  readonly threads: number;
  readonly rssMb: number;
}

const LISTEN = '0A';

/** proc(5), proc_net(5). */
export function openFiles(pid: number): OpenFiles {
  const links = readdirSync(`/proc/${pid}/fd`).map((fd) => linkOf(`/proc/${pid}/fd/${fd}`));
  const inodes = new Set(links.map((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1]));
  const connections = ['tcp', 'tcp6']
    .flatMap((file) => readFileSync(`/proc/${pid}/net/${file}`, 'utf8').trim().split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] !== LISTEN && inodes.has(fields[9])).length;
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const numberOf = (key: string): number => Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
  return {
    files: links.filter((link) => link !== '').length,
    connections,
    threads: numberOf('Threads'),
    rssMb: numberOf('VmRSS') / 1024,
  };
}

/** Empty where it was closed in between. */
function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
