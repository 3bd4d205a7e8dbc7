import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UntrustedServers } from '../../../src/proxy/untrustedServers.ts';

const MINUTE_MS = 60_000;

function rig() {
  const told: string[] = [];
  const clock = { now: 0 };
  const servers = new UntrustedServers(
    () => clock.now,
    (...what) => told.push(what.join(' ')),
  );
  return { told, clock, servers };
}

test('a server is told of once for each reason, and again after ten minutes', () => {
  const { told, clock, servers } = rig();
  for (let n = 0; n < 5; n += 1) servers.found('s/a', 'https://127.0.0.1:1', 'expired');
  assert.deepEqual(told, ['s/a https://127.0.0.1:1 expired']);
  servers.found('s/a', 'https://127.0.0.1:1', 'wrong name');
  servers.found('s/a', 'https://127.0.0.1:2', 'expired');
  servers.found('s/b', 'https://127.0.0.1:1', 'expired');
  assert.equal(told.length, 4);
  clock.now = 10 * MINUTE_MS - 1;
  servers.found('s/a', 'https://127.0.0.1:1', 'expired');
  assert.equal(told.length, 4);
  clock.now += 1;
  servers.found('s/a', 'https://127.0.0.1:1', 'expired');
  assert.equal(told.length, 5);
});

test('a server with ever new reasons fills neither log nor memory', () => {
  const { told, clock, servers } = rig();
  for (let n = 0; n < 5_000; n += 1) servers.found('s/a', 'https://127.0.0.1:1', `reason ${n}`);
  assert.equal(told.length, 1_000);
  clock.now = 10 * MINUTE_MS;
  servers.found('s/b', 'https://127.0.0.1:1', 'expired');
  assert.equal(told.length, 1_001);
});
