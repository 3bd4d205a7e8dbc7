import { test } from 'node:test';
import assert from 'node:assert/strict';
import { NO_COUNTS } from '../../../src/model/counts.ts';
import { LatestCounts } from '../../../src/telemetry/latestCounts.ts';

const counted = (tunnels: number) => ({ ...NO_COUNTS, tunnels });

test('who asks while an answer is awaited gets the same answer, made of all its pieces', async () => {
  const asked: number[] = [];
  const latest = new LatestCounts();
  latest.connect((id) => asked.push(id));
  const both = Promise.all([latest.get(), latest.get()]);
  latest.heard(1, counted(1), false);
  latest.heard(1, counted(2), true);
  const [one, other] = await both;
  assert.deepEqual(asked, [1]);
  assert.equal(one.counts.tunnels, 3);
  assert.equal(other.counts, one.counts);
  const next = latest.get();
  assert.deepEqual(asked, [1, 2]);
  latest.heard(2, counted(5), true);
  assert.equal((await next).counts.tunnels, 5);
});

test('a thread that does not answer is waited for no longer than that; what it told last stands for it', async () => {
  const latest = new LatestCounts(20);
  const before = performance.now();
  assert.deepEqual(await latest.get(), { counts: NO_COUNTS, ageMs: null });
  assert.ok(performance.now() - before < 500);
  const answered = latest.get();
  latest.heard(2, counted(1), true);
  await answered;
  // What comes of an answer before its last piece is no answer.
  const silent = latest.get();
  latest.heard(3, counted(7), false);
  const { counts, ageMs } = await silent;
  assert.equal(counts.tunnels, 1);
  assert.ok(ageMs !== null && ageMs >= 19, String(ageMs));
});

test('answers that overlap are not mixed up', async () => {
  const latest = new LatestCounts(20);
  await latest.get();
  const asked = latest.get();
  latest.heard(1, counted(1), false);
  latest.heard(2, counted(10), false);
  latest.heard(1, counted(2), true);
  latest.heard(2, counted(20), true);
  assert.equal((await asked).counts.tunnels, 30);
});

test('an answer that comes late is known from then on, and answers no later question', async () => {
  const latest = new LatestCounts(20);
  await latest.get();
  latest.heard(1, counted(4), true);
  const asked = latest.get();
  latest.heard(1, counted(5), true);
  assert.equal(await Promise.race([asked.then(() => 'answered'), nextTurn()]), 'waiting');
  latest.heard(2, counted(6), true);
  assert.equal((await asked).counts.tunnels, 6);
});

function nextTurn(): Promise<string> {
  return new Promise((resolve) => setImmediate(() => resolve('waiting')));
}
