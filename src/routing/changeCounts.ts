import type { Change } from './diff.ts';

interface Counts {
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
}

/** How many changes of each kind there are. */
export interface ChangeCounts {
  readonly routes: Counts;
  readonly servers: Counts;
  /** None is ever changed: one goes, another comes. */
  readonly findings: Omit<Counts, 'changed'>;
}

export function countChanges(changes: readonly Change[]): ChangeCounts {
  const counts = { route: noChanges(), server: noChanges(), finding: noChanges() };
  for (const { what, kind } of changes) counts[what][kind]++;
  const { added, removed } = counts.finding;
  return { routes: counts.route, servers: counts.server, findings: { added, removed } };
}

function noChanges(): Record<Change['kind'], number> {
  return { added: 0, removed: 0, changed: 0 };
}
