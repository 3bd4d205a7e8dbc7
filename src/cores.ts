import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { posix } from 'node:path';

/** Where Linux tells of control groups. */
export interface CgroupPaths {
  /** The groups of this process. */
  readonly self: string;
  /** Where the hierarchies are mounted. */
  readonly mount: string;
}

const LINUX: CgroupPaths = { self: '/proc/self/cgroup', mount: '/sys/fs/cgroup' };

/**
 * How many cores this process may use: no more than it may run on, nor, rounded up, than the CPU time that its control groups allow
 * (cgroup v2 `cpu.max`, v1 `cpu.cfs_quota_us`; Docker's `--cpus`). At least 1.
 */
export function usableCores(cores = availableParallelism(), paths = LINUX): number {
  return Math.max(1, Math.min(cores, Math.ceil(cpuQuota(paths))));
}

/** The least that the groups of this process, and those that they are in, allow, in cores; Infinity where there is no limit, or no Linux. */
export function cpuQuota({ self, mount }: CgroupPaths): number {
  const lines = (read(self) ?? '').split('\n');
  return Math.min(Infinity, ...lines.flatMap((line) => quotasOf(line, mount)));
}

/** A line is `number:controllers:path`; that of v2 is `0::path`. */
function quotasOf(line: string, mount: string): readonly number[] {
  const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
  if (controllers === undefined || path === undefined) return [];
  if (controllers === '') {
    // Beside v1 it is mounted as `unified`.
    return [mount, posix.join(mount, 'unified')].flatMap((root) => upwards(root, path).map(quotaOfV2));
  }
  if (!controllers.split(',').includes('cpu')) return [];
  // Some systems mount `cpu,cpuacct` and write `cpuacct,cpu`; `cpu` leads there, too.
  return [controllers, 'cpu'].flatMap((name) => upwards(posix.join(mount, name), path).map(quotaOfV1));
}

/** The directory of a group and those above it. Inside a container the path may be the host's, of which only the root is there. */
function upwards(root: string, path: string): readonly string[] {
  const parts = path.split('/').filter((part) => part !== '' && part !== '..');
  return Array.from({ length: parts.length + 1 }, (_, up) =>
    posix.join(root, ...parts.slice(0, parts.length - up)),
  );
}

/** `200000 100000`, or `max 100000`. */
function quotaOfV2(directory: string): number {
  const [quota, period] = (read(posix.join(directory, 'cpu.max')) ?? '').trim().split(' ');
  return coresOf(quota, period);
}

/** -1: no limit. */
function quotaOfV1(directory: string): number {
  return coresOf(
    read(posix.join(directory, 'cpu.cfs_quota_us')),
    read(posix.join(directory, 'cpu.cfs_period_us')),
  );
}

function coresOf(quota: string | null | undefined, period: string | null | undefined): number {
  const cores = Number(quota ?? NaN) / Number(period ?? NaN);
  return cores > 0 ? cores : Infinity;
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
