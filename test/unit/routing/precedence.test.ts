import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import type { Condition, Route } from '../../../src/model/table.ts';
import { comparePrecedence } from '../../../src/routing/precedence.ts';
import { routeOf } from './tables.ts';

const POST: Condition = { what: 'method', anyOf: ['POST'] };

/** Each goes before all that follow it. */
const IN_ORDER: readonly [string, Route][] = [
  ['the highest priority', routeOf('*', 's/z', { hostKind: 'any', priority: 10 })],
  ['a lower priority', routeOf('h', 's/z', { path: '/very/long', priority: 2 })],
  ['a negative priority', routeOf('h', 's/z', { priority: -1 })],
  ['an exact host with a longer path', routeOf('h', 's/z', { path: '/api/v2' })],
  ['an exact path', routeOf('h', 's/z', { path: '/api', pathKind: 'exact' })],
  ['a template of a whole path', routeOf('h', 's/z', { path: '/api{x:.*}', pathKind: 'pattern' })],
  ['a template of a prefix', routeOf('h', 's/z', { path: '/api{x:.*}', pathKind: 'prefix-pattern' })],
  ['a prefix with a condition', routeOf('h', 's/z', { path: '/api', conditions: [POST] })],
  ['a prefix', routeOf('h', 's/a', { path: '/api' })],
  ['the same of a later name', routeOf('h', 's/b', { path: '/api' })],
  [
    'a template with a shorter literal start',
    routeOf('h', 's/a', { path: '/{x:[a-z]+}', pathKind: 'pattern' }),
  ],
  ['every path', routeOf('h', 's/a')],
  ['a host template with a path', routeOf('{x}.h', 's/a', { hostKind: 'pattern', path: '/long/path' })],
  ['a host template', routeOf('{x}.h', 's/a', { hostKind: 'pattern' })],
  ['any host', routeOf('*', 's/a', { hostKind: 'any' })],
];

suite('precedence', () => {
  for (const [i, [name, route]] of IN_ORDER.entries()) {
    test(`puts ${name} before ${IN_ORDER[i + 1]?.[0] ?? 'nothing'}`, () => {
      for (const [other, later] of IN_ORDER.slice(i + 1)) {
        assert.ok(comparePrecedence(route, later) < 0, other);
        assert.ok(comparePrecedence(later, route) > 0, other);
      }
    });
  }

  test('sorts any order into the same', () => {
    const routes = IN_ORDER.map(([, route]) => route);
    const shuffled = fc.shuffledSubarray(routes, { minLength: routes.length });
    fc.assert(fc.property(shuffled, (some) => assert.deepEqual(some.toSorted(comparePrecedence), routes)));
  });
});
