import { comparablePath, resolvePath } from '../model/path.ts';
import type { Backend, Route, Table } from '../model/table.ts';
import {
  compileCondition,
  compileHostMatch,
  compilePathMatch,
  type MatchableRequest,
  type Requirement,
} from './conditions.ts';
import type { Verdict } from './pattern.ts';
import { comparePrecedence } from './precedence.ts';
import { compileRewrite, type Rewriter, type Unclear } from './rewrite.ts';

/** The route that a request takes, and the backend that it leads to. */
export interface Match {
  readonly route: Route;
  /** Where the route is in the table. */
  readonly index: number;
  readonly backend: Backend;
  /** What makes the target that is sent on; null: as it came. */
  readonly rewriter: Rewriter | null;
}

/** Finds the route of a request. */
export interface Matcher {
  /**
   * The first route by precedence that takes the request. One look-up however many exact hosts there are; routes of other
   * hosts are tried one by one. Null: no route. `ambiguous`: a route depends on where a `..` of the path leads, and servers
   * differ on that (`resolvePath`). `too-long`: a route depends on a pattern, and what it is compared with is too long. `isTrusted`: whether the request is believed what it tells of its client.
   */
  match(request: MatchableRequest, isTrusted: boolean): Match | Unclear | null;
}

/** A route with its tests, made once. */
interface Candidate extends Match {
  readonly needsPath: boolean;
  readonly requirements: readonly Requirement[];
}

const NONE: readonly never[] = [];

/** Makes a matcher of a whole table at once. Throws where a route names a backend that the table lacks: a bug. */
export function buildMatcher(table: Table): Matcher {
  const builder = new MatcherBuilder();
  for (const backend of table.backends) builder.addBackend(backend);
  for (const route of table.routes) builder.addRoute(route);
  return builder.finish();
}

/** Makes a matcher piece by piece, for who must not take long at a time: first backends, then routes in the table's order. */
export class MatcherBuilder {
  readonly #backends = new Map<string, Backend>();
  readonly #byHost = new Map<string, Candidate[]>();
  readonly #ofOtherHosts: Candidate[] = [];
  #routes = 0;

  addBackend(backend: Backend): void {
    this.#backends.set(backend.id, backend);
  }

  addRoute(route: Route): void {
    const backend = this.#backends.get(route.backend);
    if (backend === undefined)
      throw new Error(
        `The table has no backend ${route.backend}, which the route of ${route.host} leads to.`,
      );
    const candidate = compileRoute(route, this.#routes, backend);
    this.#routes += 1;
    const candidates = this.#byHost.get(route.host);
    if (route.hostKind !== 'exact') this.#ofOtherHosts.push(candidate);
    else if (candidates === undefined) this.#byHost.set(route.host, [candidate]);
    else candidates.push(candidate);
  }

  finish(): Matcher {
    const byHost = this.#byHost;
    const ofOtherHosts = this.#ofOtherHosts;
    return {
      match(request, isTrusted) {
        const ofHost = firstOf(byHost.get(request.host) ?? NONE, request, isTrusted, null);
        if (typeof ofHost === 'string' || ofOtherHosts.length === 0) return ofHost;
        return firstOf(ofOtherHosts, request, isTrusted, ofHost) ?? ofHost;
      },
    };
  }
}

/** The first candidate that takes the request, of those that come before `rival`. */
function firstOf(
  candidates: readonly Candidate[],
  request: MatchableRequest,
  isTrusted: boolean,
  rival: Candidate | null,
): Candidate | Unclear | null {
  let path: string | null = null;
  for (const candidate of candidates) {
    if (rival !== null && comparePrecedence(rival.route, candidate.route) < 0) return null;
    if (candidate.needsPath && path === null) {
      const resolved = resolvePath(request.path);
      if (resolved === null) return 'ambiguous';
      path = comparablePath(resolved);
    }
    const verdict = takes(candidate, request, path ?? '', isTrusted);
    if (verdict === 'too-long') return verdict;
    if (verdict) return candidate;
  }
  return null;
}

function takes(
  { requirements }: Candidate,
  request: MatchableRequest,
  path: string,
  isTrusted: boolean,
): Verdict {
  let verdict: Verdict = true;
  for (const fulfils of requirements) {
    const one = fulfils(request, path, isTrusted);
    if (one === false) return false;
    if (one === 'too-long') verdict = one;
  }
  return verdict;
}

/** Whether a route takes every path; it may have conditions on it nevertheless. */
export function takesEveryPath({ path, pathKind }: Route): boolean {
  return path === '/' && pathKind === 'prefix';
}

/** Whether the path of a request decides over this route, or over what is sent on: it must be known then where its `..` lead. */
export function needsPath(route: Route): boolean {
  return (
    !takesEveryPath(route) || route.rewrite !== null || route.conditions.some(({ what }) => what === 'path')
  );
}

function compileRoute(route: Route, index: number, backend: Backend): Candidate {
  return {
    route,
    index,
    backend,
    rewriter: route.rewrite === null ? null : compileRewrite(route.rewrite),
    needsPath: needsPath(route),
    requirements: requirementsOf(route),
  };
}

function requirementsOf(route: Route): readonly Requirement[] {
  const everyPath = takesEveryPath(route);
  // A hundred thousand of the most common kind share one.
  if (everyPath && route.hostKind === 'exact' && route.conditions.length === 0) return NONE;
  const requirements: Requirement[] = [];
  if (route.hostKind === 'pattern') {
    const test = compileHostMatch(route);
    requirements.push(({ host }) => test(host));
  }
  if (!everyPath) {
    const test = compilePathMatch(route);
    requirements.push((_, path) => test(path));
  }
  return [...requirements, ...route.conditions.map(compileCondition)];
}
