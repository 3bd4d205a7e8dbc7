import { test } from 'node:test';
import assert from 'node:assert/strict';
import { COLUMN, NO_COUNTS, NO_SERVICE, WIDTH, type Counts } from '../../../src/model/counts.ts';
import { Counting } from '../../../src/proxy/counting.ts';
import { sumCounts } from '../../../src/telemetry/sumCounts.ts';
import { matchOf, numberOf, requestsOf } from '../../support/counts.ts';

const FINISHED = {
  method: 'GET',
  status: 200,
  durationMs: 7,
  bytesIn: 1,
  bytesOut: 10,
  retries: 1,
  failure: null,
} as const;

/** What a thread has counted that had so many requests of each service. */
function counted(requests: Readonly<Record<string, number>>): readonly Counts[] {
  const counting = new Counting();
  for (const [service, count] of Object.entries(requests)) {
    for (let n = 0; n < count; n += 1) counting.finish(counting.begin(matchOf(service)), FINISHED);
  }
  counting.begin(matchOf(Object.keys(requests)[0] ?? ''));
  return [...counting.collect()];
}

test('nothing comes to nothing', () => {
  assert.deepEqual(sumCounts([]), { ...NO_COUNTS });
});

test('services of several threads are added up by name, number by number', () => {
  const sum = sumCounts([...counted({ 'a/x': 2, 'a/y': 1 }), ...counted({ 'a/y': 5, 'a/z': 3 })]);
  assert.deepEqual(sum.services, [NO_SERVICE, 'a/x', 'a/y', 'a/z']);
  assert.equal(sum.rows.length, 4 * WIDTH);
  assert.deepEqual(requestsOf(sum, 'a/y'), { 'GET 2xx': 6 });
  assert.equal(numberOf(sum, 'a/y', 'bytesOut'), 60);
  assert.equal(numberOf(sum, 'a/y', 'inFlight'), 1);
  assert.equal(numberOf(sum, 'a/z', 'retries'), 3);
});

test('pieces of ten thousand services come to all of them, and none is large', () => {
  const requests = Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`s/${n}`, (n % 3) + 1]));
  const pieces = counted(requests);
  assert.ok(Math.max(...pieces.map(({ services }) => services.length)) <= 500);
  const sum = sumCounts(pieces);
  assert.equal(sum.services.length, 10_001);
  assert.deepEqual(requestsOf(sum, 's/9998'), { 'GET 2xx': requests['s/9998'] });
});

test('summing changes nothing of what is summed', () => {
  const pieces = counted({ 'a/x': 2 });
  const before = structuredClone(pieces);
  sumCounts([...pieces, ...pieces]);
  assert.deepEqual(pieces, before);
});

test('servers of one backend that are called alike are one, ejected where one of them is', () => {
  const server = { backend: 'a//b', server: 'web-1', connectErrors: 1, ejections: 0, inFlight: 2 };
  const other = { ...server, server: 'web-2', isEjected: false };
  const sum = sumCounts([
    { ...NO_COUNTS, queued: 2, servers: [{ ...server, isEjected: false }, other] },
    { ...NO_COUNTS, queued: 3, servers: [{ ...server, ejections: 4, isEjected: true }] },
  ]);
  assert.deepEqual(sum.servers, [
    { ...server, connectErrors: 2, ejections: 4, inFlight: 4, isEjected: true },
    other,
  ]);
  assert.equal(sum.queued, 5);
});

test('connections are added up under the one limit, tunnels and failures, too, and threads stay apart', () => {
  const vitals = { delay: { p50: 0, p99: 0, max: 0 }, busySeconds: 1, gcSeconds: 0, heapUsedBytes: 1 };
  const of = (thread: string, open: number): Counts => ({
    ...NO_COUNTS,
    entrypoints: [{ entrypoint: 'http', limit: 100, open, waiting: 2, accepted: 10, shed: 3, refused: 4 }],
    failures: { 'no-route': open, [thread]: 1 },
    tunnels: open,
    threads: [{ thread, ...vitals }],
  });
  const sum = sumCounts([of('one', 1), of('two', 2)]);
  assert.deepEqual(sum.entrypoints, [
    { entrypoint: 'http', limit: 100, open: 3, waiting: 4, accepted: 20, shed: 6, refused: 8 },
  ]);
  assert.deepEqual(sum.failures, { 'no-route': 3, one: 1, two: 1 });
  assert.equal(sum.tunnels, 3);
  assert.deepEqual(
    sum.threads.map(({ thread }) => thread),
    ['one', 'two'],
  );
});

test('a status that is none counts as an error of its server, and never among another method', () => {
  const counting = new Counting();
  for (const status of [999, 600, 0])
    counting.finish(counting.begin(matchOf('a/x')), { ...FINISHED, status });
  assert.deepEqual(requestsOf(sumCounts([...counting.collect()]), 'a/x'), { 'GET none': 1, 'GET 5xx': 2 });
});

test('a duration is in the first bucket that it does not exceed', () => {
  const counting = new Counting();
  for (const durationMs of [0, 1, 1.5, 60_000, 60_001]) {
    counting.finish(counting.begin(null), { ...FINISHED, durationMs });
  }
  const { rows } = sumCounts([...counting.collect()]);
  const buckets = Array.from(rows.subarray(COLUMN.durations, COLUMN.durationSumMs));
  assert.deepEqual(buckets, [2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
});

test('answers are added up by status code, what they took together, and routes by their place in their table', () => {
  const of = { ...NO_COUNTS, durationMs: 2.5 };
  const pieces: readonly Counts[] = [
    { ...of, statuses: { 200: 1, 404: 2 }, routes: [{ tableId: 't1', requests: Float64Array.of(1, 2, 3) }] },
    { ...of, statuses: { 200: 5 }, routes: [{ tableId: 't1', requests: Float64Array.of(0, 1, 0) }] },
    { ...of, routes: [{ tableId: 't2', requests: Float64Array.of(7) }] },
  ];
  const sum = sumCounts(pieces);
  assert.deepEqual([sum.statuses, sum.durationMs], [{ 200: 6, 404: 2 }, 7.5]);
  assert.deepEqual(sum.routes, [
    { tableId: 't1', requests: Float64Array.of(1, 3, 3) },
    { tableId: 't2', requests: Float64Array.of(7) },
  ]);
  assert.deepEqual(pieces[0]!.routes[0]!.requests, Float64Array.of(1, 2, 3), 'what is summed stays');
});

test('of the recent errors of all threads the newest ten are left', () => {
  const [first, second] = [
    [20, 18, 16, 14, 12, 10, 8, 6, 4, 2],
    [19, 1],
  ].map((times) => ({
    ...NO_COUNTS,
    recentErrors: times.map((at) => ({ at, status: 500, method: 'GET', host: 'a.test', path: `/${at}` })),
  }));
  const sum = sumCounts([first!, second!]);
  assert.deepEqual(
    sum.recentErrors.map(({ at }) => at),
    [20, 19, 18, 16, 14, 12, 10, 8, 6, 4],
  );
});
