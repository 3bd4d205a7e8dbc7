import { createHash } from 'node:crypto';
import type { Derivation, DeriveSettings } from '../model/derivation.ts';
import type { Resolution, Snapshot } from '../model/service.ts';
import { diffDerivations } from '../routing/diff.ts';
import { encodeTable } from '../routing/wire.ts';
import { derive } from './derive.ts';
import type { Publication } from './events.ts';

/** Derives each snapshot, also when its names resolve differently, and tells what of it is new. */
export class Publisher {
  readonly #settings: DeriveSettings;
  #snapshot: Snapshot | null = null;
  #last: Derivation | null = null;
  #lastReports = '';

  constructor(settings: DeriveSettings) {
    this.#settings = settings;
  }

  /** What was derived last; null before the first one. */
  get snapshot(): Snapshot | null {
    return this.#snapshot;
  }

  /** Null where nothing that follows from the snapshot differs from the last one. */
  publish(snapshot: Snapshot): Publication | null {
    this.#snapshot = snapshot;
    const derivation = derive(snapshot, this.#settings);
    const reports = createHash('sha256').update(JSON.stringify(derivation.services)).digest('hex');
    const isSameTable = derivation.table.id === this.#last?.table.id;
    if (isSameTable && reports === this.#lastReports) return null;
    const changes = diffDerivations(this.#last, derivation);
    this.#last = derivation;
    this.#lastReports = reports;
    return { derivation, tableBytes: isSameTable ? null : encodeTable(derivation.table), changes };
  }

  /** The same for the last snapshot where its names resolve to this by now. Null also before the first one. */
  publishResolved(resolutions: Readonly<Record<string, Resolution>>): Publication | null {
    if (this.#snapshot === null || this.#snapshot.resolutions === resolutions) return null;
    return this.publish({ ...this.#snapshot, resolutions });
  }
}
