import type { BreakerState, EjectedServer, FailingServer } from '../model/condition.ts';
import type { Table } from '../model/table.ts';
import { conditionsOf, keyOf, type Conditions } from './conditions.ts';
import type { Hold, Publication, RefreshEvent } from './events.ts';
import { occurrencesBetween, type Occurrence } from './occurrences.ts';
import type { Resume } from './refresherThread.ts';
import { countServers } from './removal.ts';
import { SourceState, type MonotonicClock } from './sourceState.ts';
import type { EntrypointStatus, Install, Status } from './status.ts';

export interface StateSettings {
  readonly metadataUrl: string;
  readonly refreshIntervalMs: number;
  /** What the entrypoint will listen on. */
  readonly entrypoint: { readonly address: string; readonly port: number };
}

/** A published table that the proxy has not confirmed yet. */
interface Pending {
  readonly publication: Publication;
  readonly metadataVersion: string;
}

/** What is new about the health of servers. */
export interface HealthChanges {
  readonly failed: readonly FailingServer[];
  /** With the reason that was. */
  readonly recovered: readonly FailingServer[];
}

/** What main knows, changed by events alone and read by the admin server. */
export class State {
  readonly #source: SourceState;
  readonly #clock: MonotonicClock;
  readonly #startedAt: { readonly at: number; readonly monotonic: number };
  #install: Install | null = null;
  /** Oldest first. */
  #pending: readonly Pending[] = [];
  #metadataVersion = '';
  /** What was told last, perhaps of another table than the installed one. */
  #failing: readonly FailingServer[] = [];
  #ejected = new Map<string, EjectedServer>();
  #breakers = new Map<string, BreakerState>();
  #entrypoint: EntrypointStatus;
  #isStopping = false;
  #tell: (occurrence: Occurrence) => void = () => {};

  constructor(settings: StateSettings, clock: MonotonicClock = () => performance.now()) {
    this.#source = new SourceState(settings.metadataUrl, settings.refreshIntervalMs, clock);
    this.#clock = clock;
    this.#startedAt = { at: Date.now(), monotonic: clock() };
    this.#entrypoint = { name: 'http', ...settings.entrypoint, state: 'waiting' };
  }

  /** `tell` is told from now on what happens, when it can be seen in the status. */
  connect(tell: (occurrence: Occurrence) => void): void {
    this.#tell = tell;
  }

  /** Notes a refresh. `failuresBefore` tells how many failed since the last success. */
  note(event: RefreshEvent): { readonly failuresBefore: number } {
    const { lastError } = this.#source;
    const noted = this.#source.note(event);
    this.#tellOfSource(event, noted.failuresBefore, lastError?.message ?? null);
    if (event.kind === 'failed' || (event.kind === 'refreshed' && event.isHeld)) return noted;
    const { publication } = event;
    if (event.kind === 'hold-ended' && publication === null) return noted;
    this.#metadataVersion = event.metadataVersion;
    if (publication !== null && publication.tableBytes !== null) {
      this.#pending = [...this.#pending, { publication, metadataVersion: this.#metadataVersion }];
    } else {
      this.#update(this.#metadataVersion, publication);
    }
    return noted;
  }

  /** A refresh is held. Returns whether none was before. */
  hold(hold: Hold): boolean {
    const isFirst = this.#source.hold(hold);
    if (isFirst) this.#tell({ kind: 'held', hold });
    return isFirst;
  }

  /** What is held shall go live now; false where nothing is. It counts as held until it is live. */
  release(): boolean {
    return this.#source.release();
  }

  /** Milliseconds until so long has passed without a success that it is stale, if none comes; not positive where it has. */
  get staleInMs(): number {
    return this.#source.staleInMs;
  }

  /** What a refresher that is started anew goes on from; null where nothing was published so far. */
  get resume(): Resume | null {
    const { derivation = null } = this.#pending.at(-1)?.publication ?? this.#install ?? {};
    if (derivation === null) return null;
    const services = derivation.services.length;
    return { live: countServers(derivation), services, hold: this.#source.resumedHold };
  }

  /** These servers, and no others, fail their active check. Returns what is new of that, as far as the installed table has them. */
  failing(servers: readonly FailingServer[]): HealthChanges {
    const before = this.#install?.conditions.failing ?? new Map<string, FailingServer>();
    this.#failing = servers;
    this.#observe();
    const after = this.#install?.conditions.failing ?? new Map<string, FailingServer>();
    return {
      failed: [...after].flatMap(([key, server]) => (before.has(key) ? [] : [server])),
      recovered: [...before].flatMap(([key, server]) => (after.has(key) ? [] : [server])),
    };
  }

  /** A server was ejected or put on probation. */
  ejected(server: EjectedServer): void {
    this.#ejected.set(keyOf(server), server);
    this.#observe();
  }

  /** A server that was ejected gets its share again. */
  readmitted(server: EjectedServer): void {
    this.#ejected.delete(keyOf(server));
    this.#observe();
  }

  /** The circuit breaker of a backend is in another state. */
  breaker(backend: string, state: BreakerState): void {
    this.#breakers.set(backend, state);
    this.#observe();
  }

  /** The proxy routes by this table now. Returns its publication, null where it is one that was confirmed before. */
  installed(tableId: string): Publication | null {
    const index = this.#pending.findIndex(({ publication }) => publication.derivation.table.id === tableId);
    const confirmed = this.#pending[index];
    if (confirmed === undefined) return null;
    this.#pending = this.#pending.slice(index + 1);
    const { publication, metadataVersion } = confirmed;
    const { derivation } = publication;
    const conditions = this.#conditionsOf(derivation.table);
    this.#install = { derivation, conditions, metadataVersion, installedAt: Date.now() };
    // What is about nothing of this table would else be true again if it came back.
    this.#failing = [...conditions.failing.values()];
    this.#ejected = new Map(conditions.ejected);
    this.#breakers = new Map(conditions.breakers);
    return publication;
  }

  listening(address: string, port: number): void {
    this.#entrypoint = { name: 'http', address, port, state: 'listening' };
  }

  stopping(): void {
    this.#isStopping = true;
    this.#entrypoint = { ...this.#entrypoint, state: 'closing' };
  }

  get status(): Status {
    return {
      startedAt: this.#startedAt.at,
      uptimeMs: this.#clock() - this.#startedAt.monotonic,
      install: this.#install,
      metadata: this.#source.status,
      entrypoints: [this.#entrypoint],
      notReady: this.#notReady(),
    };
  }

  #notReady(): string[] {
    const reasons: string[] = [];
    if (this.#isStopping) reasons.push('the daemon is stopping');
    if (this.#install === null) {
      const { lastError } = this.#source;
      reasons.push(
        lastError === null
          ? 'no table is installed yet: metadata was not read so far'
          : `no table is installed yet: ${lastError.message}`,
      );
    }
    if (this.#entrypoint.state === 'waiting') reasons.push('the HTTP entrypoint does not listen yet');
    return reasons;
  }

  #observe(): void {
    if (this.#install === null) return;
    const { derivation, conditions: before } = this.#install;
    const conditions = this.#conditionsOf(derivation.table);
    this.#install = { ...this.#install, conditions };
    for (const occurrence of occurrencesBetween(before, conditions)) this.#tell(occurrence);
  }

  #tellOfSource(event: RefreshEvent, failuresBefore: number, lastError: string | null): void {
    if (event.kind === 'hold-ended') this.#tell({ kind: 'hold-ended' });
    if (event.kind === 'refreshed' && failuresBefore > 0)
      this.#tell({ kind: 'metadata-recovered', at: event.at });
    if (event.kind === 'failed' && (failuresBefore === 0 || event.error !== lastError))
      this.#tell({ kind: 'metadata-failing', at: event.at, error: event.error });
  }

  #conditionsOf(table: Table): Conditions {
    return conditionsOf(table, {
      failing: this.#failing,
      ejected: this.#ejected,
      breakers: this.#breakers,
    });
  }

  /** The same table was read again, perhaps (`reports` not null) with other reports. */
  #update(metadataVersion: string, reports: Publication | null): void {
    const waiting = this.#pending.at(-1);
    if (waiting !== undefined) {
      // The table is on its way to the proxy; what is newer goes with it.
      const publication =
        reports === null
          ? waiting.publication
          : { ...waiting.publication, id: reports.id, follows: null, derivation: reports.derivation };
      this.#pending = [...this.#pending.slice(0, -1), { publication, metadataVersion }];
    } else if (this.#install !== null) {
      this.#install = {
        ...this.#install,
        metadataVersion,
        derivation: reports?.derivation ?? this.#install.derivation,
      };
    }
  }
}
