import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { ParsedHead } from '../../../src/proxy/request.ts';
import { Router, type RouterContext } from '../../../src/proxy/router.ts';
import type { Table } from '../../../src/model/table.ts';
import { buildMatcher } from '../../../src/routing/matcher.ts';
import { backendOf, routeOf, tableOf } from '../routing/tables.ts';
import { fieldsOf, parsedHead } from './heads.ts';
import { proxySettings } from '../../support/settings.ts';

const SETTINGS = proxySettings({ trustedProxies: ['10.0.0.0/8'], limits: { bodyBytes: 1000 } });

const TABLE = tableOf(
  routeOf('a.test', 's/a'),
  routeOf('a.test', 's/api', { path: '/api' }),
  routeOf('closed.test', 's/closed', { refusal: 'traefik.frontend.auth.basic is not supported' }),
);

function contextOf(untrustedForwarder: RouterContext['untrustedForwarder']): RouterContext {
  const deaf = { breakerChanged: () => {}, ejected: () => {}, readmitted: () => {} };
  return { clock: () => 0, ...deaf, untrustedForwarder };
}

function routerOf(table: Table = TABLE, told: string[] = []): Router {
  const router = new Router(
    SETTINGS,
    contextOf((peer) => told.push(peer)),
  );
  router.install(table, buildMatcher(table));
  return router;
}

/** What becomes of a request: the backend that it is routed to, or the kind of failure. */
function outcome(given: Partial<ParsedHead>, router = routerOf()): string {
  const routed = router.route(parsedHead(given), '203.0.113.9');
  return routed.kind === 'routed' ? routed.match.backend.id : routed.failure.kind;
}

const asking = (...lines: readonly string[]) => ({ fields: fieldsOf('Host: a.test', ...lines) });

suite('what becomes of a request', () => {
  test('before the first table there is no route', () => {
    const router = new Router(
      SETTINGS,
      contextOf(() => {}),
    );
    assert.equal(router.route(parsedHead(), undefined).kind, 'unroutable');
  });

  test('its host and path, without query, choose the backend', () => {
    assert.equal(outcome({ target: '/' }), 's/a');
    assert.equal(outcome({ target: '/api/x?y=/z' }), 's/api');
    assert.equal(outcome({ target: '/x?/api' }), 's/a');
    assert.equal(outcome({ target: 'http://b.test/' }), 'no-route');
  });

  test('a bad head is refused before anything is looked up', () => {
    assert.equal(outcome({ fields: [] }), 'bad-request');
  });

  test('a refused service is not reachable, and its label is not shown to the world', () => {
    const routed = routerOf().route(parsedHead({ fields: ['Host', 'closed.test'] }), '203.0.113.9');
    assert.ok(routed.kind === 'unroutable');
    assert.deepEqual(routed.failure, { kind: 'refused', detail: 's/closed is not published' });
  });

  test('a backend without servers is no-server', () => {
    const table = { ...TABLE, backends: TABLE.backends.map(({ id }) => backendOf(id, 0)) };
    assert.equal(outcome({}, routerOf(table)), 'no-server');
  });

  test('a body that says that it is too large is refused unread, one that is just so large is not', () => {
    assert.equal(outcome(asking('Content-Length: 1001')), 'body-too-large');
    assert.equal(outcome(asking('Content-Length: 1000')), 's/a');
  });

  test('the one expectation is 100-continue; HTTP/1.0 knows none (RFC 9110 10.1.1)', () => {
    assert.equal(outcome(asking('Expect: 100-continue')), 's/a');
    assert.equal(outcome(asking('Expect: 200-ok')), 'unknown-expectation');
    assert.equal(outcome({ ...asking('Expect: 200-ok'), version: '1.0' }), 's/a');
  });

  test('an endless host does not make an endless answer', () => {
    const routed = routerOf().route(parsedHead({ fields: ['Host', 'x'.repeat(10_000)] }), '203.0.113.9');
    assert.ok(routed.kind === 'unroutable');
    assert.ok(routed.failure.detail.length < 300);
  });
});

test('the next request follows the new table', () => {
  const router = routerOf();
  const other = tableOf(routeOf('b.test', 's/b'));
  router.install(other, buildMatcher(other));
  assert.equal(outcome({}, router), 'no-route');
  assert.equal(outcome({ fields: ['Host', 'b.test'] }, router), 's/b');
});

function idFor(peer: string, ...lines: readonly string[]): string {
  return routerOf().route(parsedHead(asking(...lines)), peer).requestId;
}

suite('the request id', () => {
  test('is kept of a trusted peer, also an IPv4-mapped one, else made anew', () => {
    assert.equal(idFor('10.0.0.1', 'X-Request-Id: abc'), 'abc');
    assert.equal(idFor('::ffff:10.0.0.1', 'X-Request-Id: abc'), 'abc');
    assert.match(idFor('203.0.113.9', 'X-Request-Id: abc'), /^[0-9a-f-]{36}$/);
    assert.notEqual(idFor('10.0.0.1'), idFor('10.0.0.1'));
  });

  test('is there for a request that is not routed, too', () => {
    const { requestId } = routerOf().route(parsedHead({ fields: [] }), undefined);
    assert.match(requestId, /^[0-9a-f-]{36}$/);
  });
});

suite('a balancer in front that is not trusted', () => {
  const FORWARDED = asking('X-Forwarded-Proto: https');

  test('is told of once, for without it applications see http and redirect for ever', () => {
    const told: string[] = [];
    const router = routerOf(TABLE, told);
    for (const peer of ['192.168.0.1', '::ffff:192.168.0.1', '192.168.0.2', '192.168.0.1']) {
      router.route(parsedHead(FORWARDED), peer);
    }
    assert.deepEqual(told, ['192.168.0.1', '192.168.0.2']);
  });

  test('is not suspected of trusted peers, of the Internet, or of those who forward nothing', () => {
    const told: string[] = [];
    const router = routerOf(TABLE, told);
    router.route(parsedHead(FORWARDED), '10.0.0.1');
    router.route(parsedHead(FORWARDED), '203.0.113.9');
    router.route(parsedHead(FORWARDED), undefined);
    router.route(parsedHead(), '192.168.0.1');
    assert.deepEqual(told, []);
  });

  test('is told of a hundred times at most, so that nobody can flood the log', () => {
    const told: string[] = [];
    const router = routerOf(TABLE, told);
    for (let i = 0; i < 300; i += 1) router.route(parsedHead(FORWARDED), `192.168.${i % 3}.${i % 250}`);
    assert.equal(told.length, 100);
  });
});
