import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { FailingServer } from '../../../src/model/condition.ts';
import type { Backend, CircuitBreaker, Table } from '../../../src/model/table.ts';
import { Traffic } from '../../../src/traffic/traffic.ts';
import { backendOf, contextOf, evenBackend, picks, tally } from './backends.ts';

function tableOf(...backends: readonly Backend[]): Table {
  return { id: 'table', routes: [], backends };
}

function named(id: string, backend: Backend): Backend {
  return { ...backend, id };
}

test('the turn of a backend survives a swap, so that a swap a second still reaches every server', () => {
  const traffic = new Traffic(contextOf());
  const seen: string[] = [];
  for (let n = 0; n < 6; n += 1) {
    traffic.attach(tableOf(evenBackend(3)));
    seen.push(...picks(traffic.of(evenBackend(3)), 1));
  }
  assert.deepEqual(seen, ['s0', 's1', 's2', 's0', 's1', 's2']);
});

test('backends do not share a turn', () => {
  const traffic = new Traffic(contextOf());
  const one = named('a/one', evenBackend(2));
  const other = named('a/other', evenBackend(2));
  assert.deepEqual(picks(traffic.of(one), 1), ['s0']);
  assert.deepEqual(picks(traffic.of(other), 1), ['s0']);
  assert.deepEqual(picks(traffic.of(one), 1), ['s1']);
});

test('a request that holds a backend across a swap sees the servers of the new table', () => {
  const traffic = new Traffic(contextOf());
  const held = traffic.of(backendOf({ a: 1 }));
  traffic.attach(tableOf(backendOf({ b: 1 })));
  assert.deepEqual(picks(held, 2), ['b', 'b']);
});

test('a backend that is in the table no more has no server, also for a request that held it', () => {
  const traffic = new Traffic(contextOf());
  const held = traffic.of(evenBackend(3));
  traffic.attach(tableOf());
  assert.deepEqual(picks(held, 1), ['none']);
});

test('a backend that comes back begins anew, with connections of its own', () => {
  const traffic = new Traffic(contextOf());
  const before = traffic.of(evenBackend(2)).pick(new Set());
  traffic.attach(tableOf());
  traffic.attach(tableOf(evenBackend(2)));
  const after = traffic.of(evenBackend(2)).pick(new Set());
  assert.equal(after?.server.id, 's0');
  assert.notEqual(after?.pool, before?.pool);
});

function failing(server: string, backend = 'stack/service'): FailingServer {
  return { backend, server, url: `http://127.0.0.1/${server}`, reason: 'answered 500' };
}

suite('servers whose health check fails', () => {
  test('are passed over in their backend, and stay so over new tables', () => {
    const traffic = new Traffic(contextOf());
    assert.deepEqual(picks(traffic.of(evenBackend(2)), 2), ['s0', 's1']);
    traffic.setFailing([failing('s0'), failing('s1', 'stack/other')]);
    assert.deepEqual(picks(traffic.of(evenBackend(2)), 2), ['s1', 's1']);
    traffic.attach(tableOf(evenBackend(3)));
    assert.equal(tally(picks(traffic.of(evenBackend(3)), 6)).has('s0'), false);
    traffic.setFailing([]);
    assert.equal(tally(picks(traffic.of(evenBackend(3)), 6)).get('s0'), 2);
  });

  test('are known before their backend is used for the first time, and before a table brings them', () => {
    const traffic = new Traffic(contextOf());
    traffic.setFailing([failing('s0'), failing('s2')]);
    assert.deepEqual(picks(traffic.of(evenBackend(2)), 2), ['s1', 's1']);
    traffic.attach(tableOf(evenBackend(3)));
    assert.deepEqual(picks(traffic.of(evenBackend(3)), 2), ['s1', 's1']);
  });

  test('are others once they have another address', () => {
    const traffic = new Traffic(contextOf());
    traffic.setFailing([{ ...failing('s0'), url: 'http://127.0.0.9/s0' }]);
    assert.deepEqual(picks(traffic.of(evenBackend(2)), 2), ['s0', 's1']);
  });
});

function breakerOf(expression: string): CircuitBreaker {
  const metric = { kind: 'network-error-ratio' } as const;
  return { expression, condition: { kind: 'compare', metric, operator: '>', value: 0.5 } };
}

suite('the circuit breaker of a backend', () => {
  const backend = { ...evenBackend(2), circuitBreaker: breakerOf('NetworkErrorRatio() > 0.5') };

  /** Traffic whose backend's circuit breaker has just opened, and what was told of it. */
  function opened(): { readonly traffic: Traffic; readonly told: readonly string[] } {
    const told: string[] = [];
    const breakerChanged = (id: string, state: string) => told.push(`${id} ${state}`);
    const traffic = new Traffic(contextOf({ breakerChanged }));
    for (let n = 0; n < 5; n += 1) traffic.of(backend).record(502, 1);
    return { traffic, told };
  }

  test('is told of by the name of the backend', () => {
    assert.deepEqual(opened().told, ['stack/service open']);
  });

  test('keeps its state over new tables, while its expression is the same', () => {
    const { traffic, told } = opened();
    traffic.attach(tableOf({ ...evenBackend(5), circuitBreaker: breakerOf('NetworkErrorRatio() > 0.5') }));
    assert.equal(traffic.of(backend).refusedForSeconds(), 10);
    assert.deepEqual(told, ['stack/service open']);
  });

  test('begins anew with another expression', () => {
    const { traffic, told } = opened();
    traffic.attach(tableOf({ ...backend, circuitBreaker: breakerOf('NetworkErrorRatio() > 0.9') }));
    assert.equal(traffic.of(backend).refusedForSeconds(), null);
    assert.deepEqual(told, ['stack/service open', 'stack/service closed']);
  });

  test('goes with its label, and with its backend', () => {
    for (const after of [tableOf(evenBackend(2)), tableOf()]) {
      const { traffic, told } = opened();
      const held = traffic.of(backend);
      traffic.attach(after);
      assert.equal(held.refusedForSeconds(), null);
      held.record(502, 1);
      assert.deepEqual(told, ['stack/service open', 'stack/service closed']);
    }
  });

  test('is one of its own: a backend without lets everything pass', () => {
    const traffic = new Traffic(contextOf());
    for (let n = 0; n < 50; n += 1) traffic.of(evenBackend(2)).record(502, 1);
    assert.equal(traffic.of(evenBackend(2)).refusedForSeconds(), null);
  });
});
