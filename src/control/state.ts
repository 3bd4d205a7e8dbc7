import type { Derivation } from '../model/derivation.ts';
import type { BreakerState, FailingServer } from '../model/condition.ts';
import { conditionsOf } from './conditions.ts';
import type { Publication, RefreshEvent } from './events.ts';
import type { EntrypointStatus, Install, Status } from './status.ts';

/** After so many refresh intervals without a success, what is installed counts as stale. */
const STALE_AFTER_INTERVALS = 5;

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
  readonly #settings: StateSettings;
  readonly #startedAt = Date.now();
  #install: Install | null = null;
  /** Oldest first. */
  #pending: readonly Pending[] = [];
  #lastSuccessAt: number | null = null;
  #lastError: { readonly message: string; readonly at: number } | null = null;
  #failures = 0;
  #metadataVersion = '';
  #fromState: { readonly readAt: number } | null = null;
  /** What was told last, perhaps of another table than the installed one. */
  #failing: readonly FailingServer[] = [];
  #breakers = new Map<string, BreakerState>();
  #entrypoint: EntrypointStatus;
  #isStopping = false;

  constructor(settings: StateSettings) {
    this.#settings = settings;
    this.#entrypoint = { name: 'http', ...settings.entrypoint, state: 'waiting' };
  }

  /** Notes a refresh. `failuresBefore` tells how many failed since the last success. */
  note(event: RefreshEvent): { readonly failuresBefore: number } {
    const failuresBefore = this.#failures;
    if (event.kind === 'failed') {
      this.#failures++;
      this.#lastError = { message: event.error, at: event.at };
      return { failuresBefore };
    }
    if (event.kind === 'refreshed') {
      this.#failures = 0;
      this.#lastSuccessAt = event.at;
      this.#lastError = null;
      this.#metadataVersion = event.metadataVersion;
      this.#fromState = null;
    }
    if (event.kind === 'restored') {
      this.#metadataVersion = event.metadataVersion;
      this.#fromState = { readAt: event.readAt };
    }
    const { publication } = event;
    if (publication !== null && publication.tableBytes !== null) {
      this.#pending = [...this.#pending, { publication, metadataVersion: this.#metadataVersion }];
    } else {
      this.#update(this.#metadataVersion, publication?.derivation ?? null);
    }
    return { failuresBefore };
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
    const conditions = conditionsOf(derivation.table, this.#failing, this.#breakers);
    this.#install = { derivation, conditions, metadataVersion, installedAt: Date.now() };
    // What is about nothing of this table would else be true again if it came back.
    this.#failing = [...conditions.failing.values()];
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
      startedAt: this.#startedAt,
      install: this.#install,
      metadata: {
        url: this.#settings.metadataUrl,
        lastSuccessAt: this.#lastSuccessAt,
        lastError: this.#lastError,
        stale: this.#isStale(),
        fromState: this.#fromState,
      },
      entrypoints: [this.#entrypoint],
      notReady: this.#notReady(),
    };
  }

  #isStale(): boolean {
    if (this.#fromState !== null) return true;
    const since = this.#lastSuccessAt ?? this.#startedAt;
    return Date.now() - since > STALE_AFTER_INTERVALS * this.#settings.refreshIntervalMs;
  }

  #notReady(): string[] {
    const reasons: string[] = [];
    if (this.#isStopping) reasons.push('the daemon is stopping');
    if (this.#install === null) {
      reasons.push(
        this.#lastError === null
          ? 'no table is installed yet: metadata was not read so far'
          : `no table is installed yet: ${this.#lastError.message}`,
      );
    }
    if (this.#entrypoint.state === 'waiting') reasons.push('the HTTP entrypoint does not listen yet');
    return reasons;
  }

  #observe(): void {
    if (this.#install === null) return;
    const { table } = this.#install.derivation;
    this.#install = { ...this.#install, conditions: conditionsOf(table, this.#failing, this.#breakers) };
  }

  /** The same table was read again, perhaps (`derivation` not null) with other reports. */
  #update(metadataVersion: string, derivation: Derivation | null): void {
    const waiting = this.#pending.at(-1);
    if (waiting !== undefined) {
      // The table is on its way to the proxy; what is newer goes with it.
      const publication = {
        ...waiting.publication,
        derivation: derivation ?? waiting.publication.derivation,
      };
      this.#pending = [...this.#pending.slice(0, -1), { publication, metadataVersion }];
    } else if (this.#install !== null) {
      this.#install = {
        ...this.#install,
        metadataVersion,
        derivation: derivation ?? this.#install.derivation,
      };
    }
  }
}
