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

const { metadata, derive: settings } = workerData as RefresherThreadData;
const publisher = new Publisher(settings);

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
