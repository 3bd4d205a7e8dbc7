import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Rewrite, Route } from '../../../src/model/table.ts';
import type { MatchableRequest } from '../../../src/routing/conditions.ts';
import { explainRequest } from '../../../src/routing/explain.ts';
import { requestOf, routeOf, tableOf } from './tables.ts';

const strip: Rewrite = {
  strip: [{ path: '/api', pathKind: 'prefix' }],
  addPrefix: '',
  replacePattern: null,
  replacePath: null,
};

function explain(routes: readonly Route[], request: MatchableRequest, isTrusted = false) {
  return explainRequest(tableOf(...routes), request, isTrusted);
}

/** What each route was found wanting, by service. */
function failures(routes: readonly Route[], request: MatchableRequest, isTrusted = false) {
  return explain(routes, request, isTrusted).considered.map(({ route, tests }) => [
    route.service,
    tests.find(({ passed }) => !passed)?.why ?? null,
  ]);
}

suite('why a route does not take a request', () => {
  test('its path, in words that tell the usual mistakes apart', () => {
    const routes = [
      routeOf('a.test', 's/exact', { path: '/api', pathKind: 'exact' }),
      routeOf('a.test', 's/pattern', { path: '/api/{n:[0-9]+}', pathKind: 'pattern' }),
      routeOf('a.test', 's/prefix', { path: '/api', pathKind: 'prefix' }),
      routeOf('a.test', 's/other', { path: '/b', pathKind: 'prefix' }),
    ];
    assert.deepEqual(failures(routes, requestOf('a.test', '/apis')), [
      ['s/pattern', '/apis does not match the pattern'],
      ['s/exact', 'the path is /apis'],
      ['s/prefix', '/apis goes on within a segment, and a prefix ends at one'],
      ['s/other', '/apis does not begin with it'],
    ]);
    assert.deepEqual(failures([routeOf('a.test', 's/case', { path: '/API' })], requestOf('a.test', '/api')), [
      ['s/case', '/api has other capitals, which count'],
    ]);
  });

  test('each kind of condition', () => {
    const request = requestOf('a.test', '/?x=1', { fields: ['X-Key', 'guess'] });
    for (const [condition, why] of [
      [{ what: 'method', anyOf: ['POST'] }, 'the method is GET'],
      [{ what: 'query', name: 'x', value: '2' }, 'the query has another x'],
      [{ what: 'query', name: 'y', value: '2' }, 'the query has no y'],
      [{ what: 'field', name: 'x-key', value: 'secret' }, 'its x-key has another value'],
      [{ what: 'field-pattern', name: 'X-Id', pattern: 'secret' }, 'the request has no field X-Id'],
      [{ what: 'host', anyOf: [{ host: 'b.test', hostKind: 'exact' }] }, 'the host is a.test'],
      [{ what: 'path', anyOf: [{ path: '/b', pathKind: 'exact' }] }, 'the path is /'],
    ] as const) {
      const routes = [routeOf('a.test', 's/a', { conditions: [condition] })];
      assert.deepEqual(failures(routes, request), [['s/a', why]]);
      assert.doesNotMatch(JSON.stringify(explain(routes, request).considered[0]?.tests), /secret/);
    }
  });

  test('a field that only trusted peers are believed in, and what changes when one is', () => {
    const condition = { what: 'field', name: 'X-Forwarded-Proto', value: 'https' } as const;
    const routes = [routeOf('a.test', 's/a', { conditions: [condition] })];
    const request = requestOf('a.test', '/', { fields: ['X-Forwarded-Proto', 'https'] });
    assert.match(String(failures(routes, request)[0]?.[1]), /only a trusted peer .*LB_TRUSTED_PROXIES/);
    assert.equal(failures(routes, request, true)[0]?.[1], null);
  });

  test('the first test that fails ends them: what comes behind would say nothing', () => {
    const routes = [routeOf('{x:[a-z]+}.b', 's/a', { hostKind: 'pattern', path: '/b', conditions: [] })];
    assert.deepEqual(
      explain(routes, requestOf('a.test')).considered[0]?.tests.map(({ what }) => what),
      ['host'],
    );
  });
});

function reasonsOf(routes: readonly Route[]) {
  return explain(routes, requestOf('a.test', '/a/b')).reasons;
}

function any(service: string, given: Partial<Route> = {}): Route {
  return routeOf('*', service, { hostKind: 'any', ...given });
}

suite('why a route wins', () => {
  for (const [step, winner, rival, reason] of [
    [
      'priority',
      any('s/a', { priority: 2 }),
      any('s/b', { priority: 1, path: '/a' }),
      'its priority 2 is higher than 1',
    ],
    [
      'any priority',
      any('s/a', { priority: 1 }),
      any('s/b', { path: '/a' }),
      'its priority is 1, and the other has none',
    ],
    ['exact host', routeOf('a.test', 's/a'), any('s/b', { path: '/a' }), 'its host is exact'],
    [
      'path length',
      any('s/a', { path: '/a/b' }),
      any('s/b', { path: '/a' }),
      'its path /a/b is longer than /a',
    ],
    [
      'path kind',
      any('s/b', { path: '/a/b', pathKind: 'exact' }),
      any('s/a', { path: '/a/b' }),
      'its path is narrower',
    ],
    [
      'conditions',
      any('s/b', { conditions: [{ what: 'method', anyOf: ['GET'] }] }),
      any('s/a'),
      'it has more conditions',
    ],
    [
      'name',
      any('s/a', { conditions: [{ what: 'method', anyOf: ['GET'] }] }),
      any('s/b', { conditions: [{ what: 'method', anyOf: ['GET', 'PUT'] }] }),
      'all else is equal, and the name of its service comes first',
    ],
  ] as const) {
    test(`by ${step}`, () => {
      const [said = '', ...more] = reasonsOf([rival, winner]);
      assert.ok(said.startsWith(`before ${rival.service} (`), said);
      assert.ok(said.endsWith(`): ${reason}`), said);
      assert.deepEqual(more, []);
    });
  }

  test('alone', () => {
    assert.deepEqual(reasonsOf([any('s/a'), any('s/b', { path: '/z' })]), [
      'it is the only route that takes the request',
    ]);
  });
});

suite('what an explanation holds', () => {
  test('what is sent on, with what was cut off', () => {
    const { sent, path } = explain(
      [routeOf('a.test', 's/a', { rewrite: strip })],
      requestOf('a.test', '/%61pi/x?y=1'),
    );
    assert.deepEqual(sent, { target: '/x?y=1', prefix: '/%61pi' });
    assert.equal(path, '/api/x');
  });

  test('nothing is sent where the rewritten path would be ambiguous', () => {
    const rewrite = { ...strip, strip: [], replacePattern: { pattern: 'x', replacement: '..%2f' } };
    const { verdict, winner, sent } = explain(
      [routeOf('a.test', 's/a', { rewrite })],
      requestOf('a.test', '/x'),
    );
    assert.deepEqual([verdict, winner?.service, sent], ['ambiguous', 's/a', null]);
  });

  test('of many routes a hundred, in order, the winner and those of the host among them', () => {
    const patterns = Array.from({ length: 300 }, (_, i) =>
      routeOf(`{x:[a-z]+}.n${i}.test`, `s/p${String(i).padStart(3, '0')}`, {
        hostKind: 'pattern',
        priority: 1,
      }),
    );
    const own = routeOf('a.test', 's/own');
    const last = routeOf('*', 's/last', { hostKind: 'any' });
    const { considered, unlisted, winner } = explain([...patterns, own, last], requestOf('a.test'));
    assert.deepEqual([considered.length, unlisted, winner?.service], [100, 202, 's/own']);
    assert.deepEqual(
      considered.slice(-2).map(({ route }) => route.service),
      ['s/own', 's/last'],
    );
  });

  test('other exact hosts are none of its business', () => {
    const { considered } = explain([routeOf('a.test', 's/a'), routeOf('b.test', 's/b')], requestOf('a.test'));
    assert.deepEqual(
      considered.map(({ route }) => route.service),
      ['s/a'],
    );
  });
});
