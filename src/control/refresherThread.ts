import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { startSource } from '../metadata/source.ts';
import type { DeriveSettings } from '../model/derivation.ts';
import type { RefreshEvent } from './events.ts';
import { Publisher } from './publisher.ts';

/** The `workerData` of the refresher thread. */
export interface RefresherThreadData {
  readonly metadata: { readonly url: string; readonly refreshIntervalMs: number; readonly watch: boolean };
  readonly derive: DeriveSettings;
}

/** From 0, the usual, to 19, the least. */
const REFRESHER_NICENESS = 10;

const { metadata, derive: settings } = workerData as RefresherThreadData;
const publisher = new Publisher(settings);

stepBack();
startSource(metadata, {
  read(snapshot, durationMs) {
    const startedAt = performance.now();
    const publication = publisher.publish(snapshot);
    tell({
      kind: 'refreshed',
      at: Date.now(),
      durationMs: durationMs + (performance.now() - startedAt),
      metadataVersion: snapshot.version,
      publication,
    });
  },
  failed(error, retryInMs) {
    tell({ kind: 'failed', at: Date.now(), error, retryInMs });
  },
});

function tell(event: RefreshEvent): void {
  parentPort?.postMessage(event);
}

/** Lets requests go first where cores are scarce: on Linux a priority is a thread's own, elsewhere it is left as it is. */
function stepBack(): void {
  try {
    const threadId = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    if (threadId > 0) setPriority(threadId, REFRESHER_NICENESS);
  } catch {
    // No Linux, or not permitted: requests then compete as before.
  }
}
