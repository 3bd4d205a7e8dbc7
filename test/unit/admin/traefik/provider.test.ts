import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { BackendView } from '../../../../src/admin/traefik/backends.ts';
import type { FrontendView } from '../../../../src/admin/traefik/frontends.ts';
import { TraefikProvider } from '../../../../src/admin/traefik/provider.ts';
import { derive } from '../../../../src/control/derive.ts';
import type { Service } from '../../../../src/model/service.ts';
import type { Route } from '../../../../src/model/table.ts';
import { containerOf, serviceOf, SETTINGS, snapshotOf } from '../../control/environment.ts';

type Labels = Readonly<Record<string, string>>;

/** A service with a server, published under its rule. */
function ruled(id: string, rule: string, labels: Labels = {}): Service {
  const own = { 'traefik.enable': 'true', 'traefik.port': '80', 'traefik.frontend.rule': rule };
  return serviceOf(id, { containers: [containerOf('c', '127.0.0.1')], labels: { ...own, ...labels } });
}

function routesOf(...services: readonly Service[]): readonly Route[] {
  return derive(snapshotOf(...services), SETTINGS).table.routes;
}

function ask(services: readonly Service[], ...names: readonly string[]) {
  const { status, body } = new TraefikProvider(derive(snapshotOf(...services), SETTINGS).table).answer(names);
  return { status, body: JSON.parse(String(body)) as unknown };
}

interface Provider {
  readonly backends: Readonly<Record<string, BackendView>>;
  readonly frontends: Readonly<Record<string, FrontendView>>;
}

function providerOf(...services: readonly Service[]): Provider {
  return ask(services, 'rancher').body as Provider;
}

/** The rules of the frontends, by name. */
function rulesOf({ frontends }: Provider): Readonly<Record<string, string>> {
  const rules = Object.entries(frontends).map(([name, { routes }]) => [
    name,
    routes[`route-${name}`]?.rule ?? '',
  ]);
  return Object.fromEntries(rules) as Record<string, string>;
}

const WEB = serviceOf('shop/web', {
  containers: [containerOf('shop-web-1', '127.0.0.1'), containerOf('shop-web-2', '127.0.0.2')],
});

suite('a service, as the API of Traefik 1.7 shows it', () => {
  test('is a frontend and a backend, named by its rule and by itself', () => {
    assert.deepEqual(ask([WEB]).body, {
      rancher: {
        backends: {
          'backend-shop-web': {
            servers: {
              'server-0': { url: 'http://127.0.0.1:8080', weight: 1 },
              'server-1': { url: 'http://127.0.0.2:8080', weight: 1 },
            },
            loadBalancer: { method: 'wrr' },
          },
        },
        frontends: {
          'frontend-Host-web-shop-local': {
            entryPoints: ['http'],
            backend: 'backend-shop-web',
            routes: { 'route-frontend-Host-web-shop-local': { rule: 'Host:web.shop.local' } },
            passHostHeader: true,
            priority: 0,
            basicAuth: null,
          },
        },
      },
    });
  });

  test('shows what was asked for its balancing, but no field that a check sends', () => {
    const { backends, frontends } = providerOf(
      ruled('shop/web', 'Host:a.test', {
        'traefik.protocol': 'https',
        'traefik.weight': '12',
        'traefik.frontend.passHostHeader': 'false',
        'traefik.frontend.priority': '7',
        'traefik.backend.loadbalancer.method': 'drr',
        'traefik.backend.loadbalancer.stickiness': 'true',
        'traefik.backend.loadbalancer.stickiness.cookieName': 'chocolate',
        'traefik.backend.circuitbreaker.expression': 'NetworkErrorRatio() > 0.5',
        'traefik.backend.healthcheck.path': '/health',
        'traefik.backend.healthcheck.port': '880',
        'traefik.backend.healthcheck.scheme': 'http',
        'traefik.backend.healthcheck.hostname': 'check.test',
        'traefik.backend.healthcheck.interval': '1500ms',
        'traefik.backend.healthcheck.headers': 'Authorization: Bearer swordfish',
      }),
    );
    assert.deepEqual(backends, {
      'backend-shop-web': {
        servers: { 'server-0': { url: 'https://127.0.0.1:80', weight: 12 } },
        circuitBreaker: { expression: 'NetworkErrorRatio() > 0.5' },
        loadBalancer: { method: 'drr', stickiness: { cookieName: 'chocolate' } },
        healthCheck: {
          scheme: 'http',
          path: '/health',
          port: 880,
          interval: '1500ms',
          hostname: 'check.test',
        },
      },
    });
    const frontend = frontends['frontend-Host-a-test'];
    assert.deepEqual([frontend?.priority, 'passHostHeader' in (frontend ?? {})], [7, false]);
  });

  test('shows a method that Traefik has not, and a check with the usual interval', () => {
    const { backends } = providerOf(
      ruled('shop/web', 'Host:a.test', {
        'traefik.backend.loadbalancer.method': 'least',
        'traefik.backend.healthcheck.path': '/',
      }),
    );
    const { loadBalancer, healthCheck } = backends['backend-shop-web'] as BackendView;
    assert.deepEqual([loadBalancer, healthCheck], [{ method: 'least' }, { path: '/', interval: '30s' }]);
  });

  test('has a backend without servers while no container is eligible, and while it is refused, with the reason', () => {
    const { backends, frontends } = providerOf(
      serviceOf('shop/idle'),
      ruled('shop/closed', 'Host:closed.test', { 'traefik.frontend.auth.basic': 'ops:swordfish' }),
    );
    const none = { loadBalancer: { method: 'wrr' } };
    assert.deepEqual(backends, { 'backend-shop-closed': none, 'backend-shop-idle': none });
    const { refusal, basicAuth } = frontends['frontend-Host-closed-test'] as FrontendView;
    assert.match(refusal ?? '', /traefik\.frontend\.auth\.basic/);
    assert.equal(basicAuth, null);
    assert.equal(frontends['frontend-Host-idle-shop-local']?.refusal, undefined);
    assert.doesNotMatch(JSON.stringify({ backends, frontends }), /swordfish/);
  });

  test('is not there where it is not routed', () => {
    const off = serviceOf('shop/off', { labels: { 'traefik.enable': 'false' } });
    assert.deepEqual(providerOf(off), { backends: {}, frontends: {} });
  });
});

suite('names', () => {
  test('of segments are those of service, service and segment', () => {
    const labels = {
      'traefik.enable': 'true',
      'traefik.api.port': '81',
      'traefik.api.frontend.rule': 'Host:api.test',
      'traefik.ui.port': '82',
      'traefik.ui.frontend.rule': 'Host:ui.test;PathPrefix:/ui',
    };
    const { backends, frontends } = providerOf({ ...WEB, labels });
    assert.deepEqual(Object.keys(backends), [
      'backend-shop-web-shop-web-api',
      'backend-shop-web-shop-web-ui',
    ]);
    assert.deepEqual(
      Object.entries(frontends).map(([name, { backend }]) => [name, backend]),
      [
        ['frontend-shop-web-shop-web-api', 'backend-shop-web-shop-web-api'],
        ['frontend-shop-web-shop-web-ui', 'backend-shop-web-shop-web-ui'],
      ],
    );
  });

  test('of a backend that services share are what they call it', () => {
    const { backends, frontends } = providerOf(
      ruled('shop/a', 'Host:a.test', { 'traefik.backend': 'the pool/1' }),
      ruled('shop/b', 'Host:b.test', { 'traefik.backend': 'the pool/1' }),
    );
    assert.ok('backend-the-pool-1' in backends);
    assert.equal(frontends['frontend-Host-a-test']?.backend, 'backend-the-pool-1');
    assert.equal(frontends['frontend-Host-b-test']?.backend, 'backend-the-pool-1');
  });

  test('of segments that share a backend are of the service and what it is called', () => {
    const labels = {
      'traefik.enable': 'true',
      'traefik.port': '80',
      'traefik.backend': 'pool',
      'traefik.x.frontend.rule': 'Host:x.test',
    };
    const { backends, frontends } = providerOf({ ...WEB, labels });
    const [[name, frontend] = []] = Object.entries(frontends).filter(([each]) => !each.includes('Host'));
    assert.deepEqual([name, frontend?.backend], ['frontend-shop-web-pool', 'backend-pool-x']);
    assert.ok('backend-pool-x' in backends);
  });

  test('that would be the same are told apart, the same way whatever else there is', () => {
    const services = [ruled('a-b/c', 'Host:a.b'), ruled('a/b-c', 'Host:a-b'), ruled('a/other', 'Host:o')];
    const { backends, frontends } = providerOf(...services);
    const [one, two, other] = Object.keys(backends);
    assert.match(one ?? '', /^backend-a-b-c-[0-9a-f]{8}$/);
    assert.match(two ?? '', /^backend-a-b-c-[0-9a-f]{8}$/);
    assert.equal(other, 'backend-a-other');
    assert.deepEqual(
      Object.values(frontends)
        .map(({ backend, routes }) => `${Object.values(routes)[0]?.rule} ${backends[backend] !== undefined}`)
        .sort(),
      ['Host:a-b true', 'Host:a.b true', 'Host:o true'],
    );
    // Somebody takes the very name.
    const hostile = ruled(`a/${(one ?? '').slice('backend-a-'.length)}`, 'Host:h');
    const again = providerOf(...[hostile, ...services].toSorted((a, b) => (a.id < b.id ? -1 : 1)));
    assert.deepEqual(new Set(Object.keys(again.backends)), new Set([one, `${one}-2`, two, other]));
  });

  test('differ where rules differ in nothing that may be told', () => {
    const rules = rulesOf(
      providerOf(
        ruled('shop/a', 'Host:a.test;Headers:X-Key,swordfish'),
        ruled('shop/b', 'Host:a.test;Headers:X-Key,open sesame'),
      ),
    );
    assert.deepEqual(Object.values(rules), Array(2).fill('Host:a.test;Headers:x-key,(redacted)'));
    assert.equal(Object.keys(rules).length, 2);
  });

  test('are of letters and numbers of any script, and never too long for a path', () => {
    const many = Array.from({ length: 500 }, (_, i) => `host-${i}.test`).join(',');
    const { backends, frontends } = providerOf(
      ruled('läden/小-1_2', 'Host:a.test'),
      ruled('shop/many', `Host:${many}`),
      ruled('__proto__/constructor', 'Host:p.test'),
    );
    assert.deepEqual(
      Object.keys(backends),
      ['backend-läden-小-1-2', 'backend-proto-constructor', 'backend-shop-many'].sort(),
    );
    const [long = ''] = Object.keys(frontends).filter((name) => name.length > 100);
    assert.match(long, /^frontend-Host-host-0-test-[\w-]{150,200}-[0-9a-f]{8}$/);
  });
});

suite('a rule', () => {
  /** What a user wrote, and how it is shown; null: the same. */
  const RULES: Readonly<Record<string, string | null>> = {
    'Host:a.test': null,
    'Host:a.test,b.test': null,
    'Host:a.test,b.test;PathPrefix:/x,/y': null,
    'HostRegexp:a.test,{sub:[a-z]+}.test': null,
    'Host:a.test;Path:/x': null,
    'Host:a.test;Path:/x,/y/{id:[0-9]+}': null,
    'Host:a.test;PathStrip:/x': null,
    'Host:a.test;PathPrefixStrip:/x,/y': null,
    'Host:a.test;PathStripRegex:/{id:[0-9]+}': null,
    'Host:a.test;PathPrefixStripRegex:/{id:[0-9]+}': null,
    'Host:a.test;PathPrefixStrip:/': null,
    'PathPrefix:/only': null,
    'PathPrefix:/': null,
    'Host:b.test,a.test;PathPrefix:/x,/x/y': 'Host:a.test,b.test;PathPrefix:/x,/x/y',
    'Host:a.test;PathPrefix:/': 'Host:a.test',
    'Host:a.test;PathPrefixStrip:/x/y;PathPrefix:/x': null,
    'Host:a.test;Method:GET,POST': null,
    'Host:a.test;Query:a={any}': null,
    'Host:a.test;Query:a=1;Query:b=2': null,
    'Host:a.test;AddPrefix:/p': null,
    'Host:a.test;PathPrefix:/x;ReplacePath:/p': null,
    'Host:a.test;ReplacePathRegex:^/a/(.*) /b/$1': null,
    'Host:a.test,b.test;HostRegexp:{x:[a-z]}.test': null,
    'Method:GET;Host:a.test': 'Host:a.test;Method:GET',
    'Host:a.test;HeadersRegexp:X-A,swordf.*': 'Host:a.test;HeadersRegexp:x-a,(redacted)',
  };
  for (const [rule, shown] of Object.entries(RULES)) {
    test(`${rule} is shown in the same syntax`, () => {
      const [told, ...others] = Object.values(rulesOf(providerOf(ruled('s/a', rule))));
      assert.deepEqual([told, others], [shown ?? rule, []]);
      if (!rule.includes('Headers'))
        assert.deepEqual(routesOf(ruled('s/a', told ?? '')), routesOf(ruled('s/a', rule)));
    });
  }

  test('is told for the labels of the community template, too', () => {
    const labels = {
      'traefik.enable': 'true',
      'traefik.domain': 'one.test,two.test',
      'traefik.domain.regexp': '{sub:[a-z]+}.three.test',
      'traefik.port': '80',
      'traefik.path': '/exact',
      'traefik.path.prefix.strip': '/ex',
    };
    const rules = rulesOf(providerOf({ ...WEB, labels }));
    assert.deepEqual(Object.values(rules), [
      'HostRegexp:web.shop.one.test,web.shop.two.test,{sub:[a-z]+}.three.test;Path:/exact;PathPrefixStrip:/ex',
    ]);
    const own = { ...labels, 'traefik.frontend.rule': Object.values(rules)[0] ?? '' };
    assert.deepEqual(routesOf({ ...WEB, labels: own }), routesOf({ ...WEB, labels }));
  });

  test('tells what is left of it where another service has some of its hosts', () => {
    const rules = rulesOf(
      providerOf(
        ruled('a/first', 'Host:b.test;PathPrefix:/x'),
        ruled('b/second', 'Host:a.test,b.test,c.test;PathPrefix:/x,/y'),
      ),
    );
    assert.deepEqual(Object.values(rules).sort(), [
      'Host:a.test,c.test;PathPrefix:/x,/y',
      'Host:b.test;PathPrefix:/x',
      'Host:b.test;PathPrefix:/y',
    ]);
  });
});

suite('what is below a name', () => {
  const services = [WEB];

  test('is a part of the whole', () => {
    const { backends, frontends } = providerOf(...services);
    const [frontend = ''] = Object.keys(frontends);
    const parts: readonly (readonly [readonly string[], unknown])[] = [
      [['rancher', 'backends'], backends],
      [['rancher', 'backends', 'backend-shop-web'], backends['backend-shop-web']],
      [['rancher', 'backends', 'backend-shop-web', 'servers'], backends['backend-shop-web']?.servers],
      [
        ['rancher', 'backends', 'backend-shop-web', 'servers', 'server-1'],
        { url: 'http://127.0.0.2:8080', weight: 1 },
      ],
      [['rancher', 'frontends'], frontends],
      [['rancher', 'frontends', frontend], frontends[frontend]],
      [['rancher', 'frontends', frontend, 'routes'], frontends[frontend]?.routes],
      [['rancher', 'frontends', frontend, 'routes', `route-${frontend}`], { rule: 'Host:web.shop.local' }],
    ];
    for (const [names, part] of parts) assert.deepEqual(ask(services, ...names), { status: 200, body: part });
    const idle = ask([serviceOf('shop/idle')], 'rancher', 'backends', 'backend-shop-idle', 'servers');
    assert.deepEqual(idle, { status: 200, body: {} });
  });

  test('is 404 where there is no such thing, names of object members included', () => {
    const frontend = 'frontend-Host-web-shop-local';
    const PATHS: Readonly<Record<string, readonly (readonly string[])[]>> = {
      'no-such-provider': [['docker'], ['__proto__'], ['docker', 'backends']],
      'no-such-backend': [
        ['rancher', 'backends', 'x'],
        ['rancher', 'backends', 'constructor', 'servers'],
      ],
      'no-such-frontend': [['rancher', 'frontends', '__proto__']],
      'no-such-server': [['rancher', 'backends', 'backend-shop-web', 'servers', 'server-2']],
      'no-such-route': [['rancher', 'frontends', frontend, 'routes', 'toString']],
      'not-found': [
        ['rancher', 'x'],
        ['rancher', 'backends', 'backend-shop-web', 'loadBalancer'],
        ['rancher', 'backends', 'backend-shop-web', 'servers', 'server-0', 'url'],
        ['rancher', 'frontends', frontend, 'servers'],
      ],
    };
    for (const [code, paths] of Object.entries(PATHS)) {
      for (const names of paths) {
        const { status, body } = ask(services, ...names);
        const { error } = body as { error: { code: string } };
        assert.deepEqual([status, error.code], [404, code], names.join('/'));
      }
    }
  });
});
