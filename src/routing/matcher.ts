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

/**
 * What becomes of the requests of a route. All routes for which it is the same share it: where requests are for many thousand hosts, what
 * each of them has for itself is in no cache of the processor.
 */
export interface Terms extends Pick<Route, 'service' | 'refusal' | 'passHostHeader' | 'attempts'> {
  /** Their place among those of the table. */
  readonly index: number;
}

/** The route that a request takes, and the backend that it leads to. */
export interface Match {
  readonly route: Route;
  /** The route's. */
  readonly terms: Terms;
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
  /** The next one by precedence of the same host, or of those without one; null: the last. */
  next: Candidate | null;
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
  readonly #terms = new Map<string, Terms>();
  /** The first of each host. */
  readonly #byHost = new Map<string, Candidate>();
  #firstOfOtherHosts: Candidate | null = null;
  /** The one added last, and the first of its kind: those of a host come one after another. */
  #last: { readonly first: Candidate; readonly candidate: Candidate } | null = null;
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
    const candidate = compileRoute(route, this.#routes, backend, this.#termsOf(route));
    this.#routes += 1;
    const isExact = route.hostKind === 'exact';
    const first = isExact ? (this.#byHost.get(route.host) ?? null) : this.#firstOfOtherHosts;
    if (first !== null) lastOf(this.#last?.first === first ? this.#last.candidate : first).next = candidate;
    else if (isExact) this.#byHost.set(route.host, candidate);
    else this.#firstOfOtherHosts = candidate;
    this.#last = { first: first ?? candidate, candidate };
  }

  finish(): Matcher {
    const byHost = this.#byHost;
    const firstOfOtherHosts = this.#firstOfOtherHosts;
    return {
      match(request, isTrusted) {
        const ofHost = firstOf(byHost.get(request.host) ?? null, request, isTrusted, null);
        if (typeof ofHost === 'string' || firstOfOtherHosts === null) return ofHost;
        return firstOf(firstOfOtherHosts, request, isTrusted, ofHost) ?? ofHost;
      },
    };
  }

  #termsOf({ service, refusal, passHostHeader, attempts }: Route): Terms {
    const terms = { service, refusal, passHostHeader, attempts };
    const key = JSON.stringify(terms);
    const known = this.#terms.get(key);
    if (known !== undefined) return known;
    const made = { ...terms, index: this.#terms.size };
    this.#terms.set(key, made);
    return made;
  }
}

function lastOf(candidate: Candidate): Candidate {
  let last = candidate;
  while (last.next !== null) last = last.next;
  return last;
}

/** The first candidate from this one on that takes the request, of those that come before `rival`. */
function firstOf(
  from: Candidate | null,
  request: MatchableRequest,
  isTrusted: boolean,
  rival: Candidate | null,
): Candidate | Unclear | null {
  let path: string | null = null;
  for (let candidate = from; candidate !== null; candidate = candidate.next) {
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

function compileRoute(route: Route, index: number, backend: Backend, terms: Terms): Candidate {
  return {
    route,
    index,
    terms,
    backend,
    rewriter: route.rewrite === null ? null : compileRewrite(route.rewrite),
    needsPath: needsPath(route),
    requirements: requirementsOf(route),
    next: null,
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
