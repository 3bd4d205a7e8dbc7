import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { hasGrown, trendOf } from '../../soak/trend.ts';

/** A sample each second. */
function samples(count: number, valueAt: (second: number) => number) {
  return Array.from({ length: count }, (_, at) => ({ at, value: valueAt(at) }));
}

suite('the trend of a soak', () => {
  test('steady growth over the second half is told in full', () => {
    const trend = trendOf(samples(240, (second) => 50 + second / 10));
    assert.ok(trend !== null && trend.fitted > 9 && trend.fitted < 12, JSON.stringify(trend));
    assert.equal(hasGrown(trend, 5), true);
    assert.equal(hasGrown(trend, 20), false);
  });

  test('what grows in the first half alone is a warm-up', () => {
    const trend = trendOf(samples(240, (second) => Math.min(second, 120)));
    assert.deepEqual(trend, { first: 120, last: 120, fitted: 0 });
  });

  test('a saw-tooth between collections is no growth', () => {
    const trend = trendOf(samples(240, (second) => 50 + (second % 7) * 10));
    assert.ok(trend !== null && !hasGrown(trend, 1), JSON.stringify(trend));
  });

  test('a peak at the end is no growth, nor is a dip at the begin', () => {
    for (const odd of [[235], [121, 122]]) {
      const trend = trendOf(
        samples(240, (second) => (odd.includes(second) ? 50 + (second > 200 ? 99 : -9) : 50)),
      );
      assert.ok(trend !== null && !hasGrown(trend, 8), JSON.stringify(trend));
    }
  });

  test('a saw-tooth whose foot rises is growth', () => {
    const trend = trendOf(samples(240, (second) => 50 + (second % 7) * 10 + second / 10));
    assert.ok(trend !== null && hasGrown(trend, 5), JSON.stringify(trend));
  });

  test('a handful of samples tells nothing', () => {
    assert.equal(trendOf(samples(20, () => 1)), null);
  });
});
