import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { changesOf, derivationOf, failed, publicationOf, refreshed } from './events.ts';
import { INTERVAL_MS, newState, readyState, restoredState, installed } from './states.ts';

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

  test('of which that publication then says that its changes do not tell all', () => {
    const state = readyState();
    const reports = {
      ...publicationOf(derivationOf('t2'), { reportsOnly: true, follows: 'before' }),
      id: 'new',
    };
    state.note(refreshed('v2', publicationOf(derivationOf('t2'), { follows: 't1', changes: changesOf(1) })));
    state.note(refreshed('v3', reports));
    const { id, follows } = state.installed('t2') ?? {};
    assert.deepEqual([id, follows], ['new', null]);
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
