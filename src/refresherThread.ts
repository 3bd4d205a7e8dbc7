import type { Config } from './config.ts';
import { announceRefresh, announceStale } from './control/announce.ts';
import { announceHeld } from './control/announceHold.ts';
import { announceStore } from './control/announceStore.ts';
import { DryRuns } from './control/dryRuns.ts';
import type {
  DryRunOutcome,
  FromRefresher,
  Publication,
  RefreshEvent,
  ToRefresher,
} from './control/events.ts';
import type { History } from './control/history.ts';
import type { RefresherThreadData } from './control/refresherThread.ts';
import type { State } from './control/state.ts';
import { Watchdog } from './control/watchdog.ts';
import type { Log } from './telemetry/log.ts';
import { LastingThread, startThread } from './thread.ts';

/** How long it may take to store at the stop what it has published. */
const STOP_PATIENCE_MS = 1_000;

export interface RefresherThreadOptions {
  readonly config: Config;
  readonly log: Log;
  readonly state: State;
  readonly history: History;
  /** Where an operator asks for what is held to be let through. */
  readonly releaseUrl: string;
  /** Told of every publication with a new table. */
  readonly published: (publication: Publication, tableBytes: SharedArrayBuffer) => void;
  /** It is started anew. */
  readonly crashed: () => void;
}

/** What main does about the refresher thread: its events are noted and told, its silence too, and it is stopped. */
export class RefresherThread {
  readonly #options: RefresherThreadOptions;
  readonly #thread: LastingThread;
  readonly #watchdog: Watchdog;
  readonly #dryRuns: DryRuns;
  #isStopping = false;

  constructor(options: RefresherThreadOptions) {
    this.#options = options;
    const { log, state } = options;
    this.#dryRuns = new DryRuns((message) => this.#thread.post(message));
    this.#thread = new LastingThread(
      () => this.#start(),
      (error) => {
        options.crashed();
        this.#dryRuns.lost(
          'the refresher thread crashed, and is started anew in a few seconds; ask again then',
        );
        log.error(
          { event: 'refresher-crashed', err: error },
          'the refresher thread crashed; what is installed stays, and it is started anew',
        );
      },
    );
    this.#watchdog = new Watchdog(
      () => state.staleInMs,
      () => announceStale(log, state.status.metadata, state.status.install !== null),
    );
  }

  /** Lets through what is held; false where nothing is. */
  release(): boolean {
    if (!this.#options.state.release()) return false;
    // One that has just crashed does not hear it, but is started anew with a hold whose time is up.
    this.#thread.post({ kind: 'release' } satisfies ToRefresher);
    return true;
  }

  /** What would follow from the proposal in the body of a request. Rejects where the thread met with a bug. */
  dryRun(body: Buffer): Promise<DryRunOutcome> {
    // A copy: of a buffer that shares its memory with others, all of that would go to the thread.
    return this.#dryRuns.ask(new Uint8Array(body));
  }

  /** Nothing is published any more. Resolves when it has ended, after what was published is stored. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#watchdog.stop();
    this.#dryRuns.lost('the daemon is stopping');
    await this.#thread.stop({
      message: { kind: 'finish' } satisfies ToRefresher,
      patienceMs: STOP_PATIENCE_MS,
    });
  }

  #start(): ReturnType<typeof startThread> {
    const { config, state } = this.#options;
    const { metadata, derive, guard, stateDir } = config;
    this.#dryRuns.found();
    const data: RefresherThreadData = { metadata, derive, guard, stateDir, resume: state.resume };
    return startThread('control/refresherThread', data).on('message', (event: FromRefresher) =>
      this.#hear(event),
    );
  }

  #hear(event: FromRefresher): void {
    const { log, state, history, releaseUrl, config } = this.#options;
    if (event.kind === 'store') announceStore(log, event);
    else if (event.kind === 'dry-run') this.#dryRuns.heard(event);
    else if (this.#isStopping) return;
    else if (event.kind === 'compared') history.compared(event);
    else if (event.kind !== 'held') this.#note(event);
    else if (state.hold(event.hold))
      announceHeld(log, event.hold, { url: releaseUrl, asksLogin: config.admin.users.length > 0 });
  }

  #note(event: RefreshEvent): void {
    const { log, state, history, published } = this.#options;
    const { failuresBefore } = state.note(event);
    const wasStale = event.kind === 'refreshed' && this.#watchdog.feed();
    announceRefresh(log, event, { failuresBefore, wasStale }, state.status.install !== null);
    if (event.kind === 'refreshed') history.retry();
    const publication = event.kind === 'failed' ? null : event.publication;
    if (publication === null) return;
    if (publication.tableBytes !== null) published(publication, publication.tableBytes);
    else if (state.status.install?.derivation === publication.derivation)
      history.follow(publication, state.status);
  }
}
