import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { NameResolver, namesToResolve } from '../metadata/names.ts';
import { startSource } from '../metadata/source.ts';
import type { DeriveSettings } from '../model/derivation.ts';
import type { Snapshot } from '../model/service.ts';
import type { RefreshEvent } from './events.ts';
import { Publisher } from './publisher.ts';

/** The `workerData` of the refresher thread. */
export interface RefresherThreadData {
  readonly metadata: { readonly url: string; readonly refreshIntervalMs: number; readonly watch: boolean };
  readonly derive: DeriveSettings;
}

/** How long a snapshot is held up for names that were never tried before. */
const NAMES_PATIENCE_MS = 2_000;

/** From 0, the usual, to 19, the least. */
const REFRESHER_NICENESS = 10;

const { metadata, derive: settings } = workerData as RefresherThreadData;
const publisher = new Publisher(settings);
/** Whether a snapshot waits for its names, so that those of the one before may be forgotten already. */
let isWaiting = false;

const names = new NameResolver({
  changed() {
    const publication = isWaiting ? null : publisher.publishResolved(names.resolutions);
    if (publication !== null) tell({ kind: 'resolved', publication });
  },
});

stepBack();
startSource(
  { ...metadata, preferLocal: settings.preferLocal },
  {
    async read(snapshot, durationMs) {
      const startedAt = performance.now();
      await namesResolved(snapshot);
      const publication = publisher.publish({ ...snapshot, resolutions: names.resolutions });
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
  },
);

/** A name that is new is usually resolved in a moment: its service would else answer 503 until then. */
async function namesResolved({ services }: Snapshot): Promise<void> {
  isWaiting = true;
  names.follow(namesToResolve(services));
  await names.settled(NAMES_PATIENCE_MS);
  isWaiting = false;
}

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
