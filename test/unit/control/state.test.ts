import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Hold } from '../../../src/control/events.ts';
import { State } from '../../../src/control/state.ts';
import { derivationOf, failed, publicationOf, refreshed, restored } from './events.ts';

const INTERVAL_MS = 60_000;

function newState(clock?: () => number): State {
  const settings = {
    metadataUrl: 'http://rancher-metadata/latest',
    refreshIntervalMs: INTERVAL_MS,
    entrypoint: { address: '::', port: 8080 },
  };
  return new State(settings, clock);
}

/** A state whose table `t1`, of metadata version `v1`, is installed and whose entrypoint listens. */
function readyState(): State {
  const state = newState();
  state.note(refreshed('v1', publicationOf(derivationOf('t1'))));
  state.listening('::', 8080);
  state.installed('t1');
  return state;
}

function installed({ status }: State) {
  return [status.install?.derivation.table.id, status.install?.metadataVersion];
}

suite('readiness', () => {
  test('at the start there is neither table nor listener, and no error to tell of', () => {
    const { status } = newState();
    assert.deepEqual(status.notReady, [
      'no table is installed yet: metadata was not read so far',
      'the HTTP entrypoint does not listen yet',
    ]);
    assert.deepEqual(status.entrypoints, [{ name: 'http', address: '::', port: 8080, state: 'waiting' }]);
    assert.deepEqual([status.install, status.metadata.lastSuccessAt], [null, null]);
  });

  test('a source that fails is named as the reason', () => {
    const state = newState();
    state.note(failed('GET http://rancher-metadata/latest/services: refused'));
    assert.equal(
      state.status.notReady[0],
      'no table is installed yet: GET http://rancher-metadata/latest/services: refused',
    );
  });

  test('a table that the proxy has not confirmed is not installed', () => {
    const state = newState();
    state.note(refreshed('v1', publicationOf(derivationOf('t1'))));
    assert.equal(state.status.install, null);
    assert.equal(state.status.notReady.length, 2);
  });

  test('table and listener make it ready, and a failing source does not change that', () => {
    const state = readyState();
    assert.deepEqual(state.status.notReady, []);
    state.note(failed('no answer'));
    assert.deepEqual(state.status.notReady, []);
  });

  test('the entrypoint is shown where it listens in fact', () => {
    const state = newState();
    state.listening('127.0.0.1', 40_000);
    assert.deepEqual(state.status.entrypoints, [
      { name: 'http', address: '127.0.0.1', port: 40_000, state: 'listening' },
    ]);
  });

  test('stopping ends it', () => {
    const state = readyState();
    state.stopping();
    assert.deepEqual(state.status.notReady, ['the daemon is stopping']);
    assert.equal(state.status.entrypoints[0]?.state, 'closing');
  });
});

suite('metadata', () => {
  test('failures are counted up to the next success, which forgets the error', () => {
    const state = newState();
    assert.equal(state.note(failed('one')).failuresBefore, 0);
    assert.equal(state.note(failed('two', 1234)).failuresBefore, 1);
    assert.deepEqual(state.status.metadata.lastError, { message: 'two', at: 1234 });
    assert.equal(state.note(refreshed('v1', null, 5678)).failuresBefore, 2);
    assert.equal(state.note(refreshed('v1', null, 5679)).failuresBefore, 0);
    assert.deepEqual([state.status.metadata.lastError, state.status.metadata.lastSuccessAt], [null, 5679]);
  });

  test('a failure leaves the time of the last success and what is installed', () => {
    const state = readyState();
    const { lastSuccessAt } = state.status.metadata;
    state.note(failed('no answer'));
    assert.equal(state.status.metadata.lastSuccessAt, lastSuccessAt);
    assert.deepEqual(installed(state), ['t1', 'v1']);
  });

  test('failures are counted since the start, too', () => {
    const state = newState();
    for (const event of [failed('one'), refreshed('v1', null), failed('two'), failed('three')])
      state.note(event);
    assert.equal(state.status.metadata.failuresTotal, 3);
  });

  test('it is stale after five refresh intervals without a success, whatever the time of day says', () => {
    let now = 1000;
    const state = newState(() => now);
    for (const successAt of [Date.now(), 0, Date.now() + 86_400_000]) {
      const readAt = now;
      state.note(refreshed('v1', null, successAt));
      state.note(failed('no answer'));
      for (const [agoMs, isStale] of [
        [4.9 * INTERVAL_MS, false],
        [5 * INTERVAL_MS, true],
      ] as const) {
        now = readAt + agoMs;
        const { stale, ageMs } = state.status.metadata;
        assert.deepEqual([stale, ageMs], [isStale, agoMs]);
      }
    }
  });

  test('never read, it is stale five refresh intervals after the start', () => {
    let now = 1000;
    const state = newState(() => now);
    assert.deepEqual([state.status.metadata.stale, state.staleInMs], [false, 5 * INTERVAL_MS]);
    now += 5 * INTERVAL_MS;
    assert.deepEqual([state.status.metadata.stale, state.status.metadata.ageMs], [true, null]);
    assert.equal(state.status.uptimeMs, 5 * INTERVAL_MS);
  });
});

suite('installs', () => {
  test('the publication comes back with the confirmation, once, for the log', () => {
    const state = newState();
    const publication = publicationOf(derivationOf('t1'));
    state.note(refreshed('v1', publication));
    const before = Date.now();
    assert.equal(state.installed('t1'), publication);
    assert.deepEqual(installed(state), ['t1', 'v1']);
    assert.ok((state.status.install?.installedAt ?? 0) >= before);
    assert.equal(state.installed('t1'), null);
    assert.equal(state.installed('never heard of'), null);
  });

  test('tables are confirmed in the order in which they were sent, also one that comes again', () => {
    const state = newState();
    const [first, second, third] = ['t1', 't2', 't1'].map((id) => publicationOf(derivationOf(id)));
    for (const [i, publication] of [first, second, third].entries()) {
      state.note(refreshed(`v${i + 1}`, publication ?? null));
    }
    assert.equal(state.installed('t1'), first);
    assert.deepEqual(installed(state), ['t1', 'v1']);
    assert.equal(state.installed('t2'), second);
    assert.equal(state.installed('t1'), third);
    assert.deepEqual(installed(state), ['t1', 'v3']);
  });

  test('new reports of the same table are shown at once: there is nothing to wait for', () => {
    const state = readyState();
    const derivation = derivationOf('t1');
    const { installedAt } = state.status.install ?? {};
    state.note(refreshed('v2', publicationOf(derivation, { reportsOnly: true })));
    assert.equal(state.status.install?.derivation, derivation);
    assert.deepEqual(installed(state), ['t1', 'v2']);
    assert.equal(state.status.install?.installedAt, installedAt, 'no table was installed');
  });

  test('new reports of a table that is on its way go with it, and not with the one before', () => {
    const state = readyState();
    const derivation = derivationOf('t2');
    state.note(refreshed('v2', publicationOf(derivationOf('t2'))));
    state.note(refreshed('v3', publicationOf(derivation, { reportsOnly: true })));
    assert.deepEqual(installed(state), ['t1', 'v1']);
    assert.equal(state.installed('t2')?.derivation, derivation);
    assert.deepEqual(installed(state), ['t2', 'v3']);
    assert.equal(state.status.install?.derivation, derivation);
  });

  test('a refresh without news still tells that the installed table is true for its version', () => {
    const state = readyState();
    state.note(refreshed('v2', null));
    assert.deepEqual(installed(state), ['t1', 'v2']);
  });

  test('and so it does for a table that is on its way', () => {
    const state = readyState();
    state.note(refreshed('v2', publicationOf(derivationOf('t2'))));
    state.note(refreshed('v3', null));
    assert.deepEqual(installed(state), ['t1', 'v1'], 'what is installed is of v1 still');
    state.installed('t2');
    assert.deepEqual(installed(state), ['t2', 'v3']);
  });
});

suite('names that resolve differently', () => {
  test('bring a table of the version that was read last, and are no success of the source', () => {
    const state = readyState();
    state.note(failed('no answer'));
    const { lastSuccessAt } = state.status.metadata;
    state.note({ kind: 'resolved', metadataVersion: 'v1', publication: publicationOf(derivationOf('t2')) });
    assert.equal(state.status.metadata.lastError?.message, 'no answer');
    assert.equal(state.status.metadata.lastSuccessAt, lastSuccessAt);
    state.installed('t2');
    assert.deepEqual(installed(state), ['t2', 'v1']);
  });

  test('that bring reports alone are shown at once', () => {
    const state = readyState();
    const derivation = derivationOf('t1');
    state.note({
      kind: 'resolved',
      metadataVersion: 'v1',
      publication: publicationOf(derivation, { reportsOnly: true }),
    });
    assert.equal(state.status.install?.derivation, derivation);
  });
});

/** A state whose table `t1` comes from disk. */
function restoredState(): State {
  const state = newState();
  state.note(failed('no answer'));
  state.note(restored('v1', publicationOf(derivationOf('t1')), 1234));
  state.listening('::', 8080);
  state.installed('t1');
  return state;
}

suite('a snapshot from disk', () => {
  test('is ready, stale from its first moment, and no success', () => {
    const { status } = restoredState();
    const { stale, fromState, lastSuccessAt, lastError } = status.metadata;
    assert.deepEqual([stale, fromState, lastSuccessAt], [true, { readAt: 1234 }, null]);
    assert.equal(lastError?.message, 'no answer', 'the outage goes on');
    assert.deepEqual(status.notReady, []);
    assert.deepEqual(installed(restoredState()), ['t1', 'v1']);
  });

  test('does not hide how many tries failed when metadata answers again', () => {
    assert.equal(restoredState().note(refreshed('v2', null)).failuresBefore, 1);
  });

  test('is confirmed by a refresh without news, which is none from disk any more', () => {
    const state = restoredState();
    state.note(refreshed('v2', null));
    const { stale, fromState } = state.status.metadata;
    assert.deepEqual([stale, fromState, installed(state)], [false, null, ['t1', 'v2']]);
  });
});

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
    assert.deepEqual([held, lastError, lastSuccessAt], [HOLD, null, 5678]);
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
