import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { serverOf } from '../../support/model.ts';
import { renderPage } from '../../../src/admin/page/page.ts';
import { MAX_SHOWN, select } from '../../../src/admin/page/selection.ts';
import { routeHref } from '../../../src/admin/page/links.ts';
import { durationWords } from '../../../src/control/words.ts';
import { NO_CONDITIONS, serverKey } from '../../../src/control/conditions.ts';
import type { RouteView } from '../../../src/control/views.ts';
import type { EntrypointStatus } from '../../../src/control/status.ts';
import {
  notReadyStatus,
  NOW,
  failingStatus,
  finding,
  installOf,
  manyServices,
  richServices,
  serviceOf,
  statusOf,
} from '../../support/status.ts';

const render = (status: Parameters<typeof renderPage>[0], filter = '') => renderPage(status, filter, NOW);
const countOf = (text: string, part: string) => text.split(part).length - 1;

const at = (port: number, state: EntrypointStatus['state'] = 'listening') => [
  { name: 'http', address: '::', port, state },
];

describe('the filter', () => {
  const install = installOf(richServices());
  const idsFor = (filter: string) => select(install, filter).services.shown.map(({ id }) => id);

  test('services with errors come first, then those with warnings, then the routed, each by id', () => {
    assert.deepEqual(idsFor(''), [
      'shop/admin',
      'shop/pay',
      'shop/api',
      'shop/blog',
      'proxy-test/web-test',
      'shop/batch',
    ]);
  });

  test('it looks in names, hosts, server addresses, container names and reasons, and findings, in any case', () => {
    assert.deepEqual(idsFor('WEB-TEST'), ['proxy-test/web-test']);
    assert.deepEqual(idsFor('example.org'), ['shop/api']);
    assert.deepEqual(idsFor('127.42.101.13'), ['proxy-test/web-test']);
    assert.deepEqual(idsFor('not-running'), ['shop/api']);
    assert.deepEqual(idsFor('invalid-port'), ['shop/pay']);
  });

  test('every word must be found', () => {
    assert.deepEqual(idsFor('  shop   traefik.PORT '), ['shop/pay', 'shop/api']);
    assert.deepEqual(idsFor('shop web-test'), []);
  });

  test('a service that matches brings its routes, whatever in it matched', () => {
    const { routes } = select(install, 'port-defaulted');
    assert.deepEqual(
      routes.shown.map(({ host }) => host),
      ['api.shop.example.com', 'api.shop.example.org'],
    );
  });

  test('a filter that matches nothing says so, and how to get back', () => {
    const page = render(statusOf(richServices()), 'no<such>thing');
    assert.match(page, /Nothing matches “no&lt;such&gt;thing”/);
    assert.doesNotMatch(page, /<table/);
  });
});

describe('with very many services', () => {
  const status = statusOf(manyServices(2000));

  test('the page shows the first few hundred of each kind, and says how many there are', () => {
    const page = render(status);
    assert.equal(countOf(page, '<details'), MAX_SHOWN);
    assert.equal(countOf(page, '<th scope="row"><a href="http://'), MAX_SHOWN);
    assert.match(page, /The first 300 of 2,000 services/);
    assert.match(page, /The first 300 of 2,000 routes/);
    assert.match(page, /The first 50\s+of 200 findings/);
    assert.ok(page.length < 1_000_000, `${page.length} characters`);
  });

  test('what has findings is among what is shown', () => {
    assert.equal(countOf(render(status), '<div class="service-body"'), MAX_SHOWN);
    const shown = select(status.install!, '').services.shown;
    assert.equal(shown.filter(({ findings }) => findings.length > 0).length, 200);
  });
});

describe('the state of things', () => {
  test('a page that is ready says so in its title and at its top', () => {
    const page = render(statusOf(richServices()));
    assert.match(page, /<title>ready · active-lb<\/title>/);
    assert.match(page, /Requests follow the routes below/);
  });

  test('not ready: each reason stands there, and why metadata cannot be read', () => {
    const page = render(notReadyStatus());
    assert.match(page, /<title>not ready · active-lb<\/title>/);
    assert.match(page, /no table is installed yet/);
    assert.match(page, /no such host; is this container on the managed network\?/);
    assert.doesNotMatch(page, /No service is labelled yet/);
  });

  test('held: what a refresh would leave, for how long it is not installed, and how to change that', () => {
    const { metadata } = statusOf([]);
    const hold = { since: NOW - 20_000, until: NOW + 40_000, serversBefore: 10, serversAfter: 1 };
    const page = (until: number, servicesLost: readonly string[]) => {
      const held = { ...hold, until, servicesLost };
      return renderPage(statusOf(richServices(), { metadata: { ...metadata, held } }), '', NOW).replace(
        /\s+/g,
        ' ',
      );
    };
    const text = page(hold.until, ['shop/<api>', 'b', 'c', 'd', 'e']);
    assert.match(text, /<title>[^<]*held/);
    assert.match(
      text,
      /20 s ago<\/time> would leave 1 of 10 servers, none of them of shop\/&lt;api&gt;, b, c and 2 more\./,
    );
    assert.match(text, /as before for 40 s more/);
    assert.match(text, /POST \/api\/release/);
    assert.match(page(NOW, []), /1 of 10 servers\. Requests are routed as before until it is read again/);
  });

  test('stale: the age and the error stand above everything', () => {
    const page = render(failingStatus(true));
    const age = page.indexOf('Metadata was last read');
    assert.ok(age > 0 && age < page.indexOf('id="findings"'));
    assert.match(page, /7 min ago/);
    assert.match(page, /no answer in 10 s/);
  });

  test('failing, but not stale yet: said as a warning, with what is served meanwhile', () => {
    const page = render(failingStatus(false));
    assert.match(page, /<title>metadata fails · active-lb<\/title>/);
    assert.match(page, /Metadata cannot be read/);
    assert.match(page, /routed by the last table/);
  });

  test('no labelled service: what to label', () => {
    const page = render(statusOf([]));
    assert.match(page, /No service is labelled yet/);
    assert.match(page, /traefik\.domain: example\.com/);
  });
});

describe('a service', () => {
  test('each container that receives nothing says why in plain words', () => {
    const page = render(statusOf(richServices()));
    for (const words of [
      'its health check fails',
      'its health check has not passed yet',
      'it is not running',
      'it has no address yet',
      'Rancher reports no health for it',
      'eligible, but its service is not routed',
    ]) {
      assert.ok(page.includes(words), words);
    }
  });

  test('one that is routed in part shows its errors in its line too', () => {
    const lost = finding('host-conflict', 'error', 'traefik.domain', 'b.test belongs to a/a');
    assert.match(
      render(statusOf([serviceOf('a/b', 1, { findings: [lost] })])),
      /<summary>[^]*1 error[^]*<\/summary>/,
    );
    assert.doesNotMatch(render(statusOf([serviceOf('a/b', 1)])), /1 error/);
  });

  test('a server whose active check fails is not said to receive requests, and why stands there', () => {
    const status = statusOf([serviceOf('a/b', 2)]);
    const [server] = status.install!.derivation.table.backends[0]!.servers;
    const failing = { backend: 'a/b', server: server!.id, url: server!.url, reason: 'answered 500' };
    const conditions = {
      failing: new Map([[serverKey('a/b', server!), failing]]),
      ejected: new Map(),
      breakers: new Map(),
    };
    const page = render({ ...status, install: { ...status.install!, conditions } });
    assert.match(page, /1 failing/);
    assert.match(page, /its active health check fails: answered 500/);
    assert.doesNotMatch(render(status), /failing/);
  });

  test('a circuit breaker that is not closed stands beside its service, a server that waits says so', () => {
    const status = statusOf([serviceOf('a/b', 2)]);
    const install = status.install!;
    const { table } = install.derivation;
    const backends = table.backends.map((backend) => ({
      ...backend,
      circuitBreaker: {
        expression: 'x',
        condition: {
          kind: 'compare',
          metric: { kind: 'network-error-ratio' },
          operator: '>',
          value: 1,
        } as const,
      },
    }));
    const services = install.derivation.services.map((report) => ({
      ...report,
      servers: report.servers.map((server, i) => ({ ...server, isPreferred: i === 0 })),
    }));
    const waiting = backends.map((backend) => ({ ...backend, servers: services[0]!.servers }));
    const derivation = { table: { ...table, backends: waiting }, services };
    const conditions = { ...NO_CONDITIONS, breakers: new Map([['a/b', 'open' as const]]) };
    const page = render({ ...status, install: { ...install, derivation, conditions } });
    assert.match(page, /circuit breaker open/);
    assert.equal(countOf(page, 'only while no server on our own host can'), 1);
    assert.doesNotMatch(render(status), /circuit breaker|only while/);
  });

  test('a server that is no container of the service is listed too', () => {
    const servers = [serverOf('external', 'http://127.0.0.9:80', { weight: 3 })];
    const page = render(statusOf([serviceOf('a/b', 0, { servers })]));
    assert.match(page, /http:\/\/127\.0\.0\.9:80/);
    assert.match(page, /weight 3/);
  });
});

describe('a link to a route', () => {
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
  });

  test('is absent where nothing would answer, or the host is not a plain name', () => {
    assert.equal(routeHref(route, at(8080, 'waiting')), null);
    assert.equal(routeHref(route, []), null);
    assert.equal(routeHref({ ...route, refusal: 'auth' }, at(80)), null);
    assert.equal(routeHref({ ...route, host: 'a@127.0.0.1' }, at(80)), null);
    assert.equal(routeHref({ ...route, host: '{x:.*}.local' }, at(80)), null);
    assert.equal(routeHref({ ...route, path: '@127.0.0.1/' }, at(80)), null);
  });
});

test('durations are told in their largest unit', () => {
  const words = [0, 59_499, 60_000, 3_599_000, 7_200_000, 86_400_000, 200_000_000, -5].map(durationWords);
  assert.deepEqual(words, ['0 s', '59 s', '1 min', '59 min', '2 h', '1 day', '2 days', '0 s']);
});
