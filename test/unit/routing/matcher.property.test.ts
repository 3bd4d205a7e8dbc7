import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { comparablePath, resolvePath } from '../../../src/model/path.ts';
import type { Condition, Route, Table } from '../../../src/model/table.ts';
import type { MatchableRequest } from '../../../src/routing/conditions.ts';
import { buildMatcher } from '../../../src/routing/matcher.ts';
import { comparePrecedence } from '../../../src/routing/precedence.ts';
import { anyRequest, anyRoute } from './anyTable.ts';
import { serviceFound, tableOf } from './tables.ts';

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

suite('matching', () => {
  test('finds what a look at every route finds, in any table', () => {
    let found = 0;
    fc.assert(
      fc.property(
        fc.array(anyRoute, { maxLength: 12 }),
        fc.array(anyRequest, { minLength: 5 }),
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
