import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBackoff } from '../../../src/metadata/backoff.ts';

test('delays grow to the longest one, with jitter, and begin anew after a success', () => {
  const backoff = createBackoff(1000, 60_000);
  for (let round = 0; round < 50; round++) {
    const delays = Array.from({ length: 10 }, () => backoff.next());
    for (const [index, delay] of delays.entries()) {
      const ceiling = Math.min(1000 * 2 ** (index + 1), 60_000);
      assert.ok(delay >= ceiling / 2 && delay <= ceiling, `delay ${index} is ${delay}`);
    }
    assert.equal(new Set(delays).size, delays.length);
    backoff.reset();
  }
});

test('a longest delay below the first one changes nothing: the first is the least', () => {
  const backoff = createBackoff(1000, 10);
  assert.deepEqual([backoff.next(), backoff.next(), backoff.next()], [1000, 1000, 1000]);
});
