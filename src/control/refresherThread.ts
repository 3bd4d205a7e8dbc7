import { parentPort, workerData } from 'node:worker_threads';
import { NameResolver, namesToResolve } from '../metadata/names.ts';
import { startSource } from '../metadata/source.ts';
import type { DeriveSettings } from '../model/derivation.ts';
import type { Snapshot } from '../model/service.ts';
import { stepBack } from '../thread.ts';
import { answerDryRun } from './answerDryRun.ts';
import { compareRuns } from './compareRuns.ts';
import type { Live } from './dryRun.ts';
import type { AskDryRun, FromRefresher, Publication, ToRefresher } from './events.ts';
import { Publisher } from './publisher.ts';
import type { GuardSettings } from './removal.ts';
import { RemovalGuard, type GuardStart } from './removalGuard.ts';
import { snapshotFile } from './snapshotStore.ts';
import type { StoredSnapshot } from './storedSnapshot.ts';

/** The `workerData` of the refresher thread. */
export interface RefresherThreadData {
  readonly metadata: { readonly url: string; readonly refreshIntervalMs: number; readonly watch: boolean };
  readonly derive: DeriveSettings;
  readonly guard: GuardSettings;
  /** Where the last good snapshot is kept; null: nowhere. */
  readonly stateDir: string | null;
  /**
   * What it goes on from after a crash. Null: nothing was published so far, and what is stored may take the place of metadata that
   * cannot be read.
   */
  readonly resume: Resume | null;
}

/** What the thread before this one has left behind. */
export interface Resume extends GuardStart {
  /** How many services carried a label. */
  readonly services: number;
}

/** How long a snapshot is held up for names that were never tried before. */
const NAMES_PATIENCE_MS = 2_000;

const { metadata, derive: settings, guard: limits, stateDir, resume } = workerData as RefresherThreadData;
const publisher = new Publisher(settings);
const store = stateDir === null ? null : snapshotFile(stateDir, metadata.url, tell);
/** When what is live was read from the source, and what is held. */
let readAt = 0;
let heldReadAt = 0;
/** Whether nothing was compared with the run before this one so far. */
let isFirst = resume === null;
/** Nothing is stored before what the run before this one has stored was read. */
let comparison: Promise<void> = Promise.resolve();
/** Whether a snapshot waits for its names, so that those of the one before may be forgotten already. */
let isWaiting = false;

const guard = new RemovalGuard(
  publisher,
  limits,
  {
    held: (hold) => tell({ kind: 'held', hold }),
    ended(by, publication) {
      readAt = heldReadAt;
      const metadataVersion = publisher.snapshot?.version ?? '';
      tell({ kind: 'hold-ended', by, metadataVersion, publication });
      if (publication !== null) keep();
    },
  },
  resume,
);

const names = new NameResolver({
  changed() {
    const publication = isWaiting ? null : guard.publishResolved(names.resolutions);
    if (publication === null || publication === 'held') return;
    tell({ kind: 'resolved', metadataVersion: publisher.snapshot?.version ?? '', publication });
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
      const outcome = guard.publish({ ...snapshot, resolutions: names.resolutions });
      const isHeld = outcome === 'held';
      const publication = isHeld ? null : outcome;
      const at = Date.now();
      if (isHeld) heldReadAt = at;
      else readAt = at;
      tell({
        kind: 'refreshed',
        at,
        durationMs: durationMs + (performance.now() - startedAt),
        metadataVersion: snapshot.version,
        isHeld,
        publication,
      });
      if (publication !== null) compare(publication, () => store?.peek() ?? null);
      if (publication !== null || store?.isBehind === true) keep();
    },
    failed(error, retryInMs) {
      tell({ kind: 'failed', at: Date.now(), error, retryInMs });
    },
    restore: () => (resume === null ? restore() : Promise.resolve(resume.services)),
  },
);

parentPort?.on('message', (message: ToRefresher) => {
  if (message.kind === 'release') guard.release();
  else if (message.kind === 'finish') void finish();
  else void answer(message);
});

/** A bug in a dry run costs nothing but its answer: the thread has better things to do. */
async function answer({ id, body }: AskDryRun): Promise<void> {
  try {
    tell({
      kind: 'dry-run',
      id,
      outcome: await answerDryRun(body, live, { derive: settings, guard: limits }),
    });
  } catch (error) {
    const fault = error instanceof Error ? error : new Error(String(error));
    tell({ kind: 'dry-run', id, outcome: { kind: 'fault', error: fault } });
  }
}

function live(): Live | null {
  const { snapshot, derivation } = publisher;
  return snapshot === null || derivation === null
    ? null
    : { snapshot, derivation, isHolding: guard.isHolding };
}

/** Ends this thread, and no other. */
async function finish(): Promise<void> {
  await comparison;
  await store?.finished();
  process.exit();
}

/** Stores what is live, without waiting for the disk. */
function keep(): void {
  void comparison.then(() => {
    const { snapshot } = publisher;
    if (snapshot !== null) void store?.save({ readAt, source: metadata.url, settings, snapshot });
  });
}

/** Tells how the first publication differs from what was live in the run before this one. What takes that long holds up no install. */
function compare(
  publication: Publication,
  before: () => StoredSnapshot | null | Promise<StoredSnapshot | null>,
): void {
  if (!isFirst) return;
  isFirst = false;
  comparison = (async () => {
    const stored = await before();
    if (stored !== null) tell(compareRuns(stored, publication, settings));
  })();
}

/** What is stored is published like what is read; the first answer of the source is then compared with it. */
async function restore(): Promise<number> {
  const stored = (await store?.load()) ?? null;
  if (stored === null) return 0;
  const { snapshot } = stored;
  await namesResolved(snapshot);
  const publication = guard.publish({ ...snapshot, resolutions: names.resolutions });
  readAt = stored.readAt;
  // Nothing was live before it, so that it cannot be held.
  if (publication !== null && publication !== 'held') {
    tell({ kind: 'restored', metadataVersion: snapshot.version, readAt, publication });
    compare(publication, () => stored);
  }
  return snapshot.services.length;
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
