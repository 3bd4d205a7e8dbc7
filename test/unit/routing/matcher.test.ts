import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Table } from '../../../src/model/table.ts';
import { buildMatcher } from '../../../src/routing/matcher.ts';
import { requestOf, routeOf, serviceFound, tableOf } from './tables.ts';

type Given = Parameters<typeof serviceFound>[3];

function serviceOf(table: Table, host: string, target = '/', given: Given = {}): string | null {
  return serviceFound(buildMatcher(table), host, target, given);
}

suite('a matcher', () => {
  test('finds the route of a host with its backend', () => {
    const match = buildMatcher(tableOf(routeOf('web.local', 's/web'))).match(
      requestOf('web.local', '/any'),
      false,
    );
    assert.ok(match !== null && typeof match !== 'string');
    assert.equal(match.route.host, 'web.local');
    assert.equal(match.backend.id, 's/web');
  });

  test('matches a host as a whole, never a part of it (CVE-2026-55602)', () => {
    const table = tableOf(routeOf('web.local', 's/web'));
    for (const host of ['web.loca', 'web.local.evil', 'eb.local', 'x.web.local', 'local', '', 'web.local.']) {
      assert.equal(serviceOf(table, host), null, host);
    }
  });

  test('does not take names of object properties for hosts', () => {
    const table = tableOf(routeOf('web.local', 's/web'));
    for (const host of ['__proto__', 'constructor', 'toString']) assert.equal(serviceOf(table, host), null);
  });

  test('ends a path prefix at a segment', () => {
    const table = tableOf(routeOf('h', 's/api', { path: '/api' }), routeOf('h', 's/dir', { path: '/dir/' }));
    for (const path of ['/api', '/api/', '/api/x']) assert.equal(serviceOf(table, 'h', path), 's/api', path);
    for (const path of ['/apis', '/', '/dir', '*']) assert.equal(serviceOf(table, 'h', path), null, path);
    assert.equal(serviceOf(table, 'h', '/dir/x'), 's/dir');
  });

  test('tries longer paths first, and an exact one before a prefix', () => {
    const table = tableOf(
      routeOf('h', 's/all'),
      routeOf('h', 's/api', { path: '/api' }),
      routeOf('h', 's/exact', { path: '/api', pathKind: 'exact' }),
    );
    assert.equal(serviceOf(table, 'h', '/api'), 's/exact');
    assert.equal(serviceOf(table, 'h', '/api/x'), 's/api');
    assert.equal(serviceOf(table, 'h', '/other'), 's/all');
  });

  test('sends OPTIONS * to the route of the whole host', () => {
    assert.equal(serviceOf(tableOf(routeOf('h', 's/all')), 'h', '*'), 's/all');
  });

  test('says which backend a broken table lacks', () => {
    const table: Table = { id: 'x', routes: [routeOf('h', 's/gone')], backends: [] };
    assert.throws(() => buildMatcher(table), /no backend s\/gone/);
  });

  test('tries a host template after the exact host, and any host last', () => {
    const table = tableOf(
      routeOf('*', 's/any', { hostKind: 'any' }),
      routeOf('{x:[a-z]+}.local', 's/pattern', { hostKind: 'pattern' }),
      routeOf('web.local', 's/api', { path: '/api' }),
    );
    assert.equal(serviceOf(table, 'web.local', '/api'), 's/api');
    assert.equal(serviceOf(table, 'web.local', '/'), 's/pattern', 'no route of the exact host takes it');
    assert.equal(serviceOf(table, 'x.local', '/api'), 's/pattern');
    assert.equal(serviceOf(table, 'web.evil'), 's/any');
  });

  test('tries a host template with a priority before the exact host without', () => {
    const table = tableOf(
      routeOf('web.local', 's/web'),
      routeOf('{x}.local', 's/pattern', { hostKind: 'pattern', priority: 1 }),
    );
    assert.equal(serviceOf(table, 'web.local'), 's/pattern');
  });

  test('asks every condition', () => {
    const table = tableOf(
      routeOf('h', 's/all'),
      routeOf('h', 's/post', { conditions: [{ what: 'method', anyOf: ['POST'] }] }),
    );
    assert.equal(serviceOf(table, 'h', '/', { method: 'POST' }), 's/post');
    assert.equal(serviceOf(table, 'h', '/', { method: 'GET' }), 's/all');
  });

  test('goes by the path that a server makes of .. segments, so that no rule can be passed by', () => {
    const table = tableOf(
      routeOf('h', 's/admin', { path: '/admin' }),
      routeOf('h', 's/public', { path: '/public' }),
    );
    for (const path of ['/public/../admin', '/public/%2e%2E/admin/x', '/%61dmin', '/./admin'])
      assert.equal(serviceOf(table, 'h', path), 's/admin', path);
    assert.equal(serviceOf(table, 'h', '/public/a%2Fb'), 's/public');
    assert.equal(serviceOf(table, 'h', '/public%2Fa'), null, 'an encoded slash parts no segments');
  });

  test('is ambiguous where servers differ on a .. and a route depends on it', () => {
    const byPath = tableOf(routeOf('h', 's/admin', { path: '/admin' }), routeOf('h', 's/all'));
    assert.equal(serviceOf(byPath, 'h', '/public/..%2fadmin'), 'ambiguous');
    assert.equal(serviceOf(tableOf(routeOf('h', 's/all')), 'h', '/public/..%2fadmin'), 's/all');
  });
});
