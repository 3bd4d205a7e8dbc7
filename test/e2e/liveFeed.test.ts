import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EjectedServer } from '../../src/model/condition.ts';
import { EventReader } from '../support/eventStream.ts';
import { entryOf, TestFeed } from '../support/liveFeed.ts';

const SERVER: EjectedServer = {
  backend: 'shop/api',
  server: 'shop-api-1',
  url: 'http://127.42.101.11:8080',
  reason: 'did not answer in time, 3 times in a row',
  until: Date.UTC(2016, 6, 29, 12, 0, 5),
};

test('an ejection tells which services it concerns, why, and for how long', async (t) => {
  const live = new TestFeed();
  const reader = await EventReader.open(t, await live.start(t));
  live.feed.hear({ kind: 'ejected', server: SERVER });
  live.feed.hear({ kind: 'ejected', server: { ...SERVER, until: null } });
  live.feed.hear({ kind: 'readmitted', server: { ...SERVER, until: null } });
  await reader.nth('readmitted');
  const [ejected, probation] = reader.named('ejected').map(({ data }) => data);
  const { at, ...rest } = ejected!;
  const { until: _, ...of } = SERVER;
  assert.ok(Math.abs(Date.parse(at) - Date.now()) < 5_000);
  assert.deepEqual(rest, {
    ...of,
    services: ['shop/api'],
    state: 'ejected',
    until: '2016-07-29T12:00:05.000Z',
  });
  assert.deepEqual([probation!.state, probation!.until], ['probation', undefined]);
  assert.equal(reader.named('readmitted')[0]!.data.state, 'good');
});

test('other conditions are told of at once, and then once with the next statistics, however many changed', async (t) => {
  const live = new TestFeed();
  const reader = await EventReader.open(t, await live.start(t));
  await live.count();
  for (let n = 0; n < 20; n += 1) live.feed.hear({ kind: 'conditions' });
  live.feed.hear({ kind: 'hold-ended' });
  await reader.nth('hold-ended');
  assert.equal(reader.named('conditions').length, 1);
  await live.count();
  await reader.nth('conditions', 1);
  for (let n = 0; n < 2; n += 1) await live.count();
  await reader.nth('statistics', 2);
  assert.equal(reader.named('conditions').length, 2);
  live.feed.hear({ kind: 'conditions' });
  await reader.nth('conditions', 2);
});

test('of a storm of ejections the first fifty are told one by one, the rest as changed conditions', async (t) => {
  const live = new TestFeed();
  const reader = await EventReader.open(t, await live.start(t));
  await live.count();
  for (let n = 0; n < 10_000; n += 1) live.feed.hear({ kind: 'ejected', server: SERVER });
  live.feed.hear({ kind: 'hold-ended' });
  await reader.nth('hold-ended');
  assert.deepEqual([reader.named('ejected').length, reader.named('conditions').length], [50, 0]);
  await live.count();
  await reader.nth('conditions');
  live.feed.hear({ kind: 'readmitted', server: SERVER });
  await reader.nth('readmitted');
});

test('an install tells of a hundred changes, and how many more there are', async (t) => {
  const live = new TestFeed();
  const reader = await EventReader.open(t, await live.start(t));
  live.feed.installed({ ...entryOf(1, 250), moreChanges: 1_000 });
  live.feed.installed(entryOf(2, 100));
  const [first, second] = [await reader.nth('installed', 0), await reader.nth('installed', 1)];
  assert.deepEqual([first.data.changes.length, first.data.moreChanges], [100, 1_150]);
  assert.deepEqual([second.data.changes.length, second.data.moreChanges], [100, 0]);
});

test('what happens while nobody listens costs nothing, and is not told later', async (t) => {
  const live = new TestFeed();
  const port = await live.start(t);
  for (let n = 0; n < 100; n += 1) live.feed.hear({ kind: 'ejected', server: SERVER });
  live.feed.hear({ kind: 'metadata-failing', at: 1, error: 'no answer' });
  const reader = await EventReader.open(t, port);
  live.feed.hear({ kind: 'readmitted', server: SERVER });
  await reader.nth('readmitted');
  assert.deepEqual(
    reader.events.map(({ event }) => event),
    ['hello', 'readmitted'],
  );
});
