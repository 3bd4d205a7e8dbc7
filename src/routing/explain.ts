import { isForwardedField } from '../model/forwarded.ts';
import { comparablePath, resolvePath } from '../model/path.ts';
import type { Condition, PathKind, PathMatch, Route, Table } from '../model/table.ts';
import { compileCondition, compileHostMatch, compilePathMatch, type MatchableRequest } from './conditions.ts';
import { needsPath, takesEveryPath } from './matcher.ts';
import { comparePrecedence, decidingStep, type PrecedenceStep } from './precedence.ts';
import type { Verdict } from './pattern.ts';
import { compileRewrite, type Rewritten, type Unclear } from './rewrite.ts';
import { conditionWords, routeWords } from './words.ts';

/** One thing that a route asks of a request. */
export interface RouteTest {
  readonly what: 'host' | 'path' | 'condition';
  /** What is asked for, e.g. `method is POST`. */
  readonly asks: string;
  readonly passed: boolean;
  /** Why it did not pass; null where it did. */
  readonly why: string | null;
}

/** A route that was looked at, with its tests in their order; the first that fails ends them. */
export interface JudgedRoute {
  readonly route: Route;
  readonly tests: readonly RouteTest[];
  /** `too-long`: nobody knows, since what is to be compared with a pattern is too long. */
  readonly takes: Verdict;
}

/** How the route of a request is found. */
export interface RequestExplanation {
  /** `ambiguous`, `too-long`: why it cannot be said which route takes the request, or what would be sent on. */
  readonly verdict: 'routed' | 'no-route' | Unclear;
  /** The path as it is compared; null where servers differ on it. */
  readonly path: string | null;
  /** The routes that concern the host, in the order in which they are tried, at most `MAX_LISTED`. */
  readonly considered: readonly JudgedRoute[];
  /** How many more concern it. */
  readonly unlisted: number;
  readonly winner: Route | null;
  /** Why the winner comes before others that take the request too, a sentence each; one sentence where there are none. */
  readonly reasons: readonly string[];
  /** What the server is asked for; null where nothing is sent. */
  readonly sent: Rewritten | null;
}

/** More routes than this help nobody. */
const MAX_LISTED = 100;
const MAX_REASONS = 3;

/**
 * Finds the route of a request as a matcher of the table does, and tells how. Takes time in proportion to the routes of its
 * host and of those of no exact host. `isTrusted`: whether the request is believed what it tells of its client.
 */
export function explainRequest(
  table: Table,
  request: MatchableRequest,
  isTrusted = false,
): RequestExplanation {
  const resolved = resolvePath(request.path);
  const path = resolved === null ? null : comparablePath(resolved);
  const judge = (route: Route): JudgedRoute => judgeRoute(route, request, path, isTrusted);
  const ofHost = table.routes
    .filter(({ host, hostKind }) => hostKind === 'exact' && host === request.host)
    .map(judge);
  const ofOtherHosts = table.routes.filter(({ hostKind }) => hostKind !== 'exact').map(judge);
  const found = find(ofHost, ofOtherHosts, path !== null);
  const judged = [...ofHost, ...ofOtherHosts].toSorted((a, b) => comparePrecedence(a.route, b.route));
  const winner = typeof found === 'string' ? null : found;
  const sent = winner === null ? null : rewrite(winner.route, request.target);
  return {
    verdict: typeof found === 'string' ? found : verdictOf(sent),
    path,
    ...listed(judged, winner),
    winner: winner?.route ?? null,
    reasons: winner === null ? [] : reasonsFor(winner, judged),
    sent: typeof sent === 'string' ? null : sent,
  };
}

function verdictOf(sent: Rewritten | Unclear | null): RequestExplanation['verdict'] {
  if (sent === null) return 'no-route';
  return typeof sent === 'string' ? sent : 'routed';
}

/** As `Matcher.match`: the routes of exact hosts first, then those of others that come before what was found. */
function find(
  ofHost: readonly JudgedRoute[],
  ofOtherHosts: readonly JudgedRoute[],
  isPathKnown: boolean,
): JudgedRoute | Unclear | null {
  const first = firstOf(ofHost, isPathKnown, null);
  return typeof first === 'string' ? first : (firstOf(ofOtherHosts, isPathKnown, first) ?? first);
}

function firstOf(
  judged: readonly JudgedRoute[],
  isPathKnown: boolean,
  rival: JudgedRoute | null,
): JudgedRoute | Unclear | null {
  for (const each of judged) {
    if (rival !== null && comparePrecedence(rival.route, each.route) < 0) return null;
    if (!isPathKnown && needsPath(each.route)) return 'ambiguous';
    if (each.takes === 'too-long') return each.takes;
    if (each.takes) return each;
  }
  return null;
}

function rewrite({ rewrite: how }: Route, target: string): Rewritten | Unclear {
  return how === null ? { target, prefix: null } : compileRewrite(how)(target);
}

/** Where there are too many, those whose host fits go first: the others say little. */
function listed(
  judged: readonly JudgedRoute[],
  winner: JudgedRoute | null,
): Pick<RequestExplanation, 'considered' | 'unlisted'> {
  if (judged.length <= MAX_LISTED) return { considered: judged, unlisted: 0 };
  const kept = new Set(
    [...judged]
      .sort(
        (a, b) => Number(b === winner) - Number(a === winner) || Number(fitsHost(b)) - Number(fitsHost(a)),
      )
      .slice(0, MAX_LISTED),
  );
  return { considered: judged.filter((each) => kept.has(each)), unlisted: judged.length - kept.size };
}

function fitsHost({ tests }: JudgedRoute): boolean {
  return tests.every(({ what, passed }) => what !== 'host' || passed);
}

const STEP_WORDS: Readonly<Record<PrecedenceStep, (winner: Route, rival: Route) => string>> = {
  priority: ({ priority }, rival) =>
    rival.priority === null
      ? `its priority is ${priority}, and the other has none`
      : `its priority ${priority} is higher than ${rival.priority}`,
  host: (winner, rival) =>
    winner.hostKind === 'exact'
      ? 'its host is exact'
      : `its host is a ${winner.hostKind}, and the other takes ${rival.hostKind} host`,
  'path-length': (winner, rival) => `its path ${winner.path} is longer than ${rival.path}`,
  'path-kind': () => 'its path is narrower',
  conditions: () => 'it has more conditions',
  service: () => 'all else is equal, and the name of its service comes first',
  text: () => 'all else is equal, and its spelling comes first',
};

function reasonsFor(winner: JudgedRoute, judged: readonly JudgedRoute[]): readonly string[] {
  const rivals = judged.filter((each) => each.takes === true && each !== winner);
  if (rivals.length === 0) return ['it is the only route that takes the request'];
  return rivals.slice(0, MAX_REASONS).map(({ route }) => {
    const step = decidingStep(winner.route, route) ?? 'text';
    return `before ${route.service} (${routeWords(route)}): ${STEP_WORDS[step](winner.route, route)}`;
  });
}

/** The tests of a route, up to the first that fails. */
function judgeRoute(
  route: Route,
  request: MatchableRequest,
  path: string | null,
  isTrusted: boolean,
): JudgedRoute {
  const tests: RouteTest[] = [];
  let isUnknown = false;
  const test = (what: RouteTest['what'], asks: string, verdict: Verdict, why: () => string): boolean => {
    const passed = verdict === true;
    isUnknown ||= verdict === 'too-long';
    const tooLong = 'it is too long to be compared with a pattern';
    tests.push({ what, asks, passed, why: passed ? null : verdict === 'too-long' ? tooLong : why() });
    return verdict !== false;
  };
  const passes =
    test('host', hostWords(route), compileHostMatch(route)(request.host), () =>
      route.hostKind === 'exact'
        ? `the host is ${request.host}`
        : `${request.host} does not match the pattern`,
    ) &&
    (takesEveryPath(route) ||
      test(
        'path',
        PATH_ASKS[route.pathKind](route.path),
        path !== null && compilePathMatch(route)(path),
        () => whyNotPath(route, path),
      )) &&
    route.conditions.every((condition) => {
      const needs = condition.what === 'path' && path === null;
      const verdict = !needs && compileCondition(condition)(request, path ?? '', isTrusted);
      return test('condition', conditionWords(condition), verdict, () =>
        whyNot(condition, request, path, isTrusted),
      );
    });
  return { route, tests, takes: passes && isUnknown ? 'too-long' : passes };
}

function hostWords({ host, hostKind }: Route): string {
  return hostKind === 'any' ? 'any host' : `host is ${host}`;
}

const PATH_ASKS: Readonly<Record<PathKind, (path: string) => string>> = {
  exact: (path) => `path is exactly ${path}`,
  pattern: (path) => `path matches ${path}`,
  'prefix-pattern': (path) => `path or its beginning matches ${path}`,
  prefix: (path) => `path is ${path} or below`,
};

function whyNotPath(match: PathMatch, path: string | null): string {
  if (path === null) return 'servers differ on where ".." in the path leads';
  if (match.pathKind === 'exact') return `the path is ${path}`;
  if (match.pathKind !== 'prefix') return `${path} does not match the pattern`;
  if (path.startsWith(match.path)) return `${path} goes on within a segment, and a prefix ends at one`;
  return path.toLowerCase().startsWith(match.path.toLowerCase())
    ? `${path} has other capitals, which count`
    : `${path} does not begin with it`;
}

function whyNot(
  condition: Condition,
  { host, method, target, fields }: MatchableRequest,
  path: string | null,
  isTrusted: boolean,
): string {
  if (condition.what === 'host') return `the host is ${host}`;
  if (condition.what === 'path')
    return path === null ? 'servers differ on where ".." in the path leads' : `the path is ${path}`;
  if (condition.what === 'method') return `the method is ${method}`;
  const { name } = condition;
  if (condition.what === 'query') {
    const at = target.indexOf('?');
    const has = at !== -1 && new URLSearchParams(target.slice(at + 1)).has(name);
    return has ? `the query has another ${name}` : `the query has no ${name}`;
  }
  const key = name.toLowerCase();
  if (isForwardedField(key) && !isTrusted)
    return `only a trusted peer is believed in ${name} (LB_TRUSTED_PROXIES)`;
  const has = fields.some((field, i) => i % 2 === 0 && field.toLowerCase() === key);
  return has ? `its ${name} has another value` : `the request has no field ${name}`;
}
