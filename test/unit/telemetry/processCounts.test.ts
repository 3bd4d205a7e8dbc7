import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { NO_COUNTS, type Counts } from '../../../src/model/counts.ts';
import { Counting } from '../../../src/proxy/counting.ts';
import { ProcessCounts } from '../../../src/telemetry/processCounts.ts';
import { sumCounts } from '../../../src/telemetry/sumCounts.ts';
import { matchOf, numberOf, requestsOf } from '../../support/counts.ts';
import { oneHost, table } from '../../support/proxy.ts';

const SERVICE = 'test/a.test';

/** What a thread has counted that has so many requests behind it, and one in flight. */
function counted(requests: number): Counts {
  const counting = new Counting();
  for (let n = 0; n <= requests; n += 1) {
    const row = counting.begin(matchOf(SERVICE));
    const over = { method: 'GET', status: 200, durationMs: 1, bytesIn: 1, bytesOut: 1, retries: 0 };
    if (n < requests) counting.finish(row, { ...over, failure: null });
  }
  const server = {
    backend: SERVICE,
    server: 's',
    connectErrors: 1,
    ejections: 2,
    isEjected: true,
    inFlight: 1,
  };
  const connections = { open: 1, waiting: 1, accepted: 5, shed: 1, refused: 1 };
  return sumCounts([
    ...counting.collect(),
    {
      ...NO_COUNTS,
      servers: [server],
      queued: 3,
      tunnels: 2,
      entrypoints: [{ entrypoint: 'http', limit: 9, ...connections }],
    },
  ]);
}

/** Counts of two threads that answer at once, or not at all (null). */
function start(first: () => Counts | null, second: () => Counts | null, patienceMs = 1_000) {
  const counts: ProcessCounts = new ProcessCounts(
    2,
    (thread, id) => {
      const answer = [first, second][thread]!();
      if (answer !== null) counts.heard(thread, id, answer, true);
    },
    patienceMs,
  );
  return counts;
}

suite('what all proxy threads have counted', () => {
  test('is the sum', async () => {
    const { counts, ageMs } = await start(
      () => counted(2),
      () => counted(3),
    ).get();
    assert.deepEqual(requestsOf(counts, SERVICE), { 'GET 2xx': 5 });
    assert.equal(numberOf(counts, SERVICE, 'inFlight'), 2);
    assert.deepEqual([counts.queued, counts.entrypoints[0]?.limit], [6, 9]);
    assert.ok(ageMs !== null && ageMs < 1_000);
  });

  test('keeps what one had counted that has crashed, but for what is of the moment', async () => {
    let second = counted(3);
    const counts = start(
      () => counted(2),
      () => second,
    );
    await counts.get();
    counts.crashed(1);
    second = NO_COUNTS;
    const after = (await counts.get()).counts;
    assert.deepEqual(requestsOf(after, SERVICE), { 'GET 2xx': 5 });
    assert.equal(numberOf(after, SERVICE, 'inFlight'), 1);
    assert.deepEqual([after.queued, after.tunnels], [3, 2]);
    const [server] = after.servers;
    assert.deepEqual([server?.connectErrors, server?.ejections, server?.inFlight], [2, 4, 1]);
    const [{ open, waiting, accepted } = { open: 0, waiting: 0, accepted: 0 }] = after.entrypoints;
    assert.deepEqual([open, waiting, accepted], [1, 1, 10]);
    // The new one counts on.
    second = counted(1);
    counts.crashed(0);
    assert.deepEqual(requestsOf((await counts.get()).counts, SERVICE), { 'GET 2xx': 8 });
  });

  test('has no server ejected because one had it so that has crashed', async () => {
    let first = counted(1);
    const counts = start(
      () => first,
      () => NO_COUNTS,
    );
    assert.equal((await counts.get()).counts.servers[0]?.isEjected, true);
    counts.crashed(0);
    first = NO_COUNTS;
    assert.equal((await counts.get()).counts.servers[0]?.isEjected, false);
  });

  test('forgets services and servers that left the table, as threads do', async () => {
    let first = counted(1);
    const counts = start(
      () => first,
      () => NO_COUNTS,
    );
    await counts.get();
    counts.crashed(0);
    first = NO_COUNTS;
    counts.follow(oneHost({ port: 1, id: 's' }));
    const kept = (await counts.get()).counts;
    assert.deepEqual([kept.services, kept.servers.length], [['none', SERVICE], 1]);
    assert.deepEqual(requestsOf(kept, SERVICE), { 'GET 2xx': 1 });
    counts.follow(table({ 'b.test': { servers: [] } }));
    const left = (await counts.get()).counts;
    assert.deepEqual([left.services, left.servers], [['none'], []]);
    assert.equal(left.entrypoints[0]?.accepted, 5);
  });

  test('has the answers and errors of one that has crashed for good, its routes as long as the table stays', async () => {
    const installed = oneHost({ port: 1, id: 's' });
    const told = {
      ...NO_COUNTS,
      statuses: { 200: 3 },
      durationMs: 7,
      recentErrors: [{ at: 1, status: 500, method: 'GET', host: 'a.test', path: '/' }],
      routes: [{ tableId: installed.id, requests: Float64Array.of(4) }],
    };
    let first: Counts = told;
    const counts = start(
      () => first,
      () => NO_COUNTS,
    );
    await counts.get();
    counts.crashed(0);
    first = NO_COUNTS;
    counts.follow(installed);
    const { statuses, durationMs, recentErrors, routes } = (await counts.get()).counts;
    assert.deepEqual({ ...NO_COUNTS, statuses, durationMs, recentErrors, routes }, told);
    counts.follow(table({ 'a.test': { servers: [] } }));
    const after = (await counts.get()).counts;
    assert.deepEqual([after.routes, after.statuses, after.recentErrors.length], [[], { 200: 3 }, 1]);
  });

  test('does not wait for one that has crashed', async () => {
    const counts = start(
      () => counted(1),
      () => null,
      60_000,
    );
    const asked = counts.get();
    counts.crashed(1);
    assert.deepEqual(requestsOf((await asked).counts, SERVICE), { 'GET 2xx': 1 });
  });

  test('is as old as what the most silent one has told; of no age where none ever has', async () => {
    let second: Counts | null = NO_COUNTS;
    const counts = start(
      () => NO_COUNTS,
      () => second,
      20,
    );
    await counts.get();
    second = null;
    const { ageMs } = await counts.get();
    assert.ok(ageMs !== null && ageMs >= 19, String(ageMs));
    const silent = start(
      () => null,
      () => null,
      20,
    );
    assert.equal((await silent.get()).ageMs, null);
  });
});
