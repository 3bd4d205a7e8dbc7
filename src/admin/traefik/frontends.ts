import { groupBy } from '../../control/group.ts';
import type { Route, Table } from '../../model/table.ts';
import { sharedNameOf } from './backends.ts';
import { normalized, uniqueNames } from './names.ts';
import { ruleText } from './rules.ts';

/** A frontend as Traefik 1.7 shows it. What is empty or false it leaves out. */
export interface FrontendView {
  readonly entryPoints: readonly string[];
  /** The name of a backend. */
  readonly backend: string;
  readonly routes: Readonly<Record<string, { readonly rule: string }>>;
  readonly passHostHeader?: true;
  /** 0: none. */
  readonly priority: number;
  readonly basicAuth: null;
  /** Why its requests are answered 503. Traefik has no such thing. */
  readonly refusal?: string;
}

/** Routes that differ in host and path alone: one rule takes all of them. */
interface Frontend {
  readonly first: Route;
  readonly rule: string;
}

/** By name, sorted. `backendNames` by the ids of backends. */
export function frontendsOf(
  { routes }: Table,
  backendNames: ReadonlyMap<string, string>,
): ReadonlyMap<string, FrontendView> {
  const frontends = groupRoutes(routes).map((group): Frontend => ({ first: group[0], rule: ruleOf(group) }));
  const names = uniqueNames(
    frontends,
    ({ first, rule }) => `frontend-${normalized(nameOf(first, rule))}`,
    ({ first, rule }) => `${first.service} ${first.segment ?? ''} ${rule}`,
  );
  const views = frontends.map((frontend) => {
    const name = names.get(frontend) ?? '';
    return [name, viewOf(frontend, name, backendNames)] as const;
  });
  return new Map(views.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function viewOf(
  { first, rule }: Frontend,
  name: string,
  backendNames: ReadonlyMap<string, string>,
): FrontendView {
  const { backend, passHostHeader, priority, refusal } = first;
  return {
    entryPoints: ['http'],
    backend: backendNames.get(backend) ?? '',
    routes: { [`route-${name}`]: { rule } },
    ...(passHostHeader ? { passHostHeader } : {}),
    priority: priority ?? 0,
    basicAuth: null,
    ...(refusal === null ? {} : { refusal }),
  };
}

/** A segment's is named like its backend, any other by its rule. */
function nameOf({ service, segment, backend }: Route, rule: string): string {
  if (segment === null) return rule;
  const shared = sharedNameOf(backend);
  return shared === null ? `${service}-${service}-${segment}` : `${service}-${shared}`;
}

type Group = readonly [Route, ...Route[]];

/** Of routes that have all but host and path in common, those whose hosts have the same paths. */
function groupRoutes(routes: readonly Route[]): readonly Group[] {
  const alike = groups(routes, traitsOf);
  return alike.flatMap((group) => (group.length === 1 ? [group] : byPaths(group)));
}

function byPaths(group: Group): readonly Group[] {
  const ofHosts = groups(group, ({ hostKind, host }) => `${hostKind} ${host}`);
  return groups(ofHosts, (ofHost) =>
    JSON.stringify(ofHost.map(({ pathKind, path }) => `${pathKind} ${path}`).toSorted()),
  ).map(([[first, ...rest], ...others]): Group => [first, ...rest, ...others.flat()]);
}

function groups<T>(values: readonly T[], keyOf: (value: T) => string): readonly (readonly [T, ...T[]])[] {
  return [...groupBy(values, keyOf).values()];
}

function traitsOf(route: Route): string {
  const { service, segment, backend, hostKind, pathKind, conditions, rewrite, priority } = route;
  const { passHostHeader, attempts, refusal } = route;
  const isPrefix = pathKind === 'prefix' || pathKind === 'prefix-pattern';
  const traits = [
    service,
    segment,
    backend,
    hostKind === 'any',
    isPrefix,
    priority,
    passHostHeader,
    attempts,
  ];
  return JSON.stringify([...traits, conditions, rewrite, refusal]);
}

/** Hosts and paths in an order of their own: that of the labels is not known any more. */
function ruleOf(group: Group): string {
  const { conditions, rewrite } = group[0];
  const hosts = groups(group, ({ hostKind, host }) => `${hostKind} ${host}`).map(([first]) => first);
  const paths = groups(group, ({ pathKind, path }) => `${pathKind} ${path}`).map(([first]) => first);
  return ruleText({
    hosts: hosts.toSorted((a, b) => (a.host < b.host ? -1 : 1)),
    paths: paths.toSorted((a, b) => (a.path < b.path ? -1 : 1)),
    conditions,
    rewrite,
  });
}
