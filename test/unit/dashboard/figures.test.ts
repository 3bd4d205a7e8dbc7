import assert from 'node:assert/strict';
import { test } from 'node:test';
import { figure, latency, share } from '../../../src/dashboard/figures.ts';

test('figures have as many digits as help', () => {
  const shown = [0, 0.004, 0.25, 1.234, 12.34, 123.4, 1234.5, null, undefined].map(figure);
  assert.deepEqual(shown, ['0', '0', '0.25', '1.23', '12.3', '123', '1,235', '–', '–']);
});

test('latencies are told in milliseconds, and from a second on in seconds', () => {
  const shown = [0, 0.5, 12, 999, 1_000, 61_250, null].map(latency);
  assert.deepEqual(shown, ['0 ms', '0.5 ms', '12 ms', '999 ms', '1 s', '61.3 s', '–']);
});

test('shares are told in percent; the smallest is not nothing, and there is none of nothing', () => {
  const shown = [share(0, 10), share(1, 3), share(10, 10), share(1, 10_000), share(0, 0)];
  assert.deepEqual(shown, ['0 %', '33.3 %', '100 %', '< 0.1 %', '–']);
});
