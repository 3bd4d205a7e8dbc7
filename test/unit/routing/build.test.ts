import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import type { Route } from '../../../src/model/table.ts';
import { buildTable } from '../../../src/routing/build.ts';
import { settleConflicts } from '../../../src/routing/conflicts.ts';
import { compareBytes } from '../../../src/routing/precedence.ts';
import { backendOf, routeOf, tableOf } from './tables.ts';

function winner(...claims: readonly Route[]): string {
  const forth = settleConflicts(claims).routes;
  assert.equal(forth.length, 1);
  assert.deepEqual(settleConflicts(claims.toReversed()).routes, forth, 'the order of the input decided');
  return forth[0]!.service;
}

suite('two routes for one host and path', () => {
  test('go to the higher priority', () => {
    assert.equal(winner(routeOf('h', 'a/a', { priority: 1 }), routeOf('h', 'b/b', { priority: 2 })), 'b/b');
  });

  test('go to an explicit priority before none, even a negative one', () => {
    assert.equal(winner(routeOf('h', 'a/a'), routeOf('h', 'b/b', { priority: -1 })), 'b/b');
  });

  test('go to the first name in byte order among equals', () => {
    assert.equal(winner(routeOf('h', 'a/b'), routeOf('h', 'a/a'), routeOf('h', 'a/c')), 'a/a');
    assert.equal(winner(routeOf('h', 'a/a'), routeOf('h', 'Z/z')), 'Z/z', 'capitals come first in bytes');
    assert.equal(winner(routeOf('h', 'a-b/x'), routeOf('h', 'a/x')), 'a-b/x', '- comes before /');
  });

  test('go to what is not refused, whatever its priority', () => {
    const refused = routeOf('h', 'a/a', { priority: 9, refusal: 'closed' });
    assert.equal(winner(refused, routeOf('h', 'b/b')), 'b/b');
  });

  test('are no conflict where path or path kind differ', () => {
    const claims = [
      routeOf('h', 'a/a'),
      routeOf('h', 'b/b', { path: '/api' }),
      routeOf('h', 'c/c', { pathKind: 'exact' }),
    ];
    assert.equal(settleConflicts(claims).routes.length, 3);
  });

  test('tell each loser who won in the end', () => {
    const { losses } = settleConflicts([routeOf('h', 'a/c'), routeOf('h', 'a/b'), routeOf('h', 'a/a')]);
    const told = losses.map((loss) => `${loss.route.service} lost to ${loss.winner.service}`);
    assert.deepEqual(new Set(told), new Set(['a/b lost to a/a', 'a/c lost to a/a']));
  });
});

suite('a table', () => {
  test('has routes by host, then precedence, and backends by id', () => {
    const { routes, backends } = tableOf(
      routeOf('b', 's/1'),
      routeOf('a', 's/2'),
      routeOf('a', 's/3', { path: '/long' }),
      routeOf('a', 's/4', { path: '/long', pathKind: 'exact' }),
      routeOf('a', 's/5', { path: '/x', priority: 3 }),
    );
    assert.deepEqual(
      routes.map(({ service }) => service),
      ['s/5', 's/4', 's/3', 's/2', 's/1'],
    );
    assert.deepEqual(
      backends.map(({ id }) => id),
      ['s/1', 's/2', 's/3', 's/4', 's/5'],
    );
  });

  test('leaves out backends that no route leads to', () => {
    const { table } = buildTable([routeOf('h', 'a/a')], [backendOf('a/a'), backendOf('b/b')]);
    assert.deepEqual(
      table.backends.map(({ id }) => id),
      ['a/a'],
    );
  });

  test('survives structuredClone, for it crosses threads', () => {
    const table = tableOf(routeOf('h', 'a/a'));
    assert.deepEqual(structuredClone(table), table);
  });

  test('is the same, id included, for the same content in any order', () => {
    const routes = fc.uniqueArray(
      fc.record({
        host: fc.constantFrom('a', 'b', 'c'),
        service: fc.string({ maxLength: 3, unit: 'grapheme' }),
      }),
      { selector: ({ host, service }) => `${host} ${service}` },
    );
    const shuffled = routes.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    );
    fc.assert(
      fc.property(shuffled, ([one, other]) => {
        const [first, second] = [one, other].map((each) =>
          tableOf(...each.map(({ host, service }) => routeOf(host, service))),
        );
        assert.deepEqual(first, second);
      }),
    );
  });

  test('has another id as soon as anything in it differs', () => {
    const ids = [
      tableOf(),
      tableOf(routeOf('h', 'a/a')),
      tableOf(routeOf('i', 'a/a')),
      tableOf(routeOf('h', 'a/b')),
      tableOf(routeOf('h', 'a/a', { refusal: 'closed' })),
      tableOf(routeOf('h', 'a/a', { priority: 1 })),
      buildTable([routeOf('h', 'a/a')], [backendOf('a/a', 2)]).table,
      tableOf(routeOf('h', 'a/a', { passHostHeader: false })),
      buildTable([routeOf('h', 'a/a')], [{ ...backendOf('a/a'), method: 'drr' }]).table,
    ].map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
    for (const id of ids) assert.match(id, /^[0-9a-f]{12}$/);
  });
});

suite('byte order', () => {
  test('is that of UTF-8, also beyond the basic plane', () => {
    const texts = fc.string({ unit: 'grapheme-composite' });
    fc.assert(
      fc.property(texts, texts, (a, b) => {
        assert.equal(Math.sign(compareBytes(a, b)), Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
    );
    assert.equal(compareBytes('\uffff', '\u{10000}'), -1);
  });
});
