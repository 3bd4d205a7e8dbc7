import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { comparablePath, resolvePath } from '../../../src/model/path.ts';
import type { Condition, Route, Table } from '../../../src/model/table.ts';
import type { MatchableRequest } from '../../../src/routing/conditions.ts';
import { buildMatcher } from '../../../src/routing/matcher.ts';
import { comparePrecedence } from '../../../src/routing/precedence.ts';
import { requestOf, routeOf, serviceFound, tableOf } from './tables.ts';

/** A template of these tests as a JavaScript expression. */
function regexOf(template: string): string {
  return template
    .replaceAll('.', String.raw`\.`)
    .replace('{x:[a-z]+}', '[a-z]+')
    .replace('{n:[0-9]+}', '[0-9]+');
}

function matchesHost({ host, hostKind }: Route, name: string): boolean {
  if (hostKind === 'any') return true;
  return hostKind === 'exact' ? host === name : new RegExp(`^${regexOf(host)}$`).test(name);
}

function matchesPath({ path, pathKind }: Pick<Route, 'path' | 'pathKind'>, name: string): boolean {
  const source = pathKind === 'exact' || pathKind === 'prefix' ? path : regexOf(path);
  const isPrefix = pathKind === 'prefix' || pathKind === 'prefix-pattern';
  const rest = source.endsWith('/') ? '.*' : '(/.*)?';
  return new RegExp(`^${source}${isPrefix ? rest : ''}$`).test(name);
}

function fulfils(condition: Condition, request: MatchableRequest, path: string): boolean {
  if (condition.what === 'method') return condition.anyOf.includes(request.method);
  assert.ok(condition.what === 'path', `these tests have no condition on ${condition.what}`);
  return condition.anyOf.some((each) => matchesPath(each, path));
}

/** What the matcher is to find, by looking at every route. */
function expected({ routes }: Table, request: MatchableRequest): string | null {
  const path = comparablePath(resolvePath(request.path)!);
  const [first] = routes
    .filter((route) => matchesHost(route, request.host) && matchesPath(route, path))
    .filter(({ conditions }) => conditions.every((each) => fulfils(each, request, path)))
    .toSorted(comparePrecedence);
  return first?.service ?? null;
}

const host = fc.constantFrom(
  { host: 'a.test', hostKind: 'exact' } as const,
  { host: 'b.test', hostKind: 'exact' } as const,
  { host: '{x:[a-z]+}.test', hostKind: 'pattern' } as const,
  { host: 'a.{x:[a-z]+}', hostKind: 'pattern' } as const,
  { host: '*', hostKind: 'any' } as const,
);
const path = fc.constantFrom(
  { path: '/', pathKind: 'prefix' } as const,
  { path: '/a', pathKind: 'prefix' } as const,
  { path: '/a/b', pathKind: 'prefix' } as const,
  { path: '/a/', pathKind: 'prefix' } as const,
  { path: '/a', pathKind: 'exact' } as const,
  { path: '/{n:[0-9]+}', pathKind: 'pattern' } as const,
  { path: '/a/{x:[a-z]+}', pathKind: 'prefix-pattern' } as const,
);
const condition: fc.Arbitrary<Condition> = fc.oneof(
  fc.constantFrom('GET', 'POST').map((method) => ({ what: 'method', anyOf: [method] }) as const),
  path.map((each) => ({ what: 'path', anyOf: [each] }) as const),
);
const route = fc
  .record({
    host,
    path,
    conditions: fc.array(condition, { maxLength: 2 }),
    priority: fc.constantFrom(null, null, null, 1, 2),
    service: fc.constantFrom('s/a', 's/b', 's/c', 's/d'),
  })
  .map(({ service, host: which, path: where, ...given }) =>
    routeOf(which.host, service, { ...which, ...where, ...given }),
  );
const request = fc
  .record({
    host: fc.constantFrom('a.test', 'b.test', 'c.test', 'a.x', 'x.x', 'a.test.x'),
    path: fc.constantFrom(
      '/',
      '/a',
      '/a/',
      '/a/b',
      '/ab',
      '/a/b/c',
      '/42',
      '/4a',
      '/x/../a',
      '/%61/%62',
      '/a%2Fb',
    ),
    method: fc.constantFrom('GET', 'POST', 'PUT'),
  })
  .map(({ host: name, path: target, method }) => requestOf(name, target, { method }));

suite('matching', () => {
  test('finds what a look at every route finds, in any table', () => {
    let found = 0;
    fc.assert(
      fc.property(
        fc.array(route, { maxLength: 12 }),
        fc.array(request, { minLength: 5 }),
        (routes, requests) => {
          const table = tableOf(...routes);
          const matcher = buildMatcher(table);
          for (const each of requests) {
            const service = serviceFound(matcher, each.host, each.target, each);
            assert.equal(service, expected(table, each));
            if (service !== null) found++;
          }
        },
      ),
      { numRuns: 1000 },
    );
    assert.ok(found > 1000, `only ${found} requests had a route`);
  });
});
