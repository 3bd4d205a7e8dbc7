import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { derive } from '../../../src/control/derive.ts';
import {
  PUBLISHED,
  SETTINGS,
  containerOf,
  recordedEnvironment,
  serviceOf,
  snapshotOf,
} from './environment.ts';
import { oddService, OTHER_SETTINGS } from './oddServices.ts';

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
