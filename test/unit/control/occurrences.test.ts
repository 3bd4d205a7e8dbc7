import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Occurrence } from '../../../src/control/occurrences.ts';
import type { State } from '../../../src/control/state.ts';
import type { EjectedServer, FailingServer } from '../../../src/model/condition.ts';
import type { Derivation } from '../../../src/model/derivation.ts';
import { backendWith, routeOf, serverOf } from '../../support/model.ts';
import { failed, publicationOf, refreshed } from './events.ts';
import { newState } from './states.ts';

const SERVER = serverOf('web-1', 'http://127.0.0.1:80');
const CHECK = {
  path: '/',
  intervalMs: 1,
  timeoutMs: 1,
  port: null,
  scheme: null,
  hostname: null,
  fields: [],
};
const CIRCUIT_BREAKER = {
  expression: 'NetworkErrorRatio() > 0.5',
  condition: { kind: 'compare', metric: { kind: 'network-error-ratio' }, operator: '>', value: 0.5 },
} as const;

function derivation(id: string): Derivation {
  const backend = backendWith('s/web', [SERVER], { healthCheck: CHECK, circuitBreaker: CIRCUIT_BREAKER });
  return { table: { id, routes: [routeOf('web.s.local', 's/web')], backends: [backend] }, services: [] };
}

function named(backend = 's/web') {
  return { backend, server: SERVER.id, url: SERVER.url };
}

function ejected(until: number | null, backend?: string): EjectedServer {
  return { ...named(backend), reason: 'broke off', until };
}

/** A state with that table, and what it has told. */
function start(): { readonly state: State; readonly told: () => readonly Occurrence[] } {
  const state = newState();
  state.note(refreshed('v1', publicationOf(derivation('t1'))));
  state.installed('t1');
  const occurrences: Occurrence[] = [];
  state.connect((occurrence) => occurrences.push(occurrence));
  return { state, told: () => occurrences.splice(0) };
}

suite('of servers is told', () => {
  test('that one is ejected, on probation, ejected again and readmitted, each once', () => {
    const { state, told } = start();
    state.ejected(ejected(1_000));
    state.ejected(ejected(1_000));
    assert.deepEqual(told(), [{ kind: 'ejected', server: ejected(1_000) }]);
    state.ejected(ejected(null));
    state.ejected(ejected(null));
    assert.deepEqual(told(), [{ kind: 'ejected', server: ejected(null) }]);
    state.ejected(ejected(2_000));
    assert.deepEqual(told(), [{ kind: 'ejected', server: ejected(2_000) }]);
    state.readmitted(ejected(null));
    state.readmitted(ejected(null));
    assert.deepEqual(told(), [{ kind: 'readmitted', server: ejected(2_000) }]);
  });

  test('nothing where they are not of the installed table', () => {
    const { state, told } = start();
    state.ejected(ejected(1_000, 's/other'));
    state.readmitted(ejected(1_000, 's/other'));
    state.failing([{ ...named('s/other'), reason: 'answered 500' }]);
    state.breaker('s/other', 'open');
    assert.deepEqual(told(), []);
  });
});

suite('of conditions is told', () => {
  test('that an ejection lasts longer', () => {
    const { state, told } = start();
    state.ejected(ejected(1_000));
    told();
    state.ejected(ejected(2_000));
    assert.deepEqual(told(), [{ kind: 'conditions' }]);
  });

  test('that a check fails, for another reason, and passes again, and nothing where it is as before', () => {
    const { state, told } = start();
    const failing: FailingServer = { ...named(), reason: 'answered 500' };
    for (const next of [failing, { ...failing, reason: 'no connection' }]) {
      state.failing([next]);
      assert.deepEqual(told(), [{ kind: 'conditions' }]);
      state.failing([next]);
      assert.deepEqual(told(), []);
    }
    state.failing([]);
    assert.deepEqual(told(), [{ kind: 'conditions' }]);
  });

  test('that a circuit breaker is in another state', () => {
    const { state, told } = start();
    state.breaker('s/web', 'closed');
    assert.deepEqual(told(), []);
    for (const next of ['open', 'recovering', 'closed'] as const) {
      state.breaker('s/web', next);
      assert.deepEqual(told(), [{ kind: 'conditions' }]);
    }
  });
});

suite('of metadata is told', () => {
  test('the first failure, each that says something else, and the recovery', () => {
    const { state, told } = start();
    state.note(failed('no answer', 1));
    state.note(failed('no answer', 2));
    state.note(failed('refused', 3));
    state.note(refreshed('v1', null, 4));
    state.note(refreshed('v1', null, 5));
    state.note(failed('refused', 6));
    assert.deepEqual(told(), [
      { kind: 'metadata-failing', at: 1, error: 'no answer' },
      { kind: 'metadata-failing', at: 3, error: 'refused' },
      { kind: 'metadata-recovered', at: 4 },
      { kind: 'metadata-failing', at: 6, error: 'refused' },
    ]);
  });

  test('when a refresh is held, once, and when none is any more', () => {
    const { state, told } = start();
    const hold = { since: 1, until: 2, serversBefore: 10, serversAfter: 1, servicesLost: [] };
    state.hold(hold);
    state.hold({ ...hold, serversAfter: 0 });
    assert.deepEqual(told(), [{ kind: 'held', hold }]);
    state.note({ kind: 'hold-ended', by: 'return', metadataVersion: 'v1', publication: null });
    assert.deepEqual(told(), [{ kind: 'hold-ended' }]);
  });
});

test('what is told of can be seen already', () => {
  const { state } = start();
  const seen: unknown[] = [];
  state.connect(({ kind }) => {
    const { install, metadata } = state.status;
    seen.push([kind, install?.conditions.ejected.size, metadata.lastError?.message ?? null]);
  });
  state.ejected(ejected(1_000));
  state.note(failed('no answer'));
  state.note(refreshed('v1', null));
  assert.deepEqual(seen, [
    ['ejected', 1, null],
    ['metadata-failing', 1, 'no answer'],
    ['metadata-recovered', 1, null],
  ]);
});
