import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { derive } from '../../../src/control/derive.ts';
import { countServers, isHeld, isMassRemoval } from '../../../src/control/removal.ts';
import { containerOf, PUBLISHED, serviceOf, SETTINGS, snapshotOf } from './environment.ts';

suite('a mass removal', () => {
  /** Servers before and after, per cent that may go, and whether that is too much. */
  const CASES: readonly (readonly [before: number, after: number, percent: number, isOne: boolean])[] = [
    [10, 2, 80, false],
    [10, 1, 80, true],
    [10, 0, 80, true],
    [5, 1, 80, false],
    [5, 0, 80, true],
    [4, 0, 80, false],
    [0, 0, 80, false],
    [1, 0, 0, false],
    [6, 1, 80, true],
    [30_000, 6_000, 80, false],
    [30_000, 5_999, 80, true],
    [10, 10, 0, false],
    [10, 20, 0, false],
    [10, 9, 0, true],
    [10, 0, 100, false],
    [10, 0, 99, true],
  ];
  for (const [before, after, percent, isOne] of CASES) {
    test(`${isOne ? 'is' : 'is not'} ${after} left of ${before} where ${percent} % may go`, () => {
      assert.equal(isMassRemoval(before, after, percent), isOne);
    });
  }
});

test('a mass removal is held, unless nothing ever is', () => {
  assert.equal(isHeld(10, 1, { maxRemovalPercent: 80, holdMs: 1 }), true);
  assert.equal(isHeld(10, 2, { maxRemovalPercent: 80, holdMs: 1 }), false);
  assert.equal(isHeld(10, 0, { maxRemovalPercent: 80, holdMs: 0 }), false);
});

suite('servers are counted', () => {
  test('as the table has them: of every backend, those that are eligible', () => {
    const containers = [
      containerOf('a-1', '127.0.0.1'),
      containerOf('a-2', '127.0.0.2', { healthState: 'unhealthy' }),
      containerOf('a-3', '127.0.0.3'),
    ];
    const labels = { ...PUBLISHED, 'traefik.enable': 'false' };
    const snapshot = snapshotOf(
      serviceOf('s/a', { containers }),
      serviceOf('s/b', { containers: containers.slice(0, 1) }),
      serviceOf('s/idle'),
      serviceOf('s/off', { labels, containers }),
    );
    assert.deepEqual(countServers(derive(snapshot, SETTINGS)), { servers: 3, services: ['s/a', 's/b'] });
  });

  test('once for each service that shares a backend with the same address, and never twice in it', () => {
    const labels = { ...PUBLISHED, 'traefik.backend': 'shared' };
    const external = { addresses: ['127.0.0.1'], hostname: null };
    const shared = { kind: 'externalService', labels, external };
    const snapshot = snapshotOf(serviceOf('s/a', shared), serviceOf('s/b', shared));
    assert.deepEqual(countServers(derive(snapshot, SETTINGS)), { servers: 1, services: ['s/a', 's/b'] });
  });
});
