import { createBackoff } from './backoff.ts';
import { fetchJson } from './client.ts';
import { MetadataError, quote } from './error.ts';
import type { SourceLimits } from './limits.ts';
import type { LocalHost } from './localHost.ts';
import { pause } from './pause.ts';
import { versionShape } from './schema.ts';
import { readSnapshot } from './snapshot.ts';
import type { DocumentName, Documents } from './snapshot.ts';
import type { Source } from './source.ts';

/** A rancher-metadata, by the URL of one of its versions, e.g. `http://rancher-metadata/2016-07-29`. */
export function httpSource(url: string, limits: SourceLimits, localHost: LocalHost): Source {
  const base = url.replace(/\/+$/, '');
  return {
    read: (signal) => readSnapshot(httpDocuments(base, limits, signal), localHost),
    watch: (news, signal) => watchVersion(base, limits, news, signal),
  };
}

function httpDocuments(base: string, limits: SourceLimits, signal: AbortSignal): Documents {
  const locate = (name: DocumentName) => `${base}/${name}`;
  const { maxBytes } = limits;
  return {
    locate,
    read(name) {
      // It is small, not needed, and must not hold up what is.
      const deadlineMs = name === 'self/host' ? limits.selfDeadlineMs : limits.requestDeadlineMs;
      return fetchJson(locate(name), { deadlineMs, maxBytes }, signal);
    },
  };
}

/** So many changes in a row are no flapping: a rolling upgrade makes one with every container, and each reload publishes twice. */
const USUAL_CHANGES = 5;

/**
 * Follows the version by long poll. What is seen here is only a hint to read: the refresher remembers what was read. No two polls
 * begin within the same `minReadGapMs`, so a server that ignores `wait` is asked once a second; one whose version goes on changing
 * faster than that is asked less and less often, as is one that fails.
 */
async function watchVersion(
  base: string,
  limits: SourceLimits,
  news: (version: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const backoff = createBackoff(limits.minReadGapMs, limits.backoffMs);
  let seen: string | null = null;
  let failing = false;
  let changesInHaste = 0;
  while (!signal.aborted) {
    const startedAt = performance.now();
    try {
      const version = await askVersion(base, seen, limits, signal);
      if (signal.aborted) return;
      const sinceStartMs = performance.now() - startedAt;
      const changed = version !== seen;
      changesInHaste = changed && sinceStartMs < limits.minReadGapMs ? changesInHaste + 1 : 0;
      const flapping = changesInHaste > USUAL_CHANGES;
      if (changed || failing) news(version);
      if (!flapping) backoff.reset();
      seen = version;
      failing = false;
      await pause(flapping ? backoff.next() : limits.minReadGapMs - sinceStartMs, signal);
    } catch (error) {
      if (!(error instanceof MetadataError)) throw error;
      failing = true;
      await pause(backoff.next(), signal);
    }
  }
}

/** The version now, or, given one that was seen, as soon as it differs from that, or when the wait is over. */
async function askVersion(
  base: string,
  seen: string | null,
  limits: SourceLimits,
  signal: AbortSignal,
): Promise<string> {
  const maxWait = Math.ceil(limits.watchWaitMs / 1000);
  const url =
    seen === null
      ? `${base}/version`
      : `${base}/version?wait=true&value=${encodeURIComponent(seen)}&maxWait=${maxWait}`;
  const deadlineMs = seen === null ? limits.requestDeadlineMs : limits.watchWaitMs + limits.watchLatenessMs;
  const answer = await fetchJson(url, { deadlineMs, maxBytes: limits.maxBytes }, signal);
  const version = versionShape.safeParse(answer);
  if (version.success) return version.data;
  throw new MetadataError('wrong-shape', url, `is ${quote(answer)}; a string was expected.`);
}
