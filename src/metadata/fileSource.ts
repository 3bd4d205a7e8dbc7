import { watch } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createBackoff } from './backoff.ts';
import { MetadataError } from './error.ts';
import type { SourceLimits } from './limits.ts';
import type { LocalHost } from './localHost.ts';
import { pause } from './pause.ts';
import { recordingDocuments } from './recording.ts';
import { readSnapshot } from './snapshot.ts';
import type { Source } from './source.ts';

/** A file that is a recording of metadata, followed as it changes. `url` is `file:PATH`, `file:///PATH` or a plain path. */
export function fileSource(url: string, limits: SourceLimits, localHost: LocalHost): Source {
  const path = /^file:\/\//i.test(url) ? fileURLToPath(url) : url.replace(/^file:/i, '');
  return {
    async read(signal) {
      const recording = await readJson(path, limits.maxBytes, signal);
      return readSnapshot(recordingDocuments(recording, path), localHost);
    },
    watch: (news, signal) => followFile(path, limits, () => news(null), signal),
  };
}

async function readJson(path: string, maxBytes: number, signal: AbortSignal): Promise<unknown> {
  const text = await readText(path, maxBytes, signal);
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new MetadataError('not-json', path, `is not JSON, or was read half-written: ${reason}.`);
  }
}

async function readText(path: string, maxBytes: number, signal: AbortSignal): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > maxBytes) {
      throw new MetadataError('too-big', path, `has ${size} bytes, more than the limit of ${maxBytes}.`);
    }
    return await readFile(path, { encoding: 'utf8', signal });
  } catch (error) {
    if (error instanceof MetadataError) throw error;
    if (signal.aborted) throw new MetadataError('stopped', path, 'was given up: we are stopping.');
    throw new MetadataError(
      'unreadable-file',
      path,
      `cannot be read: ${error instanceof Error ? error.message : String(error)}.`,
    );
  }
}

/** Watches the file's directory, since a file that is renamed over the old one would be lost to a watch on the file itself. */
async function followFile(
  path: string,
  limits: SourceLimits,
  news: () => void,
  signal: AbortSignal,
): Promise<void> {
  const backoff = createBackoff(limits.minReadGapMs, limits.backoffMs);
  while (!signal.aborted) {
    await watchDirectory(path, limits.fileSettleMs, news, signal);
    await pause(backoff.next(), signal);
    if (!signal.aborted) news();
  }
}

/** Resolves when the directory cannot be watched any longer, or the signal is aborted. */
function watchDirectory(
  path: string,
  settleMs: number,
  news: () => void,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve) => {
    let settling: NodeJS.Timeout | undefined;
    try {
      const watcher = watch(dirname(path), (_event, name) => {
        if (name !== null && name !== basename(path)) return;
        clearTimeout(settling);
        settling = setTimeout(news, settleMs);
      });
      const end = () => {
        clearTimeout(settling);
        signal.removeEventListener('abort', end);
        watcher.close();
        resolve();
      };
      watcher.on('error', end);
      signal.addEventListener('abort', end);
    } catch {
      // No such directory, or no inotify watch left: the interval goes on reading, and says what is wrong.
      resolve();
    }
  });
}
