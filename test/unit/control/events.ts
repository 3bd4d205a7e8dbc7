import type { Publication, RefreshFailed, Refreshed, Restored } from '../../../src/control/events.ts';
import type { Derivation } from '../../../src/model/derivation.ts';
import type { Change } from '../../../src/routing/diff.ts';
import { encodeTable } from '../../../src/routing/wire.ts';

/** A derivation with nothing in it but an id for its table. */
export function derivationOf(tableId: string): Derivation {
  return { table: { id: tableId, routes: [], backends: [] }, services: [] };
}

/** A publication of this derivation; without the table where only its reports are new. Compared with none, if not told otherwise. */
export function publicationOf(
  derivation: Derivation,
  given: {
    readonly reportsOnly?: boolean;
    readonly changes?: readonly Change[];
    readonly follows?: string | null;
  } = {},
): Publication {
  const { reportsOnly = false, changes = [], follows = null } = given;
  const tableBytes = reportsOnly ? null : encodeTable(derivation.table);
  const id = `${derivation.table.id} ${JSON.stringify(derivation.services)}`;
  return { id, follows, derivation, tableBytes, changes };
}

/** A refresh of `version`; `publication` null: nothing was new. */
export function refreshed(version: string, publication: Publication | null, at = Date.now()): Refreshed {
  return { kind: 'refreshed', at, durationMs: 12.4, metadataVersion: version, isHeld: false, publication };
}

/** What was kept on disk since it was read then. */
export function restored(version: string, publication: Publication, readAt: number): Restored {
  return { kind: 'restored', metadataVersion: version, readAt, publication };
}

export function failed(error: string, at = Date.now()): RefreshFailed {
  return { kind: 'failed', at, error, retryInMs: 1499.6 };
}

/** So many changes: `+ server 1`, `+ server 2`, … */
export function changesOf(count: number): readonly Change[] {
  return Array.from({ length: count }, (_, i) => ({
    kind: 'added',
    what: 'server',
    service: 'stack/service',
    text: `+ server ${i + 1}`,
  }));
}
