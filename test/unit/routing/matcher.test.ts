import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Table } from '../../../src/model/table.ts';
import { buildMatcher } from '../../../src/routing/matcher.ts';
import { routeOf, tableOf } from './tables.ts';

function serviceOf(table: Table, host: string, path = '/'): string | null {
  return buildMatcher(table).match(host, path)?.route.service ?? null;
}

suite('a matcher', () => {
  test('finds the route of a host with its backend', () => {
    const match = buildMatcher(tableOf(routeOf('web.local', 's/web'))).match('web.local', '/any?');
    assert.equal(match?.route.host, 'web.local');
    assert.equal(match?.backend.id, 's/web');
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
});
