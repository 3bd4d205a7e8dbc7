import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextRequestId } from '../../../src/proxy/requestIds.ts';

const UUID_4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test('request ids are random UUIDs of version 4, and no two are the same', () => {
  const ids = Array.from({ length: 10_000 }, nextRequestId);
  for (const id of ids) assert.match(id, UUID_4);
  assert.equal(new Set(ids).size, ids.length);
});

test('request ids take every digit at every place that is random', () => {
  const seen = Array.from({ length: 36 }, () => new Set<string>());
  for (let n = 0; n < 2_000; n++)
    for (const [i, digit] of nextRequestId().split('').entries()) seen[i]!.add(digit);
  const counts = seen.map((digits) => digits.size);
  assert.deepEqual(
    counts,
    'xxxxxxxx-xxxx-1xxx-4xxx-xxxxxxxxxxxx'
      .split('')
      .map((place) => (place === 'x' ? 16 : place === '-' ? 1 : Number(place))),
  );
});
