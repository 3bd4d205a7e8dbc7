import { createHash } from 'node:crypto';
import type { Derivation, DeriveSettings } from '../model/derivation.ts';
import type { Snapshot } from '../model/service.ts';
import { diffDerivations } from '../routing/diff.ts';
import { encodeTable } from '../routing/wire.ts';
import { derive } from './derive.ts';
import type { Publication } from './events.ts';

/** Derives each snapshot, and tells what of it is new. */
export class Publisher {
  readonly #settings: DeriveSettings;
  #snapshot: Snapshot | null = null;
  #last: Derivation | null = null;
  #lastReports = '';

  constructor(settings: DeriveSettings) {
    this.#settings = settings;
  }

  /** What was published last; null before the first one. */
  get snapshot(): Snapshot | null {
    return this.#snapshot;
  }

  /** What followed from that snapshot; null before the first one. */
  get derivation(): Derivation | null {
    return this.#last;
  }

  /** What follows from a snapshot. It is not published by that. */
  derive(snapshot: Snapshot): Derivation {
    return derive(snapshot, this.#settings);
  }

  /** Null where nothing that follows from the snapshot differs from the last one. `derivation` is the snapshot's own. */
  publish(snapshot: Snapshot, derivation = this.derive(snapshot)): Publication | null {
    this.#snapshot = snapshot;
    const reports = createHash('sha256').update(JSON.stringify(derivation.services)).digest('hex');
    const isSameTable = derivation.table.id === this.#last?.table.id;
    if (isSameTable && reports === this.#lastReports) return null;
    const changes = diffDerivations(this.#last, derivation);
    this.#last = derivation;
    this.#lastReports = reports;
    return { derivation, tableBytes: isSameTable ? null : encodeTable(derivation.table), changes };
  }
}
