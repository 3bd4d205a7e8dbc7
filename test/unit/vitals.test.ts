import { setTimeout as pause } from 'node:timers/promises';
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { Vitals } from '../../src/vitals.ts';

test('a thread that was held up shows it as delay, as busy time, and for longer than to one who asks', async (t) => {
  const vitals = new Vitals('main');
  t.after(() => vitals.stop());
  await pause(50);
  const before = vitals.read();
  for (const end = performance.now() + 200; performance.now() < end;);
  await pause(50);
  const { thread, delay, busySeconds, heapUsedBytes } = vitals.read();
  assert.equal(thread, 'main');
  assert.ok(delay.max >= 0.15, String(delay.max));
  assert.ok(delay.p50 < delay.max && delay.p99 <= delay.max);
  assert.ok(busySeconds - before.busySeconds >= 0.19);
  assert.ok(heapUsedBytes > 1e6);
  assert.ok(vitals.read().delay.max >= 0.15);
});
