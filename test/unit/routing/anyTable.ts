import * as fc from 'fast-check';
import type { Condition, Route } from '../../../src/model/table.ts';
import type { MatchableRequest } from '../../../src/routing/conditions.ts';
import { requestOf, routeOf } from './tables.ts';

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
/** Routes that meet each other often. */
export const anyRoute: fc.Arbitrary<Route> = fc
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
/** Requests that such routes take, nearly take, and do not take. */
export const anyRequest: fc.Arbitrary<MatchableRequest> = fc
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
