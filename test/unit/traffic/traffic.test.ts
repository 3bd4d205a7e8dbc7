import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Backend, Table } from '../../../src/model/table.ts';
import { Traffic } from '../../../src/traffic/traffic.ts';
import { backendOf, contextOf, evenBackend, picks } from './backends.ts';

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
