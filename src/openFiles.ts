import { readFileSync } from 'node:fs';

/** What a process needs besides its connections: files, threads, the admin server, metadata. */
const RESERVE = 256;

/** How many files this process may have open; null where that is not known: only Linux tells it in a file. */
export function openFileLimit(path = '/proc/self/limits'): number | null {
  try {
    const [, limit] = /^Max open files\s+(\d+)/m.exec(readFileSync(path, 'utf8')) ?? [];
    return limit === undefined ? null : Number(limit);
  } catch {
    return null;
  }
}

/** How many open files so many client connections take at worst: each has one to a server, too. */
export function openFilesFor(connections: number): number {
  return 2 * connections + RESERVE;
}
