import type { DeriveSettings } from '../model/derivation.ts';
import { diffDerivations } from '../routing/diff.ts';
import { derive } from './derive.ts';
import type { Compared, Publication } from './events.ts';
import type { StoredSnapshot } from './storedSnapshot.ts';

/**
 * Compares the first publication of a run with what was live in the run before it, which follows from the stored snapshot and the settings
 * of that time. `settings` are those of now.
 */
export function compareRuns(
  { snapshot, settings: before }: StoredSnapshot,
  { id, derivation }: Publication,
  settings: DeriveSettings,
): Compared {
  const changes = diffDerivations(derive(snapshot, before ?? settings), derivation);
  return { kind: 'compared', publication: id, changes };
}
