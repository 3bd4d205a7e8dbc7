import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { derive } from '../../../src/control/derive.ts';
import { KNOWN_LABELS } from '../../../src/labels/known.ts';
import type { Derivation } from '../../../src/model/derivation.ts';
import type { Service } from '../../../src/model/service.ts';
import {
  PUBLISHED,
  SETTINGS,
  containerOf,
  recordedEnvironment,
  serviceOf,
  snapshotOf,
} from './environment.ts';

function codesOf(derivation: Derivation, id: string): readonly string[] {
  return derivation.services.find((report) => report.id === id)?.findings.map(({ code }) => code) ?? [];
}

suite('the recorded environment', () => {
  const derivation = derive(recordedEnvironment(), SETTINGS);

  test('gives the routes that its labels ask for', () => {
    assert.deepEqual(
      derivation.table.routes.map(({ host, service }) => `${host} → ${service}`),
      [
        'ext-api.edge.local → edge/ext-api',
        'idle.proxy-test.local → proxy-test/idle',
        'mixed.proxy-test.local → proxy-test/mixed',
        'no-check.proxy-test.local → proxy-test/no-check',
        'web-test.proxy-test.local → proxy-test/web-test',
      ],
    );
  });

  test('gives each route the servers that are eligible', () => {
    const servers = derivation.table.backends.map(({ id, servers: all }) => [id, all.map(({ url }) => url)]);
    assert.deepEqual(Object.fromEntries(servers), {
      'edge/ext-api': [],
      'proxy-test/idle': [],
      'proxy-test/mixed': ['http://127.42.110.1:8080', 'http://127.42.110.5:8080'],
      'proxy-test/no-check': [],
      'proxy-test/web-test': [
        'http://127.42.101.11:8080',
        'http://127.42.102.12:8080',
        'http://127.42.103.13:8080',
      ],
    });
  });

  test('reports every service that carries a label, and why what is missing is missing', () => {
    const said = derivation.services.map(({ id, routed, hosts, findings }) => [
      id,
      routed,
      hosts.join(),
      findings.map(({ severity, code }) => `${severity} ${code}`).join(),
    ]);
    assert.deepEqual(said, [
      ['edge/ext-api', true, 'ext-api.edge.local', 'warning unsupported-kind'],
      ['proxy-test/idle', true, 'idle.proxy-test.local', 'warning no-health-check'],
      ['proxy-test/mixed', true, 'mixed.proxy-test.local', ''],
      ['proxy-test/no-check', true, 'no-check.proxy-test.local', 'warning no-health-check'],
      ['proxy-test/web-test', true, 'web-test.proxy-test.local', ''],
    ]);
  });

  test('tells of each container whether it is eligible, and why not', () => {
    const mixed = derivation.services.find(({ id }) => id === 'proxy-test/mixed')!;
    assert.deepEqual(
      mixed.containers.map(({ eligible, reason }) => (eligible ? 'eligible' : reason)),
      ['eligible', 'unhealthy', 'initializing', 'not-running', 'eligible', 'initializing'],
    );
  });
});

suite('a report', () => {
  test('is made of a malformed service without labels too', () => {
    const malformed = {
      code: 'malformed-service',
      severity: 'error',
      label: null,
      message: 'No name.',
    } as const;
    const { services } = derive(
      snapshotOf(serviceOf('a/b', { labels: {}, findings: [malformed] })),
      SETTINGS,
    );
    assert.deepEqual(services[0]?.findings, [malformed]);
    assert.equal(services[0].routed, false);
  });

  test('names errors first', () => {
    const labels = {
      ...PUBLISHED,
      'traefik.port': 'x',
      'traefik.domain': '*',
      'traefik.zzz': 'x',
      'traefik.acme': 'true',
    };
    const [report] = derive(snapshotOf(serviceOf('a/b', { labels })), SETTINGS).services;
    assert.deepEqual(
      report?.findings.map(({ severity }) => severity),
      ['error', 'error', 'warning', 'warning'],
    );
  });

  test('of a refused service has no servers, though its containers are eligible', () => {
    const labels = { ...PUBLISHED, 'traefik.frontend.auth.basic.users': 'u:p' };
    const service = serviceOf('a/b', { labels, containers: [containerOf('c1', '127.0.0.1')] });
    const { table, services } = derive(snapshotOf(service), SETTINGS);
    assert.match(table.routes[0]?.refusal ?? '', /traefik\.frontend\.auth\.basic\.users/);
    assert.deepEqual(table.backends[0]?.servers, []);
    assert.deepEqual(services[0]?.servers, []);
    assert.equal(services[0].routed, false);
    assert.deepEqual(services[0].hosts, ['b.a.local'], 'its hosts answer 503');
    assert.equal(services[0].containers[0]?.eligible, true);
  });

  test('of who lost all hosts says so as an error and names the winner', () => {
    const stack = { ...PUBLISHED, 'traefik.enable': 'stack' };
    const derivation = derive(
      snapshotOf(serviceOf('a/2', { labels: stack }), serviceOf('a/1', { labels: stack })),
      SETTINGS,
    );
    const loser = derivation.services.find(({ id }) => id === 'a/2')!;
    assert.deepEqual([loser.routed, loser.hosts, loser.findings.length], [false, [], 1]);
    assert.equal(loser.findings[0]?.severity, 'error');
    assert.match(loser.findings[0].message, /claimed by a\/1 too, which wins/);
    assert.deepEqual(codesOf(derivation, 'a/1'), ['no-eligible-container']);
  });
});

suite('a known label that does not work yet', () => {
  for (const known of KNOWN_LABELS.filter(({ stage }) => stage !== 'A')) {
    const name = known.name.replace('**', 'x').replace('*', 'x');
    const keys = known.inSegments ? [name, name.replace('traefik.', 'traefik.api.')] : [name];
    test(`${keys.join(' and ')} ${known.restricts ? 'refuses' : 'only warns'}`, () => {
      for (const key of keys) {
        const labels = { ...PUBLISHED, [key]: 'secret-value' };
        const [report] = derive(snapshotOf(serviceOf('a/b', { labels })), SETTINGS).services;
        const findings = report?.findings.filter(({ code }) => code === 'unsupported-label');
        assert.equal(report?.routed, !known.restricts, key);
        assert.deepEqual(
          findings?.map(({ severity, label }) => [severity, label]),
          [[known.restricts ? 'error' : 'warning', key]],
        );
        assert.doesNotMatch(JSON.stringify(report), /secret-value/, 'values never appear');
        const open = derive(snapshotOf(serviceOf('a/b', { labels })), {
          ...SETTINGS,
          allowUnsupported: true,
        });
        assert.equal(open.services[0]?.routed, true);
        assert.equal(open.table.routes[0]?.refusal, null);
      }
    });
  }
});

/** Labels as a user might write them, and worse. */
const oddKey = fc.oneof(
  fc.constantFrom(...KNOWN_LABELS.map(({ name }) => name)),
  fc.constantFrom(...KNOWN_LABELS.map(({ name }) => name.toUpperCase())),
  fc.string({ unit: 'binary' }).map((text) => `traefik.${text}`),
  fc.constantFrom(
    '__proto__',
    'constructor',
    'traefik',
    'traefik.',
    'traefik.__proto__',
    'traefik.a.b.c.d.e',
  ),
  fc.string(),
);
const oddValue = fc.oneof(
  fc.constantFrom(
    'true',
    'false',
    'stack',
    '',
    ' ',
    '80',
    '0',
    '65536',
    'local',
    'a.example,b.example',
    '*',
    ',,',
  ),
  fc.domain(),
  fc.string({ unit: 'binary' }),
  fc.string().map((text) => text.repeat(1000)),
);
const labelSoup = fc
  .dictionary(oddKey, oddValue, { noNullPrototype: true })
  .chain((soup) => fc.constantFrom({ ...soup }, { ...PUBLISHED, ...soup }));

const oddService = (id: string): fc.Arbitrary<Service> =>
  fc
    .record({
      labels: labelSoup,
      kind: fc.constantFrom('service', 'externalService', 'dnsService', 'loadBalancerService', '', 'other'),
      hasHealthCheck: fc.boolean(),
      healthStates: fc.array(fc.constantFrom('healthy', 'unhealthy', '', null, 'updating-healthy', 'odd'), {
        maxLength: 3,
      }),
    })
    .map(({ healthStates, ...given }) => {
      const containers = healthStates.map((healthState, i) =>
        containerOf(`c${i}`, `127.0.0.${i + 1}`, { healthState }),
      );
      return serviceOf(id, { ...given, containers });
    });

suite('whatever the labels', () => {
  test('nothing throws, no message is endless or breaks a line, and no other service is affected', () => {
    const neighbour = serviceOf('other/neighbour', {
      labels: { ...PUBLISHED, 'traefik.domain': 'neighbour.test' },
      containers: [containerOf('n1', '127.0.0.9')],
    });
    const alone = derive(snapshotOf(neighbour), SETTINGS);
    fc.assert(
      fc.property(oddService('soup/service'), (service) => {
        const { table, services } = derive(snapshotOf(service, neighbour), SETTINGS);
        for (const { message, label } of services.flatMap(({ findings }) => findings)) {
          assert.ok(message.length < 2500, message);
          assert.doesNotMatch(message + (label ?? ''), /[\p{Cc}\p{Cs}]/u);
        }
        assert.deepEqual(
          services.filter(({ id }) => id === neighbour.id),
          alone.services,
        );
        assert.deepEqual(
          table.routes.filter((route) => route.service === neighbour.id),
          alone.table.routes,
        );
      }),
      { numRuns: 300 },
    );
  });

  test('the order of services, labels and containers never changes what is derived', () => {
    const some = fc.tuple(...['s/a', 's/b', 't/a', 'T/a'].map(oddService));
    const reordered = some.chain((services) =>
      fc.tuple(fc.constant(services), fc.shuffledSubarray(services, { minLength: services.length })),
    );
    fc.assert(
      fc.property(reordered, ([services, shuffled]) => {
        const turned = shuffled.map((service) => ({
          ...service,
          labels: Object.fromEntries(Object.entries(service.labels).toReversed()),
          containers: service.containers.toReversed(),
        }));
        assert.deepEqual(derive(snapshotOf(...turned), SETTINGS), derive(snapshotOf(...services), SETTINGS));
      }),
      { numRuns: 200 },
    );
  });

  test('a derivation survives structuredClone, for it crosses threads', () => {
    const derivation = derive(recordedEnvironment(), SETTINGS);
    assert.deepEqual(structuredClone(derivation), derivation);
  });
});
