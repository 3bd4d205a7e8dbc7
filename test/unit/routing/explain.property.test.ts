import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import type { Rewrite } from '../../../src/model/table.ts';
import { explainRequest } from '../../../src/routing/explain.ts';
import { buildMatcher } from '../../../src/routing/matcher.ts';
import { comparePrecedence, decidingStep } from '../../../src/routing/precedence.ts';
import { anyRequest, anyRoute } from './anyTable.ts';
import { requestOf, tableOf } from './tables.ts';

const rewrite: Rewrite = { strip: [], addPrefix: '/x', replacePattern: null, replacePath: null };
const routes = fc.array(
  fc.tuple(anyRoute, fc.boolean()).map(([route, rewrites]) => (rewrites ? { ...route, rewrite } : route)),
  { maxLength: 12 },
);

const LONG = `/a/${'x'.repeat(3000)}`;

/** Besides usual ones, paths that servers read in two ways, and one that is not compared with patterns. */
const requests = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: anyRequest },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom('a.test', 'b.test', 'x.x'), fc.constantFrom('/a/..%2fb', '/..;x/a', LONG))
        .map(([host, target]) => requestOf(host, target)),
    },
  ),
  { minLength: 5 },
);

suite('explaining a request', () => {
  test('names the winner that the matcher finds, in any table, and agrees on what is unclear', () => {
    const seen = { routed: 0, 'no-route': 0, ambiguous: 0, 'too-long': 0 };
    fc.assert(
      fc.property(routes, requests, (claims, asked) => {
        const table = tableOf(...claims);
        const matcher = buildMatcher(table);
        for (const request of asked) {
          const { verdict, winner } = explainRequest(table, request);
          const match = matcher.match(request, false);
          assert.equal(verdict, typeof match === 'string' ? match : match === null ? 'no-route' : 'routed');
          assert.deepEqual(winner, typeof match === 'string' ? null : (match?.route ?? null));
          seen[verdict]++;
        }
      }),
      { numRuns: 1000 },
    );
    for (const [verdict, count] of Object.entries(seen)) assert.ok(count > 200, `${count} ${verdict}`);
  });

  test('says of each route that did not win which test failed, or which step put it behind the winner', () => {
    fc.assert(
      fc.property(routes, requests, (claims, asked) => {
        const table = tableOf(...claims);
        for (const request of asked) {
          const { considered, winner, verdict } = explainRequest(table, request);
          for (const { route, tests, takes } of considered) {
            assert.equal(
              takes === true,
              tests.every(({ passed }) => passed),
            );
            for (const { passed, why } of tests) assert.equal(why === null, passed);
            if (verdict !== 'routed' || winner === null) continue;
            assert.ok(takes !== true || route === winner || comparePrecedence(winner, route) < 0);
          }
        }
      }),
    );
  });

  test('names a deciding step for two routes exactly where one precedes the other', () => {
    fc.assert(
      fc.property(anyRoute, anyRoute, (a, b) => {
        assert.equal(decidingStep(a, b) === null, comparePrecedence(a, b) === 0);
      }),
    );
  });
});
