import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { BUCKETS_MS } from '../../../src/model/counts.ts';
import { quantileMs } from '../../../src/telemetry/quantile.ts';

/** So many durations in the buckets that reach up to these milliseconds. */
function buckets(counts: Readonly<Record<number, number>>): Float64Array {
  const all = [...BUCKETS_MS, Infinity].map((mostMs) => counts[mostMs] ?? 0);
  return Float64Array.from(all);
}

suite('a quantile of durations', () => {
  test('is none of none', () => {
    assert.equal(quantileMs(0.5, buckets({})), null);
  });

  test('lies within its bucket in proportion, the first of which begins at 0', () => {
    assert.equal(quantileMs(0.5, buckets({ 1: 10 })), 0.5);
    assert.equal(quantileMs(0.5, buckets({ 50: 4 })), 37.5);
    assert.equal(quantileMs(0.25, buckets({ 10: 1, 100: 3 })), 10);
    assert.equal(quantileMs(0.5, buckets({ 10: 1, 100: 3 })), 50 + 50 / 3);
    assert.equal(quantileMs(0.99, buckets({ 1: 99, 2500: 1 })), 1);
    assert.equal(quantileMs(1, buckets({ 1: 99, 2500: 1 })), 2_500);
  });

  test('is the last bound for what took longer than that', () => {
    assert.equal(quantileMs(0.5, buckets({ Infinity: 3 })), 60_000);
    assert.equal(quantileMs(0.99, buckets({ 1: 1, Infinity: 3 })), 60_000);
  });
});
