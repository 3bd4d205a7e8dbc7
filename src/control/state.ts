import type { Derivation } from '../model/derivation.ts';
import type { Publication, RefreshEvent, Refreshed } from './events.ts';
import type { EntrypointStatus, Install, Status } from './status.ts';

/** After so many refresh intervals without a success, what is installed counts as stale. */
const STALE_AFTER_INTERVALS = 5;

export interface StateSettings {
  readonly metadataUrl: string;
  readonly refreshIntervalMs: number;
  /** What the entrypoint will listen on. */
  readonly entrypoint: { readonly address: string; readonly port: number };
}

/** What main knows, changed by events alone and read by the admin server. */
export class State {
  readonly #settings: StateSettings;
  readonly #startedAt = Date.now();
  #install: Install | null = null;
  /** Published tables that the proxy has not confirmed yet, oldest first. */
  #pending: Refreshed[] = [];
  #lastSuccessAt: number | null = null;
  #lastError: { readonly message: string; readonly at: number } | null = null;
  #failures = 0;
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
    this.#failures = 0;
    this.#lastSuccessAt = event.at;
    this.#lastError = null;
    if (event.publication === null) this.#updateVersion(event.metadataVersion);
    else if (event.publication.tableBytes !== null) this.#pending.push(event);
    else this.#updateReports(event.publication.derivation, event.metadataVersion);
    return { failuresBefore };
  }

  /** The proxy routes by this table now. Returns its publication, null where it is one that was confirmed before. */
  installed(tableId: string): Publication | null {
    const index = this.#pending.findIndex((event) => event.publication?.derivation.table.id === tableId);
    const event = this.#pending[index];
    if (event === undefined || event.publication === null) return null;
    this.#pending = this.#pending.slice(index + 1);
    const { publication, metadataVersion } = event;
    this.#install = { derivation: publication.derivation, metadataVersion, installedAt: Date.now() };
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
      },
      entrypoints: [this.#entrypoint],
      notReady: this.#notReady(),
    };
  }

  #isStale(): boolean {
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

  #updateVersion(metadataVersion: string): void {
    if (this.#install !== null) this.#install = { ...this.#install, metadataVersion };
  }

  #updateReports(derivation: Derivation, metadataVersion: string): void {
    const waiting = this.#pending.at(-1);
    const onItsWay = waiting?.publication ?? null;
    if (waiting !== undefined && onItsWay !== null) {
      // The table is on its way to the proxy; the newer reports go with it.
      const publication = { ...onItsWay, derivation };
      this.#pending = [...this.#pending.slice(0, -1), { ...waiting, publication, metadataVersion }];
    } else if (this.#install !== null) {
      this.#install = { ...this.#install, derivation, metadataVersion };
    }
  }
}
