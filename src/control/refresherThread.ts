import { parentPort, workerData } from 'node:worker_threads';
import { NameResolver, namesToResolve } from '../metadata/names.ts';
import { startSource } from '../metadata/source.ts';
import type { DeriveSettings } from '../model/derivation.ts';
import type { Snapshot } from '../model/service.ts';
import { stepBack } from '../thread.ts';
import type { FromRefresher } from './events.ts';
import { Publisher } from './publisher.ts';
import { SnapshotStore } from './snapshotStore.ts';

/** The `workerData` of the refresher thread. */
export interface RefresherThreadData {
  readonly metadata: { readonly url: string; readonly refreshIntervalMs: number; readonly watch: boolean };
  readonly derive: DeriveSettings;
  /** Where the last good snapshot is kept; null: nowhere. */
  readonly stateDir: string | null;
  /** Whether that may take the place of metadata that cannot be read at the start. */
  readonly mayRestore: boolean;
}

/** How long a snapshot is held up for names that were never tried before. */
const NAMES_PATIENCE_MS = 2_000;

const { metadata, derive: settings, stateDir, mayRestore } = workerData as RefresherThreadData;
const publisher = new Publisher(settings);
const store = stateDir === null ? null : new SnapshotStore(stateDir, tell);
/** When the last snapshot was read from the source. */
let readAt = 0;
/** Whether a snapshot waits for its names, so that those of the one before may be forgotten already. */
let isWaiting = false;

const names = new NameResolver({
  changed() {
    const publication = isWaiting ? null : publisher.publishResolved(names.resolutions);
    if (publication === null) return;
    tell({ kind: 'resolved', publication });
    keep();
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
      readAt = Date.now();
      tell({
        kind: 'refreshed',
        at: readAt,
        durationMs: durationMs + (performance.now() - startedAt),
        metadataVersion: snapshot.version,
        publication,
      });
      if (publication !== null || store?.isBehind === true) keep();
    },
    failed(error, retryInMs) {
      tell({ kind: 'failed', at: Date.now(), error, retryInMs });
    },
    restore: () => (mayRestore ? restore() : Promise.resolve(null)),
  },
);

/** Stores what was published last, without waiting for the disk. */
function keep(): void {
  const { snapshot } = publisher;
  if (snapshot !== null) void store?.save({ readAt, source: metadata.url, snapshot });
}

/** What is stored is published like what is read; the first answer of the source is then compared with it. */
async function restore(): Promise<Snapshot | null> {
  const stored = (await store?.load(metadata.url)) ?? null;
  if (stored === null) return null;
  const { snapshot } = stored;
  await namesResolved(snapshot);
  const publication = publisher.publish({ ...snapshot, resolutions: names.resolutions });
  readAt = stored.readAt;
  if (publication !== null)
    tell({ kind: 'restored', metadataVersion: snapshot.version, readAt, publication });
  return snapshot;
}

/** A name that is new is usually resolved in a moment: its service would else answer 503 until then. */
async function namesResolved({ services, resolutions }: Snapshot): Promise<void> {
  isWaiting = true;
  names.follow(namesToResolve(services));
  names.recall(resolutions);
  await names.settled(NAMES_PATIENCE_MS);
  isWaiting = false;
}

function tell(event: FromRefresher): void {
  parentPort?.postMessage(event);
}
