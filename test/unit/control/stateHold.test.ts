import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Hold } from '../../../src/control/events.ts';
import { derivationOf, failed, publicationOf, refreshed } from './events.ts';
import { newState, readyState, restoredState, installed } from './states.ts';

const HOLD: Hold = {
  since: 1_469_793_600_000,
  until: 1_469_793_660_000,
  serversBefore: 10,
  serversAfter: 1,
  servicesLost: ['s/a'],
};

suite('a refresh that is held', () => {
  test('is a success of the source, and leaves what is installed as it is, its version too', () => {
    const state = readyState();
    state.note(failed('no answer'));
    assert.equal(state.hold(HOLD), true, 'new');
    state.note({ ...refreshed('v2', null, 5678), isHeld: true });
    const { held, lastError, lastSuccessAt } = state.status.metadata;
    assert.deepEqual([held, lastError, lastSuccessAt], [{ ...HOLD, isReleased: false }, null, 5678]);
    assert.deepEqual([installed(state), state.status.notReady], [['t1', 'v1'], []]);
  });

  test('begins one hold, however often it is read', () => {
    const state = readyState();
    state.hold(HOLD);
    assert.equal(state.hold({ ...HOLD, serversAfter: 0 }), false);
    assert.equal(state.status.metadata.held?.serversAfter, 0);
  });

  test('is of its own version when it is let through', () => {
    const state = readyState();
    state.hold(HOLD);
    const publication = publicationOf(derivationOf('t2'));
    state.note({ kind: 'hold-ended', by: 'time', metadataVersion: 'v2', publication });
    state.installed('t2');
    assert.deepEqual([state.status.metadata.held, installed(state)], [null, ['t2', 'v2']]);
  });

  test('after a start from disk leaves that in place, but not stale: the source answers', () => {
    const state = restoredState();
    state.hold(HOLD);
    state.note({ ...refreshed('v2', null), isHeld: true });
    const { stale, fromState } = state.status.metadata;
    assert.deepEqual([stale, fromState], [false, { readAt: 1234 }]);
    state.note({
      kind: 'hold-ended',
      by: 'time',
      metadataVersion: 'v2',
      publication: publicationOf(derivationOf('t2')),
    });
    assert.equal(state.status.metadata.fromState, null);
  });

  test('can be released while it is held, and else there is nothing to release', () => {
    const state = readyState();
    assert.equal(state.release(), false);
    state.hold(HOLD);
    assert.equal(state.release(), true);
    // A refresh that was read before the refresher heard of it.
    state.hold({ ...HOLD, serversAfter: 0 });
    assert.equal(state.status.metadata.held?.isReleased, true);
    state.note({ kind: 'hold-ended', by: 'release', metadataVersion: 'v2', publication: null });
    assert.deepEqual([state.release(), installed(state)], [false, ['t1', 'v1']]);
  });
});

suite('a refresher that is started anew', () => {
  test('has nothing to go on from before the first publication', () => {
    assert.equal(newState().resume, null);
  });

  test('goes on from what was published last, whether the proxy has confirmed it or not', () => {
    const state = newState();
    state.note(refreshed('v1', publicationOf(derivationOf('t1'))));
    const nothingHeld = { live: { servers: 0, services: [] }, services: 0, hold: null };
    assert.deepEqual(state.resume, nothingHeld);
    state.installed('t1');
    assert.deepEqual(state.resume, nothingHeld);
  });

  test('goes on with a hold for as long as it has left, and with none left once it was released', () => {
    let now = 1000;
    const state = newState(() => now);
    state.note(refreshed('v1', publicationOf(derivationOf('t1'))));
    state.hold(HOLD);
    now += 20_000;
    state.hold({ ...HOLD, serversAfter: 0 });
    const { since, until } = HOLD;
    assert.deepEqual(state.resume?.hold, { since, until, remainingMs: 40_000 });
    state.release();
    assert.equal(state.resume?.hold?.remainingMs, 0);
    now += 86_400_000;
    assert.equal(state.resume?.hold?.remainingMs, 0);
  });
});
