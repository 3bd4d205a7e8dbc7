import type { Snapshot } from '../model/service.ts';
import { createBackoff } from './backoff.ts';
import { MetadataError } from './error.ts';
import type { SourceLimits } from './limits.ts';
import { pause } from './pause.ts';
import type { Source } from './source.ts';

export interface SourceListener {
  /** A full read succeeded, in so many milliseconds. Also called when nothing changed. Nothing else is told until it is done. */
  read(snapshot: Snapshot, durationMs: number): void | Promise<void>;
  /** One failed: one sentence, and when the next is tried at the latest. What was read before stays valid. */
  failed(error: string, retryInMs: number): void;
  /** Asked once, when the first read failed or has no services: how many the last good answer of an earlier life had; 0 where there is none. */
  restore?(): Promise<number>;
}

export interface Refresher {
  /** Reads until stopped; rejects only where the listener throws or rejects. */
  run(): Promise<void>;
  /** There may be something new; with the version that was seen, if the source has one. */
  news(version: string | null): void;
}

/** When to read next, in milliseconds from now. */
interface Turn {
  /** Even when there is news. */
  readonly earliestMs: number;
  /** Also when there is none. */
  readonly latestMs: number;
}

/** Does the full reads of a source, one at a time, and knows when the next one is due. */
export function createRefresher(
  source: Source,
  intervalMs: number,
  on: SourceListener,
  limits: SourceLimits,
  signal: AbortSignal,
): Refresher {
  const backoff = createBackoff(limits.minReadGapMs, Math.max(intervalMs, limits.backoffMs));
  let serviceCount = 0;
  /** The version that was read; null while the last read failed: a version counts only when its services came too. */
  let readVersion: string | null = null;
  /** What arrived since the read under way began. */
  let pending: { readonly version: string | null } | null = null;
  let wake = new AbortController();
  /** Whether nothing was read so far, nor restored. */
  let isNew = true;

  async function restore(): Promise<void> {
    if (!isNew || signal.aborted) return;
    isNew = false;
    serviceCount = (await on.restore?.()) ?? 0;
  }

  async function read(): Promise<Turn> {
    const startedAt = performance.now();
    try {
      const snapshot = await source.read(signal);
      if (snapshot.services.length === 0) await restore();
      if (snapshot.services.length === 0 && serviceCount > 0) throw emptyError(serviceCount);
      const durationMs = performance.now() - startedAt;
      if (signal.aborted) return { earliestMs: 0, latestMs: 0 };
      isNew = false;
      serviceCount = snapshot.services.length;
      readVersion = snapshot.version;
      if (pending !== null && pending.version === readVersion) pending = null;
      backoff.reset();
      await on.read(snapshot, durationMs);
      return {
        earliestMs: limits.minReadGapMs,
        latestMs: intervalMs - (performance.now() - startedAt),
      };
    } catch (error) {
      if (signal.aborted) return { earliestMs: 0, latestMs: 0 };
      if (!(error instanceof MetadataError)) throw error;
      readVersion = null;
      const retryInMs = backoff.next();
      on.failed(error.message, retryInMs);
      await restore();
      // News may be that the source has recovered; but a source that always fails and always has news deserves patience too.
      return { earliestMs: Math.min(retryInMs, limits.backoffMs), latestMs: retryInMs };
    }
  }

  return {
    async run() {
      while (!signal.aborted) {
        pending = null;
        const turn = await read();
        await pause(turn.earliestMs, signal);
        wake = new AbortController();
        if (pending === null) await pause(turn.latestMs - turn.earliestMs, signal, wake.signal);
      }
    },
    news(version) {
      if (version !== null && version === readVersion) return;
      pending = { version };
      wake.abort();
    },
  };
}

function emptyError(serviceCount: number): MetadataError {
  return new MetadataError(
    'empty',
    'The metadata',
    `has no services, where the last good answer had ${serviceCount}; the last good one stays.`,
  );
}
