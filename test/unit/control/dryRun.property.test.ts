import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { derive } from '../../../src/control/derive.ts';
import { dryRun } from '../../../src/control/dryRun.ts';
import { Publisher } from '../../../src/control/publisher.ts';
import { RemovalGuard } from '../../../src/control/removalGuard.ts';
import { surroundingsIn, viewService } from '../../../src/control/views.ts';
import { NO_CONDITIONS } from '../../../src/control/conditions.ts';
import type { Service, Snapshot } from '../../../src/model/service.ts';
import { GUARD, labelsOf, liveOf } from './dryRuns.ts';
import { containerOf, PUBLISHED, serviceOf, snapshotOf } from './environment.ts';
import { labelSoup, oddService, OTHER_SETTINGS } from './oddServices.ts';

const neighbour = serviceOf('soup/neighbour', {
  labels: { ...PUBLISHED, 'traefik.frontend.rule': 'Host:a.test' },
  containers: Array.from({ length: 6 }, (_, i) => containerOf(`n${i}`, `127.0.1.${i + 1}`)),
});

const some = fc.record({
  service: oddService('soup/service'),
  added: labelSoup,
  removed: fc.array(fc.nat()),
  settings: fc.constantFrom(...OTHER_SETTINGS),
});

/** What a snapshot becomes when the labels are really changed, by hand. */
function changed(service: Service, added: Service['labels'], removed: ReadonlySet<string>): Service {
  const labels: Record<string, string> = {};
  const set = (key: string, value: string) =>
    Object.defineProperty(labels, key, { value, enumerable: true, configurable: true });
  for (const [key, value] of Object.entries(service.labels)) if (!removed.has(key)) set(key, value);
  for (const [key, value] of Object.entries(added)) set(key, value);
  return { ...service, labels };
}

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const each of Object.values(value)) frozen(each);
  }
  return value;
}

suite('whatever the labels', () => {
  test('a dry run tells what would be published if they were changed, and whether that would be held', () => {
    fc.assert(
      fc.property(some, ({ service, added, removed, settings }) => {
        const keys = Object.keys(service.labels);
        const gone = new Set(removed.flatMap((n) => keys[n % (keys.length || 1)] ?? []));
        for (const key of Object.keys(added)) gone.delete(key);
        const before = snapshotOf(neighbour, service);
        const after = snapshotOf(neighbour, changed(service, added, gone));
        const labels = { ...Object.fromEntries(Array.from(gone, (key) => [key, null])), ...added };
        const run = dryRun(frozen(liveOf(before, settings)), labelsOf(service.id, labels), {
          derive: settings,
          guard: GUARD,
        });

        const derivation = derive(after, settings);
        const report = derivation.services.find(({ id }) => id === service.id);
        const around = surroundingsIn(derivation.table, NO_CONDITIONS);
        assert.deepEqual(run?.service, report === undefined ? null : viewService(report, around));
        const { outcome, publication } = publishAfter(before, after, settings);
        assert.equal(run?.wouldBeHeld, outcome === 'held');
        assert.deepEqual(run?.changes, publication?.changes.slice(0, 1_000) ?? []);
        const own = run?.findings.filter((finding) => finding.service === service.id) ?? [];
        assert.equal(own.length, report?.findings.length ?? 0);
        const fresh = run?.findings.filter(({ isNew }) => isNew).length;
        assert.equal(fresh, run?.counts.findings.added);
      }),
      { numRuns: 300 },
    );
  });

  test('a dry run of nothing finds that nothing would change', () => {
    fc.assert(
      fc.property(some, ({ service, settings }) => {
        const live = liveOf(snapshotOf(neighbour, service), settings);
        const same = { kind: 'metadata', snapshot: live.snapshot } as const;
        for (const proposal of [labelsOf(service.id, {}), labelsOf(service.id, service.labels), same]) {
          const run = dryRun(live, proposal, { derive: settings, guard: GUARD });
          assert.deepEqual([run?.changes, run?.wouldBeHeld], [[], false]);
          assert.ok(run?.findings.every(({ isNew }) => !isNew));
        }
      }),
      { numRuns: 200 },
    );
  });
});

/** What the refresher thread does with one snapshot after another; the changes also of what is held, as they are when its time is up. */
function publishAfter(before: Snapshot, after: Snapshot, settings: (typeof OTHER_SETTINGS)[number]) {
  const listener = { held: () => {}, ended: () => {} };
  const guard = new RemovalGuard(new Publisher(settings), GUARD, listener, null, {
    now: () => 0,
    after: () => () => {},
  });
  guard.publish(before);
  const publisher = new Publisher(settings);
  publisher.publish(before);
  return { outcome: guard.publish(after), publication: publisher.publish(after) };
}
