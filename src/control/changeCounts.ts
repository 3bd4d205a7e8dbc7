import type { Change } from '../routing/diff.ts';
import { count, firstOf, grouped } from './words.ts';

/** How many changes there are of each sort. A finding is never `changed`: another one takes its place. */
export interface ChangeCounts {
  readonly routes: { readonly added: number; readonly removed: number; readonly changed: number };
  readonly servers: { readonly added: number; readonly removed: number; readonly changed: number };
  readonly findings: { readonly added: number; readonly removed: number };
}

export function countChanges(changes: readonly Change[]): ChangeCounts {
  const counts = {
    route: { added: 0, removed: 0, changed: 0 },
    server: { added: 0, removed: 0, changed: 0 },
    finding: { added: 0, removed: 0, changed: 0 },
  };
  for (const { what, kind } of changes) counts[what][kind]++;
  const { added, removed } = counts.finding;
  return { routes: counts.route, servers: counts.server, findings: { added, removed } };
}

/** Changes in one line: `shop/web: 1 route added; 2 servers added, 1 removed`. Empty where there are none. */
export function changesSentence(changes: readonly Change[]): string {
  if (changes.length === 0) return '';
  const { routes, servers, findings } = countChanges(changes);
  const sorts = [kindsOf('route', routes), kindsOf('server', servers), kindsOf('finding', findings)];
  const services = [...new Set(changes.map(({ service }) => service))];
  return `${firstOf(services)}: ${sorts.filter((text) => text !== '').join('; ')}`;
}

/** `2 servers added, 1 removed`; empty where there are none. */
function kindsOf(noun: string, counts: Readonly<Record<string, number>>): string {
  const kinds = Object.entries(counts).filter(([, n]) => n > 0);
  return kinds.map(([kind, n], i) => `${i === 0 ? count(n, noun) : grouped(n)} ${kind}`).join(', ');
}
