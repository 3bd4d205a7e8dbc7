import type { Finding } from '../model/finding.ts';
import type { Condition, HostMatch, PathMatch, Rewrite, Route } from '../model/table.ts';
import { literalLength } from '../model/template.ts';

/** Which requests a service asks for, and what is done to their path. */
export interface Rule {
  /** One of them. */
  readonly hosts: readonly HostMatch[];
  /** One of each list. */
  readonly paths: readonly (readonly PathMatch[])[];
  /** All of them. */
  readonly conditions: readonly Condition[];
  readonly rewrite: Rewrite | null;
}

/** A rule as far as it was understood. */
export interface RuleReading {
  /** Null where not even a host is known that a refusal could be answered for. */
  readonly rule: Rule | null;
  /** Why its hosts answer 503, in one sentence for whoever requests them; null where all of it was understood. */
  readonly refusal: string | null;
  readonly findings: readonly Finding[];
}

/** What a route takes, and what it does to the path. */
export type RouteMatch = Pick<Route, 'host' | 'hostKind' | 'path' | 'pathKind' | 'conditions' | 'rewrite'>;

/** More routes than this a rule may not be expanded to: hosts and paths of long lists multiply. */
export const MAX_ROUTES = 1000;

const EVERY_PATH: PathMatch = { path: '/', pathKind: 'prefix' };
const KINDS = ['exact', 'pattern', 'prefix-pattern', 'prefix'] as const;

/**
 * The routes that take what a rule asks for: one for each of its hosts and each path of its narrowest list, so that exact
 * hosts stay one look-up. Everything else becomes a condition. The same however its lists are ordered.
 */
export function expandRule(rule: Rule): readonly RouteMatch[] {
  const [leading = [EVERY_PATH], ...others] = rule.paths.map(unique).toSorted(compareLists);
  const conditions = unique([
    ...rule.conditions,
    ...others.map((anyOf): Condition => ({ what: 'path', anyOf })),
  ]);
  const { rewrite } = rule;
  return unique(rule.hosts).flatMap(({ host, hostKind }) =>
    leading.map(({ path, pathKind }) => ({ host, hostKind, path, pathKind, conditions, rewrite })),
  );
}

/** How many routes `expandRule` makes of a rule at most. */
export function countRoutes({ hosts, paths }: Rule): number {
  return hosts.length * Math.max(1, ...paths.map(({ length }) => length));
}

/** The longest first, so that of two prefixes the nearer one is cut. */
export function longestFirst(paths: readonly PathMatch[]): readonly PathMatch[] {
  return unique(paths).toSorted((a, b) => literalLength(b.path) - literalLength(a.path));
}

/** Each value once, in an order of their own. */
export function unique<T>(values: readonly T[]): readonly T[] {
  const byText = new Map(values.map((value) => [JSON.stringify(value), value]));
  return [...byText].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
}

/** The list with the narrowest kind of path leads, then the one with the longest: it decides over precedence. */
function compareLists(a: readonly PathMatch[], b: readonly PathMatch[]): number {
  return rank(a) - rank(b) || longest(b) - longest(a) || (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
}

function rank(paths: readonly PathMatch[]): number {
  return Math.max(...paths.map(({ pathKind }) => KINDS.indexOf(pathKind)));
}

function longest(paths: readonly PathMatch[]): number {
  return Math.max(...paths.map(({ path }) => literalLength(path)));
}
