import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { NO_COUNTS, type Counts } from '../../../src/model/counts.ts';
import { Counting } from '../../../src/proxy/counting.ts';
import { ProcessCounts } from '../../../src/telemetry/processCounts.ts';
import { ratesBetween } from '../../../src/telemetry/rates.ts';
import { sumCounts } from '../../../src/telemetry/sumCounts.ts';
import { matchOf } from '../../support/counts.ts';
import { table } from '../../support/proxy.ts';

const FINISHED = { method: 'GET', bytesIn: 0, bytesOut: 0, retries: 0, failure: null };

/** A thread that counts requests of a table with these hosts. */
class Thread {
  readonly counting = new Counting();
  tableId = '';

  constructor(hosts: readonly string[] = ['a', 'b']) {
    this.install(hosts);
  }

  install(hosts: readonly string[]): void {
    const next = table(Object.fromEntries(hosts.map((host) => [host, { servers: [] }])));
    this.tableId = next.id;
    this.counting.install(next);
  }

  /** So many requests that take the route at this index. */
  ask(
    service: string,
    times: number,
    given: { readonly index?: number; readonly status?: number; readonly durationMs?: number } = {},
  ): void {
    const { index, status = 200, durationMs = 4 } = given;
    for (let n = 0; n < times; n += 1) {
      const row = this.counting.begin(matchOf(service, index));
      this.counting.finish(row, { ...FINISHED, status, durationMs });
    }
  }

  get counts(): Counts {
    return sumCounts([...this.counting.collect()]);
  }
}

suite('rates', () => {
  test('are what there is more of than before, divided by the time that has passed', () => {
    const thread = new Thread();
    thread.ask('test/a', 10, { durationMs: 5_000 });
    const before = thread.counts;
    thread.ask('test/a', 30);
    thread.ask('test/a', 6, { status: 503, durationMs: 400 });
    thread.ask('test/a', 2, { status: 404 });
    thread.counting.begin(matchOf('test/a'));
    thread.counting.begin(null);
    const { total, services, statuses } = ratesBetween(before, thread.counts, 2);
    const rates = { requestsPerSecond: 19, errorsPerSecond: 3, p50Ms: 3.38, p95Ms: 420.83 };
    assert.deepEqual([...services], [['test/a', { ...rates, inFlight: 1 }]]);
    assert.deepEqual(statuses, { 200: 30, 404: 2, 503: 6 });
    const moment = { inFlight: 2, connections: 0, waiting: 0, queued: 0 };
    assert.deepEqual(total, { ...rates, p99Ms: 484.17, ...moment });
  });

  test('are of no service to which nothing happens, and of one that only has requests in flight', () => {
    const thread = new Thread();
    for (const service of ['test/a', 'test/b', 'test/c']) thread.ask(service, 1);
    thread.counting.begin(matchOf('test/b'));
    const counts = thread.counts;
    const { services, total } = ratesBetween(counts, counts, 1);
    const rates = { requestsPerSecond: 0, errorsPerSecond: 0, p50Ms: null, p95Ms: null, inFlight: 1 };
    assert.deepEqual([...services], [['test/b', rates]]);
    assert.deepEqual([total.requestsPerSecond, total.p99Ms, total.inFlight], [0, null, 1]);
  });

  test('of all requests have those in them that found no route, which are of no service', () => {
    const thread = new Thread();
    const before = thread.counts;
    const row = thread.counting.begin(null);
    thread.counting.finish(row, { ...FINISHED, status: 404, durationMs: 0 });
    const { services, total } = ratesBetween(before, thread.counts, 1);
    assert.deepEqual([services.size, total.requestsPerSecond], [0, 1]);
  });

  test('of connections and queues are as they are now', () => {
    const entrypoint = {
      entrypoint: 'http',
      limit: 100,
      open: 7,
      waiting: 2,
      accepted: 90,
      shed: 1,
      refused: 1,
    };
    const after = { ...NO_COUNTS, queued: 3, entrypoints: [entrypoint, { ...entrypoint, open: 1 }] };
    const { connections, waiting, queued } = ratesBetween(NO_COUNTS, after, 1).total;
    assert.deepEqual([connections, waiting, queued], [8, 4, 3]);
  });

  test('of routes are told by their place in their table, and begin anew with each table', () => {
    const thread = new Thread();
    thread.ask('test/a', 5, { index: 0 });
    const before = thread.counts;
    thread.ask('test/b', 8, { index: 1 });
    const later = thread.counts;
    assert.deepEqual(ratesBetween(before, later, 2).routes, [{ tableId: thread.tableId, rates: [[1, 4]] }]);
    thread.install(['b', 'c']);
    thread.ask('test/b', 3, { index: 0 });
    assert.deepEqual(ratesBetween(later, thread.counts, 1).routes, [
      { tableId: thread.tableId, rates: [[0, 3]] },
    ]);
  });

  test('of a service that left the table and came back are never negative, and not what it has had since ever', () => {
    const [thread, other] = [new Thread(), new Thread()];
    for (const each of [thread, other]) each.ask('test/a', 100);
    const before = sumCounts([thread.counts, other.counts]);
    thread.install(['b']);
    thread.install(['a', 'b']);
    const after = sumCounts([thread.counts, other.counts]);
    const gone = ratesBetween(before, after, 1);
    assert.deepEqual([gone.services.size, gone.total.requestsPerSecond], [0, 0]);
    thread.ask('test/a', 3);
    const later = sumCounts([thread.counts, other.counts]);
    assert.equal(ratesBetween(after, later, 1).services.get('test/a')?.requestsPerSecond, 3);
  });

  test('are never negative when a thread crashes, and another one that begins at 0 takes its place', async () => {
    const threads = [new Thread(['a']), new Thread(['a'])];
    const counts: ProcessCounts = new ProcessCounts(2, (thread, id) =>
      counts.heard(thread, id, threads[thread]!.counts, true),
    );
    for (const thread of threads) thread.ask('test/a', 50, { status: 500 });
    const before = (await counts.get()).counts;
    counts.crashed(0);
    threads[0] = new Thread(['a']);
    threads[0].ask('test/a', 2, { status: 500 });
    const { total, services, statuses } = ratesBetween(before, (await counts.get()).counts, 1);
    assert.deepEqual([total.requestsPerSecond, total.errorsPerSecond], [2, 2]);
    assert.equal(services.get('test/a')?.requestsPerSecond, 2);
    assert.deepEqual(statuses, { 500: 2 });
  });
});
