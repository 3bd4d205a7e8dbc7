import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { derive } from '../../../src/control/derive.ts';
import { viewDerivation } from '../../../src/control/views.ts';
import { KNOWN_LABELS } from '../../../src/labels/known.ts';
import type { Derivation } from '../../../src/model/derivation.ts';
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

test('an address that cannot stand in a URL makes no server, which the proxy could not connect to', () => {
  for (const address of ['fe80::1%eth0', '::ffff:127.0.0.1%1', 'db.local', '127.0.0.1:80', '127.1', '']) {
    const containers = [
      containerOf('bad', address),
      containerOf('v4', '127.0.0.9'),
      containerOf('v6', '::1'),
    ];
    const { table, services } = derive(snapshotOf(serviceOf('s/a', { containers })), SETTINGS);
    assert.equal(services[0]?.containers[0]?.reason, 'no-address');
    const hosts = table.backends.flatMap(({ servers }) => servers.map(({ url }) => new URL(url).host));
    assert.deepEqual(hosts, ['127.0.0.9:8080', '[::1]:8080']);
  }
});

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
      'edge/ext-api': ['http://127.203.113.10:80', 'http://127.203.113.11:80'],
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
      ['edge/ext-api', true, 'ext-api.edge.local', ''],
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
        const derivation = derive(snapshotOf(serviceOf('a/b', { labels })), SETTINGS);
        const [report] = derivation.services;
        const findings = report?.findings.filter(({ code }) => code === 'unsupported-label');
        assert.ok(report !== undefined);
        assert.equal(report.routed, !known.restricts, key);
        assert.deepEqual(
          findings?.map(({ severity, label }) => [severity, label]),
          [[known.restricts ? 'error' : 'warning', key]],
        );
        assert.doesNotMatch(
          JSON.stringify(viewDerivation(derivation)),
          /secret-value/,
          'values never appear',
        );
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
