import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { LATENCY_BUCKETS, latencyAtQuantile, latencyBucket } from '../../../src/traffic/latencyHistogram.ts';

/** What is counted behind a column that is about something else. */
function histogramOf(latencies: readonly number[]): Uint32Array {
  const counts = new Uint32Array(1 + LATENCY_BUCKETS);
  counts[0] = 1000;
  for (const ms of latencies) counts[1 + latencyBucket(ms)]! += 1;
  return counts;
}

test('a quantile is right to 2.5 per cent, whatever the latencies', () => {
  const latencies = fc.array(fc.double({ min: 1, max: 3_600_000, noNaN: true }), { minLength: 1 });
  fc.assert(
    fc.property(latencies, fc.integer({ min: 0, max: 100 }), (all, quantile) => {
      const sorted = all.toSorted((a, b) => a - b);
      const exact = sorted[Math.max(1, Math.ceil((all.length * quantile) / 100)) - 1]!;
      const found = latencyAtQuantile(histogramOf(all), 1, quantile);
      assert.ok(Math.abs(found - exact) <= 0.026 * exact || exact <= 1, `${found} for ${exact}`);
    }),
  );
});

test('what is below a millisecond is near to nothing, what is beyond all measure is over an hour', () => {
  for (const ms of [0, -5, NaN, 0.99]) assert.ok(latencyAtQuantile(histogramOf([ms]), 1, 50) < 1);
  for (const ms of [1e9, Infinity]) assert.ok(latencyAtQuantile(histogramOf([ms]), 1, 50) > 3_600_000);
});

test('of nothing it is 0', () => {
  assert.equal(latencyAtQuantile(histogramOf([]), 1, 50), 0);
});
