import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { compareRuns } from '../../../src/control/compareRuns.ts';
import { Publisher } from '../../../src/control/publisher.ts';
import type { DeriveSettings } from '../../../src/model/derivation.ts';
import { containerOf, serviceOf, SETTINGS, snapshotOf } from './environment.ts';

const ONE = snapshotOf(serviceOf('s/web', { containers: [containerOf('web-1', '127.0.0.1')] }));
const TWO = snapshotOf(serviceOf('s/web', { containers: [containerOf('web-2', '127.0.0.2')] }));
const OTHER: DeriveSettings = { ...SETTINGS, hostTemplate: '{service}-{stack}.{domain}' };

/** The run before, of `ONE`, compared with a first publication of `snapshot` by `now`. */
function changes(before: DeriveSettings | null, snapshot: typeof ONE, now: DeriveSettings) {
  const publication = new Publisher(now).publish(snapshot);
  assert.ok(publication);
  const stored = { readAt: 0, source: 'file:x', settings: before, snapshot: ONE };
  const compared = compareRuns(stored, publication, now);
  assert.equal(compared.publication, publication.id);
  return compared.changes.map(({ kind, what }) => `${kind} ${what}`);
}

suite('two runs, compared', () => {
  test('do not differ where metadata and settings are the same', () => {
    assert.deepEqual(changes(SETTINGS, ONE, SETTINGS), []);
  });

  test('differ in what metadata has changed meanwhile', () => {
    assert.deepEqual(changes(SETTINGS, TWO, SETTINGS), ['removed server', 'added server']);
  });

  test('differ in what other settings make of the same metadata', () => {
    assert.deepEqual(changes(SETTINGS, ONE, OTHER), ['added route', 'removed route']);
  });

  test('are compared by the settings of now where those of before are not known', () => {
    assert.deepEqual(changes(null, ONE, OTHER), []);
  });
});
