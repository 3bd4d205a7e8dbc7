import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { derive } from '../../../src/control/derive.ts';
import { KNOWN_LABELS } from '../../../src/labels/known.ts';
import type { Service } from '../../../src/model/service.ts';
import {
  PUBLISHED,
  SETTINGS,
  containerOf,
  recordedEnvironment,
  serviceOf,
  snapshotOf,
} from './environment.ts';

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
  ruleSoup,
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
