import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { derive } from '../../../src/control/derive.ts';
import { KNOWN_LABELS } from '../../../src/labels/known.ts';
import type { DeriveSettings } from '../../../src/model/derivation.ts';
import type { External, Service } from '../../../src/model/service.ts';
import {
  PUBLISHED,
  SETTINGS,
  containerOf,
  recordedEnvironment,
  serviceOf,
  snapshotOf,
} from './environment.ts';

/** What makes more of the soup have an effect. */
const OTHER_SETTINGS: readonly DeriveSettings[] = [
  SETTINGS,
  {
    ...SETTINGS,
    allowUnsupported: true,
    healthRequired: false,
    preferLocal: true,
    hostTemplate: '{service}-{stack}.{domain}',
    defaultDomain: 'default.test',
    constraints: [{ mustMatch: false, pattern: '*x*' }],
  },
];

/** Labels as a user might write them, and worse. */
const oddKey = fc.oneof(
  fc.constantFrom(...KNOWN_LABELS.map(({ name }) => name)),
  fc.constantFrom(...KNOWN_LABELS.map(({ name }) => name.toUpperCase())),
  fc
    .tuple(
      fc.constantFrom('api', 'web', 'API', '__proto__', 'my api', '\ud800', 'health'),
      fc.constantFrom(...KNOWN_LABELS.map(({ name }) => name), 'traefik.prot', 'traefik.frontend.rules'),
    )
    .map(([segment, name]) => name.replace('traefik.', `traefik.${segment}.`)),
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
const ruleSoup = fc
  .array(
    fc.tuple(
      fc.constantFrom(
        'Host',
        'HostRegexp',
        'Path',
        'PathPrefixStrip',
        'Headers',
        'Query',
        'Method',
        'AddPrefix',
      ),
      fc.array(
        fc.constantFrom('a.test', '{x:[a-z]+}.test', '/a', '/{x}', '/a/../b', 'k=v', 'GET', '{', '\\', ''),
      ),
    ),
  )
  .map((parts) => parts.map(([name, values]) => `${name}:${values.join(',')}`).join(';'));
const breakerSoup = fc
  .array(
    fc.constantFrom(
      'NetworkErrorRatio()',
      '>',
      '0.5',
      '&&',
      '||',
      '!',
      '(',
      ')',
      'ResponseCodeRatio(500,600,0,600)',
    ),
  )
  .map((parts) => parts.join(' '));
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
  fc.constantFrom(
    'https',
    'drr',
    'least',
    '10s',
    '/health',
    'K:v||x',
    '{service}-{stack}',
    '{service}.{domain}',
    'none',
  ),
  fc.domain(),
  ruleSoup,
  breakerSoup,
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
      external: fc.constantFrom<External | null>(
        null,
        { addresses: ['127.0.0.30'], hostname: null },
        { addresses: [], hostname: 'odd \u0000 name' },
      ),
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
    // It names a backend that others of its own stack could share, by the name that they would have to say.
    const labels = { ...PUBLISHED, 'traefik.domain': 'neighbour.test', 'traefik.backend': 'true' };
    const neighbour = serviceOf('other/neighbour', { labels, containers: [containerOf('n1', '127.0.0.9')] });
    fc.assert(
      fc.property(oddService('soup/service'), fc.constantFrom(...OTHER_SETTINGS), (service, settings) => {
        const alone = derive(snapshotOf(neighbour), settings);
        const { table, services } = derive(snapshotOf(service, neighbour), settings);
        for (const { message, label, segment } of services.flatMap(({ findings }) => findings)) {
          assert.ok(message.length < 2500, message);
          assert.doesNotMatch(`${message} ${label ?? ''} ${segment ?? ''}`, /[\p{Cc}\p{Cs}]/u);
        }
        assert.deepEqual(
          services.filter(({ id }) => id === neighbour.id),
          alone.services,
        );
        assert.deepEqual(
          table.routes.filter((route) => route.service === neighbour.id),
          alone.table.routes,
        );
        assert.deepEqual(
          table.backends.filter(({ id }) => id.startsWith('other/')),
          alone.table.backends,
        );
      }),
      { numRuns: 400 },
    );
  });

  test('a service of the same stack is affected by nothing but the backend that it shares by name', () => {
    const containers = [containerOf('n1', '127.0.0.9')];
    const labels = { ...PUBLISHED, 'traefik.domain': 'neighbour.test' };
    const alone = serviceOf('soup/alone', { labels, containers });
    const sharing = serviceOf('soup/sharing', {
      labels: { ...labels, 'traefik.backend': 'web' },
      containers,
    });
    const before = derive(snapshotOf(alone, sharing), SETTINGS);
    fc.assert(
      fc.property(oddService('soup/zoo'), ({ labels: soup, ...service }) => {
        const odd = { ...service, labels: { ...soup, 'traefik.backend': 'web' } };
        const { table, services } = derive(snapshotOf(alone, sharing, odd), SETTINGS);
        assert.deepEqual(
          services.filter(({ id }) => id !== odd.id),
          before.services,
        );
        assert.deepEqual(
          table.routes.filter((route) => route.service !== odd.id),
          before.table.routes,
        );
        const urls = (each: typeof table): readonly string[] =>
          each.backends.find(({ id }) => id === 'soup//web')?.servers.map(({ url }) => url) ?? [];
        assert.deepEqual(
          urls(before.table).filter((url) => !urls(table).includes(url)),
          [],
          'its servers stay',
        );
      }),
      { numRuns: 200 },
    );
  });

  test('the order of services, labels and containers never changes what is derived', () => {
    const ids = ['s/a', 's/b', 't/a', 'T/a'];
    const shared = { ...PUBLISHED, 'traefik.backend': 'web', 'traefik.sticky': 'true' };
    const some = fc.tuple(
      ...ids.map(oddService),
      fc.constant(serviceOf('s/shared', { labels: shared, containers: [containerOf('s1', '127.0.0.20')] })),
    );
    const reordered = some.chain((services) =>
      fc.tuple(
        fc.constant(services),
        fc.shuffledSubarray(services, { minLength: services.length }),
        fc.constantFrom(...OTHER_SETTINGS),
      ),
    );
    fc.assert(
      fc.property(reordered, ([services, shuffled, settings]) => {
        const turned = shuffled.map((service) => ({
          ...service,
          labels: Object.fromEntries(Object.entries(service.labels).toReversed()),
          containers: service.containers.toReversed(),
        }));
        assert.deepEqual(derive(snapshotOf(...turned), settings), derive(snapshotOf(...services), settings));
      }),
      { numRuns: 200 },
    );
  });

  test('a derivation survives structuredClone, for it crosses threads', () => {
    const derivation = derive(recordedEnvironment(), SETTINGS);
    assert.deepEqual(structuredClone(derivation), derivation);
  });
});
