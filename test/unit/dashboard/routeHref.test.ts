import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { EntrypointStatus } from '../../../src/control/status.ts';
import type { RouteView } from '../../../src/control/views.ts';
import { routeHref } from '../../../src/dashboard/routeHref.ts';

const at = (port: number, state: EntrypointStatus['state'] = 'listening') => [
  { name: 'http', address: '::', port, state },
];

suite('a link to a route', () => {
  const route: RouteView = {
    host: 'web.local',
    path: '/a b',
    pathKind: 'prefix',
    priority: null,
    service: 'a/b',
    segment: null,
    conditions: [],
    rewrite: [],
    passHostHeader: true,
    backend: 'a/b',
    servers: [],
    method: 'wrr',
    sticky: false,
    circuitBreaker: null,
    refusal: null,
  };

  test('goes to the entrypoint', () => {
    assert.equal(routeHref(route, at(8080)), 'http://web.local:8080/a%20b');
    assert.equal(routeHref(route, at(80)), 'http://web.local/a%20b');
    assert.equal(routeHref({ ...route, path: '/\ud800"<' }, at(80)), 'http://web.local/%EF%BF%BD%22%3C');
  });

  test('has the path as requests have it: what is encoded is not encoded again, and none of it is a query', () => {
    assert.equal(routeHref({ ...route, path: '/caf%C3%A9/a%2F' }, at(80)), 'http://web.local/caf%C3%A9/a%2F');
    assert.equal(routeHref({ ...route, path: '/100%/?a#b' }, at(80)), 'http://web.local/100%25/%3Fa%23b');
  });

  test('is absent where nothing would answer, or the host is not a plain name, or the path a pattern', () => {
    assert.equal(routeHref(route, at(8080, 'waiting')), null);
    assert.equal(routeHref(route, []), null);
    assert.equal(routeHref({ ...route, refusal: 'auth' }, at(80)), null);
    for (const host of ['a@127.0.0.1', '{x:.*}.local', '', 'javascript:alert(1)', 'a/b', 'a.test:80', '-x'])
      assert.equal(routeHref({ ...route, host }, at(80)), null, host);
    assert.equal(routeHref({ ...route, path: '@127.0.0.1/' }, at(80)), null);
    assert.equal(routeHref({ ...route, pathKind: 'pattern' }, at(80)), null);
  });
});
