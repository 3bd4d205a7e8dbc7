import assert from 'node:assert/strict';
import { test } from 'node:test';
import { derive } from '../../../src/control/derive.ts';
import { explainText, hasRefusal } from '../../../src/control/explainText.ts';
import { viewDerivation } from '../../../src/control/views.ts';
import { derivationOf as labelledDerivation, EXPLAINED } from '../../support/explained.ts';
import { derivationOf, finding, hostileServices, richServices, serviceOf } from '../../support/status.ts';
import { containerOf, serviceOf as serviceWith, SETTINGS, snapshotOf } from './environment.ts';

test('the routes stand first, then each service with what becomes of it and of its containers', () => {
  const text = explainText(derivationOf(richServices()));
  assert.ok(
    text.startsWith(`5 routes
  admin.shop.local/
     -> shop/admin, refused, answers 503
  api.shop.example.com/
     -> shop/api, 2 servers
`),
    text,
  );
  assert.ok(
    text.includes(`
shop/api: routed
  Requests for its hosts go to 2 servers.
  host api.shop.example.com
  host api.shop.example.org
  + container shop-api-1
      eligible: http://127.42.101.11:8080
  + container shop-api-2
      eligible: http://127.42.101.12:8080
  - container shop-api-3
      no requests: its health check fails (unhealthy)
`),
    text,
  );
});

test('a refused service shows the finding with the label to change', () => {
  const text = explainText(derivationOf(richServices()));
  assert.ok(
    text.includes(`
shop/pay: refused
  It is not routed until the error below is mended.
  + container shop-pay-1
      eligible, but its service is not routed
  error invalid-port (traefik.port)
      traefik.port is "http", which is no port; give a number from 1 to 65535
`),
    text,
  );
});

test('a route tells what else it asks for, and what is done to the path', () => {
  const text = explainText(labelledDerivation(EXPLAINED));
  assert.ok(
    text.includes(`
  api.shop.test/v1
     if the field x-key has the value asked for
     -> shop/api, 2 servers, priority 5
        cuts off /v1
`),
    text,
  );
});

test('the last line sums up what became of the services', () => {
  assert.ok(
    explainText(derivationOf(richServices())).endsWith(
      '\n\n6 services: 2 routed, 1 without servers, 2 refused, 1 not enabled\n',
    ),
  );
});

test('no line is wider than 80 columns where names allow it', () => {
  for (const line of explainText(derivationOf(richServices())).split('\n')) {
    assert.ok(line.length <= 80, line);
  }
});

test('names cannot steer the terminal or add lines of their own', () => {
  const escape = '\u001b[2J\u009b2J\nfaked: routed\r\u202e';
  const report = serviceOf('a/b', 1, {
    id: `a/${escape}`,
    hosts: [escape],
    findings: [finding('invalid-label', 'warning', escape, escape)],
  });
  const text = explainText(derivationOf([report, ...hostileServices()]));
  assert.doesNotMatch(text, /[^\P{C}\n]/u);
  assert.doesNotMatch(text, /^faked/m);
  assert.ok(text.includes('\\u{1b}[2J'));
});

test('with nothing labelled it says that there is nothing', () => {
  assert.equal(explainText(derivationOf([])), '0 routes\n\n0 services with traefik.* labels\n');
});

test('only an error is a refusal: warnings and services that do not ask to be routed are not', () => {
  const [webTest, , api, batch, blog, pay] = richServices();
  assert.equal(hasRefusal(derivationOf([webTest!, api!, batch!, blog!])), false);
  assert.equal(hasRefusal(derivationOf([webTest!, pay!])), true);
});

test('the JSON form has the routes with their servers, refused ones with their reason and without servers', () => {
  const { routes, services } = viewDerivation(derivationOf(richServices()));
  assert.deepEqual(routes[1], {
    host: 'api.shop.example.com',
    path: '/',
    pathKind: 'prefix',
    priority: null,
    service: 'shop/api',
    segment: null,
    conditions: [],
    rewrite: [],
    passHostHeader: true,
    backend: 'shop/api',
    servers: [
      { id: 'shop-api-1', url: 'http://127.42.101.11:8080', weight: 1, status: 'active' },
      { id: 'shop-api-2', url: 'http://127.42.101.12:8080', weight: 1, status: 'active' },
    ],
    method: 'wrr',
    sticky: false,
    circuitBreaker: null,
    refusal: null,
  });
  assert.match(routes[0]?.refusal ?? '', /traefik\.frontend\.auth\.basic/);
  assert.deepEqual(routes[0]?.servers, []);
  assert.deepEqual(
    services.map(({ id }) => id),
    richServices().map(({ id }) => id),
  );
});

test('every port of a container stands there, and servers that are no containers', () => {
  const labels = { 'traefik.enable': 'true', 'traefik.domain': 'test', 'traefik.port': '80' };
  const admin = { 'traefik.admin.port': '81', 'traefik.admin.domain': 'admin.test' };
  const text = explainText(
    derive(
      snapshotOf(
        {
          ...domainService('s/ext', { ...labels }),
          kind: 'externalService',
          external: { addresses: ['127.0.0.9'], hostname: null },
        },
        domainService('s/web', { ...labels, ...admin, 'traefik.web.weight': '2' }),
      ),
      SETTINGS,
    ),
  );
  assert.ok(text.includes('  + server 127.0.0.9\n      http://127.0.0.9:80\n'), text);
  assert.ok(
    text.includes(`  + container c1
      eligible: http://127.0.0.1:80, weight 2
      eligible: http://127.0.0.1:81
`),
    text,
  );
});

test('a service that only others serve is not said to answer 503, nor one that tags leave out to be off', () => {
  const shared = { 'traefik.enable': 'true', 'traefik.port': '80', 'traefik.backend': 'x' };
  const rule = { 'traefik.frontend.rule': 'Host:x.test' };
  const settings = { ...SETTINGS, constraints: [{ mustMatch: false, pattern: 'internal' }] };
  const text = explainText(
    derive(
      snapshotOf(
        domainService('s/a', { ...shared, ...rule }),
        { ...domainService('s/b', { ...shared, ...rule }), containers: [] },
        domainService('s/c', { 'traefik.enable': 'true', 'traefik.tags': 'internal' }),
      ),
      settings,
    ),
  );
  assert.match(
    text,
    /s\/b: routed\n +Requests for its hosts go to the services that share its backend: it has no\n/,
  );
  assert.match(text, /s\/c: not selected\n.*its tags do not fit/);
  assert.match(text, /3 services: 2 routed, 1 not selected\n$/);
});

function domainService(id: string, labels: Readonly<Record<string, string>>) {
  return serviceWith(id, { labels, containers: [containerOf('c1', '127.0.0.1')] });
}
