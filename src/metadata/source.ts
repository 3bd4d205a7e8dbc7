import type { Snapshot } from '../model/service.ts';
import { MetadataError } from './error.ts';
import { fileSource } from './fileSource.ts';
import { httpSource } from './httpSource.ts';
import { SOURCE_LIMITS } from './limits.ts';
import type { SourceLimits } from './limits.ts';
import { LocalHost } from './localHost.ts';
import { createRefresher } from './refresher.ts';
import type { SourceListener } from './refresher.ts';

/** Where metadata is read from. */
export interface Source {
  /** One full read. Throws `MetadataError`, with kind `stopped` when the signal ended it. */
  read(signal: AbortSignal): Promise<Snapshot>;
  /**
   * Until the signal is aborted, calls `news` when there may be something new: with the version where the source has one, else
   * with null. Survives every failure of the source and reports none: full reads do.
   */
  watch(news: (version: string | null) => void, signal: AbortSignal): Promise<void>;
}

export interface SourceSettings {
  /** `http(s)://host/VERSION`, `file:PATH`, or a plain path. */
  readonly url: string;
  readonly refreshIntervalMs: number;
  /** Whether to follow changes between the refreshes; without it, the source is read once each interval and no more. */
  readonly watch: boolean;
  /** Whether to read which host we run on, also where no label asks for it. */
  readonly preferLocal: boolean;
}

/** Reads a source once. Throws `MetadataError`. */
export async function readOnce(
  url: string,
  { preferLocal = false, signal = new AbortController().signal } = {},
): Promise<Snapshot> {
  return openSource(url, SOURCE_LIMITS, preferLocal).read(signal);
}

/**
 * Reads a source now, each refresh interval, and after each change that the watch sees; at most one full read a second. After a
 * failure it tries again with growing delays, never longer than the interval or 5 s, whichever is more. `stop` resolves when
 * nothing is under way any more, and after its call the listener hears nothing.
 */
export function startSource(
  settings: SourceSettings,
  on: SourceListener,
  limits: SourceLimits = SOURCE_LIMITS,
): { stop(): Promise<void> } {
  const source = openSource(settings.url, limits, settings.preferLocal);
  const stopping = new AbortController();
  const refresher = createRefresher(source, settings.refreshIntervalMs, on, limits, stopping.signal);
  // The watch comes first, so that no change can fall between the first read and it.
  const watching = settings.watch
    ? source.watch((version) => refresher.news(version), stopping.signal)
    : Promise.resolve();
  const done = Promise.all([watching, refresher.run()]);
  return {
    async stop() {
      stopping.abort();
      await done;
    },
  };
}

function openSource(url: string, limits: SourceLimits, preferLocal: boolean): Source {
  if (/^https?:\/\/[^/?#]*@/i.test(url)) {
    const shown = url.replace(/(?<=\/\/)[^/?#]*@/, '…@');
    throw new MetadataError(
      'unreachable',
      shown,
      'cannot be read; a URL without user and password was expected.',
    );
  }
  const localHost = new LocalHost(preferLocal);
  if (/^https?:\/\//i.test(url)) return httpSource(url, limits, localHost);
  if (/^(?!file:)[a-z][a-z\d+.-]+:\/\//i.test(url)) {
    throw new MetadataError('unreachable', url, 'cannot be read; http://, https:// or file: was expected.');
  }
  return fileSource(url, limits, localHost);
}
