import { createHash } from 'node:crypto';
import type { Backend, Route, Table } from '../model/table.ts';
import { settleConflicts, type Loss } from './conflicts.ts';
import { compareBytes, comparePrecedence } from './precedence.ts';

/** A table, and the routes that conflicts kept out of it. */
export interface BuiltTable {
  readonly table: Table;
  readonly losses: readonly Loss[];
}

/**
 * Builds a table from what services claim. Backends that no remaining route leads to are left out; each id must be
 * unique. The order of the input makes no difference; that of properties does, to the table's id.
 */
export function buildTable(claims: readonly Route[], backends: readonly Backend[]): BuiltTable {
  const settled = settleConflicts(claims);
  const routes = settled.routes.toSorted(compareRoutes);
  const used = new Set(routes.map((route) => route.backend));
  const kept = backends.filter(({ id }) => used.has(id)).toSorted((a, b) => compareBytes(a.id, b.id));
  return { table: { id: contentId(routes, kept), routes, backends: kept }, losses: settled.losses };
}

/** Exact hosts first, by name; what may take any host follows in the order in which it is tried. */
function compareRoutes(a: Route, b: Route): number {
  const byKind = Number(a.hostKind !== 'exact') - Number(b.hostKind !== 'exact');
  const byHost = a.hostKind === 'exact' ? compareBytes(a.host, b.host) : 0;
  return byKind || byHost || comparePrecedence(a, b);
}

/** Twelve hex digits that are the same for the same content; every property is written in the order of the types. */
function contentId(routes: readonly Route[], backends: readonly Backend[]): string {
  return createHash('sha256')
    .update(JSON.stringify(routes))
    .update(JSON.stringify(backends))
    .digest('hex')
    .slice(0, 12);
}
