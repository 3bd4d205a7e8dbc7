import { buildTable } from '../src/routing/build.ts';
import { buildMatcher, type Matcher } from '../src/routing/matcher.ts';
import type { Backend, Route } from '../src/model/table.ts';
import { median } from './statistics.ts';

/** What a match costs beside so many routes whose host is a pattern, none of which takes the request. Nanoseconds. */
export interface PatternFigures {
  readonly patterns: number;
  /** Of an exact host: what has no priority comes after it. */
  readonly exactNs: number;
  /** Of an exact host, where every pattern has a priority and is tried first; the patterns end otherwise than the host. */
  readonly otherEndsNs: number;
  /** The same where they end as the host does, so that each is really compared. */
  readonly sameEndsNs: number;
  /** Of a host that nobody has, where each pattern is really compared. */
  readonly unknownNs: number;
}

const HOSTS = 1000;
const WARM_UPS = 3;
const ROUNDS = 7;
/** How many comparisons with a pattern a round makes about. */
const COMPARISONS = 1_000_000;

/** Measures matching in a table of 1,000 exact hosts and so many patterns. */
export function measurePatterns(patterns: number): PatternFigures {
  const hosts = Array.from({ length: HOSTS }, (_, i) => `web-${i}.shop.example.local`);
  const matcherOf = (end: string, priority: number | null): Matcher =>
    matcher(
      hosts,
      Array.from({ length: patterns }, (_, i) => `{sub:[a-z]+}.team-${i}.${end}`),
      priority,
    );
  const unknown = Array.from({ length: HOSTS }, (_, i) => `nobody-${i}.shop.example.local`);
  return {
    patterns,
    exactNs: measure(matcherOf('example.local', null), hosts, 0, true),
    otherEndsNs: measure(matcherOf('example.test', 1), hosts, patterns, true),
    sameEndsNs: measure(matcher(hosts, sameEnds(patterns), 1), hosts, patterns, true),
    unknownNs: measure(matcher(hosts, sameEnds(patterns), null), unknown, patterns, false),
  };
}

function sameEnds(patterns: number): readonly string[] {
  return Array.from({ length: patterns }, (_, i) => `{sub:team-${i}-[a-z]+}.shop.example.local`);
}

function matcher(hosts: readonly string[], templates: readonly string[], priority: number | null): Matcher {
  const routes = [
    ...hosts.map((host) => route(host, 'exact', null)),
    ...templates.map((template) => route(template, 'pattern', priority)),
  ];
  return buildMatcher(buildTable(routes, [BACKEND]).table);
}

const BACKEND: Backend = {
  id: 'bench/web',
  servers: [],
  method: 'wrr',
  stickiness: null,
  circuitBreaker: null,
  healthCheck: null,
};

function route(host: string, hostKind: Route['hostKind'], priority: number | null): Route {
  return {
    host,
    hostKind,
    path: '/',
    pathKind: 'prefix',
    conditions: [],
    rewrite: null,
    priority,
    service: BACKEND.id,
    segment: null,
    backend: BACKEND.id,
    passHostHeader: true,
    attempts: null,
    refusal: null,
  };
}

function measure(table: Matcher, hosts: readonly string[], tried: number, isFound: boolean): number {
  const matches = Math.max(1000, Math.round(COMPARISONS / (tried + 1)));
  const request = { host: '', path: '/some/path', target: '/some/path', method: 'GET', fields: [] };
  const times: number[] = [];
  for (let round = 0; round < WARM_UPS + ROUNDS; round++) {
    let found = 0;
    const startedAt = performance.now();
    for (let i = 0; i < matches; i++) {
      request.host = hosts[(i * 7919) % hosts.length] ?? '';
      if (table.match(request, false) !== null) found++;
    }
    if (round >= WARM_UPS) times.push(((performance.now() - startedAt) * 1e6) / matches);
    if (found !== (isFound ? matches : 0)) throw new Error('the table does not match as it should');
  }
  return median(times);
}
