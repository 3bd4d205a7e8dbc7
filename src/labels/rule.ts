import type { Finding } from '../model/finding.ts';
import type { Condition, HostMatch, PathMatch, Rewrite, Route } from '../model/table.ts';
import { literalLength } from '../model/template.ts';

/** Which requests a service asks for, and what is done to their path. */
export interface Rule {
  /** One of each list; without a list any host. */
  readonly hosts: readonly (readonly HostMatch[])[];
  /** One of each list; without a list every path. */
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

/** Every request for the hosts may be held against all of them. */
const MAX_CONDITIONS = 50;

/** Each runs a pattern, and all may be tried for one request: 20 µs each, at worst much more. */
const MAX_TEMPLATES = 50;

/** Each route carries all conditions, and a condition may be a list. */
const MAX_TESTS = 20_000;

const ANY_HOST: HostMatch = { host: '*', hostKind: 'any' };
const EVERY_PATH: PathMatch = { path: '/', pathKind: 'prefix' };
/** From the narrowest. */
const KINDS: readonly (HostMatch['hostKind'] | PathMatch['pathKind'])[] = [
  'exact',
  'pattern',
  'prefix-pattern',
  'prefix',
];

/**
 * The routes that take what a rule asks for: one for each host and each path of the narrowest lists, so that exact
 * hosts stay one look-up. Everything else becomes a condition. The same however its lists are ordered.
 */
export function expandRule(rule: Rule): readonly RouteMatch[] {
  const [hosts = [ANY_HOST], ...otherHosts] = rule.hosts.map(unique).toSorted(compareLists);
  const [paths = [EVERY_PATH], ...otherPaths] = rule.paths.map(unique).toSorted(compareLists);
  const conditions = unique([
    ...rule.conditions,
    ...otherHosts.map((anyOf): Condition => ({ what: 'host', anyOf })),
    ...otherPaths.map((anyOf): Condition => ({ what: 'path', anyOf })),
  ]);
  const { rewrite } = rule;
  return hosts.flatMap(({ host, hostKind }) =>
    paths.map(({ path, pathKind }) => ({ host, hostKind, path, pathKind, conditions, rewrite })),
  );
}

/** What a rule has more of than can be held against requests, to be read after "more than"; null: nothing. */
export function surplusOf({ hosts, paths, conditions }: Rule): string | null {
  const routes = longestList(hosts) * longestList(paths);
  if (routes > MAX_ROUTES) return `${MAX_ROUTES} routes`;
  const entries: readonly (HostMatch | PathMatch)[] = [...hosts.flat(), ...paths.flat()];
  if (entries.filter(isTemplate).length > MAX_TEMPLATES)
    return `${MAX_TEMPLATES} hosts and paths with patterns`;
  const lists = [...hosts.slice(1), ...paths.slice(1)];
  if (conditions.length + lists.length > MAX_CONDITIONS) return `${MAX_CONDITIONS} conditions`;
  const tests = lists.reduce((sum, { length }) => sum + length, 1 + conditions.length);
  return routes * tests > MAX_TESTS ? `${MAX_TESTS} tests of requests, in all of its routes` : null;
}

function isTemplate(entry: HostMatch | PathMatch): boolean {
  return /[{}]/.test('host' in entry ? entry.host : entry.path);
}

function longestList(lists: readonly (readonly unknown[])[]): number {
  return lists.reduce((longestYet, { length }) => Math.max(longestYet, length), 1);
}

/** The longest first, so that of two prefixes the nearer one is cut. */
export function longestFirst(paths: readonly PathMatch[]): readonly PathMatch[] {
  return unique(paths).toSorted((a, b) => literalLength(b.path) - literalLength(a.path));
}

/** Each value once, in an order of their own. */
export function unique<T>(values: readonly T[]): readonly T[] {
  // Nearly always; the text is half of what a rule costs.
  if (values.length < 2) return values;
  const byText = new Map(values.map((value) => [JSON.stringify(value), value]));
  return [...byText].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
}

/** The list with the narrowest kinds leads, then the one with the longest entry: it decides over precedence. */
function compareLists<T extends HostMatch | PathMatch>(a: readonly T[], b: readonly T[]): number {
  return rank(a) - rank(b) || longest(b) - longest(a) || (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
}

function rank(list: readonly (HostMatch | PathMatch)[]): number {
  return Math.max(...list.map((each) => KINDS.indexOf('host' in each ? each.hostKind : each.pathKind)));
}

function longest(list: readonly (HostMatch | PathMatch)[]): number {
  return Math.max(...list.map((each) => literalLength('host' in each ? each.host : each.path)));
}
