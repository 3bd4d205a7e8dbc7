import type { Derivation, DeriveSettings } from '../model/derivation.ts';
import type { Snapshot } from '../model/service.ts';
import { diffDerivations } from '../routing/diff.ts';
import { encodeTable } from '../routing/wire.ts';
import { checksumOf } from './checksum.ts';
import { derive } from './derive.ts';
import type { Publication } from './events.ts';

/** Derives each snapshot, and tells what of it is new. */
export class Publisher {
  readonly #settings: DeriveSettings;
  #snapshot: Snapshot | null = null;
  #last: { readonly id: string; readonly derivation: Derivation } | null = null;

  constructor(settings: DeriveSettings) {
    this.#settings = settings;
  }

  /** What was published last; null before the first one. */
  get snapshot(): Snapshot | null {
    return this.#snapshot;
  }

  /** What followed from that snapshot; null before the first one. */
  get derivation(): Derivation | null {
    return this.#last?.derivation ?? null;
  }

  /** What follows from a snapshot. It is not published by that. */
  derive(snapshot: Snapshot): Derivation {
    return derive(snapshot, this.#settings);
  }

  /** Null where nothing that follows from the snapshot differs from the last one. `derivation` is the snapshot's own. */
  publish(snapshot: Snapshot, derivation = this.derive(snapshot)): Publication | null {
    this.#snapshot = snapshot;
    const { table, services } = derivation;
    const id = `${table.id} ${checksumOf(JSON.stringify(services))}`;
    const last = this.#last;
    if (id === last?.id) return null;
    this.#last = { id, derivation };
    const changes = diffDerivations(last?.derivation ?? null, derivation);
    const tableBytes = table.id === last?.derivation.table.id ? null : encodeTable(table);
    return { id, follows: last?.id ?? null, derivation, tableBytes, changes };
  }
}
