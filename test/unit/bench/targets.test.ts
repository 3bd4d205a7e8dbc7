import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { medians, ratios, type RunFigures } from '../../../bench/measure.ts';
import { judge, limitOf } from '../../../bench/targets.ts';
import { WORKLOADS } from '../../../bench/workloads.ts';

const FULL: RunFigures = {
  requestsPerSecond: 1000,
  p50Ms: 1,
  p99Ms: 2,
  cpuUs: 100,
  ownShare: 0.97,
  proxyCoreShare: 1,
  loadCoreShare: 0.5,
};

/** The figures of a fast lane and of HAProxy with the small GET, a run each. */
function small(ours: Partial<RunFigures>, theirs: Partial<RunFigures>) {
  const [our, their] = [
    { ...FULL, ...ours },
    { ...FULL, ...theirs },
  ];
  const to = new Map([['HAProxy', ratios([our], [their])]]);
  return judge([
    {
      workload: WORKLOADS[0],
      rows: [
        { contender: 'active-lb, fast lane', lane: 'fast', figures: our, to },
        { contender: 'HAProxy', lane: null, figures: their, to: new Map() },
      ],
    },
  ]);
}

suite('targets', () => {
  test('a ratio is that of figures of the same round, and then the median, so that a slow round tells nothing', () => {
    const ours = [500, 1000, 100].map((requestsPerSecond) => ({ ...FULL, requestsPerSecond }));
    const theirs = [1000, 2000, 190].map((requestsPerSecond) => ({ ...FULL, requestsPerSecond }));
    assert.equal(ratios(ours, theirs).byRequests, 0.5);
    assert.equal(medians(ours).requestsPerSecond, 500);
  });

  test('less CPU time for a request is a higher ratio', () => {
    assert.equal(ratios([{ ...FULL, cpuUs: 50 }], [FULL]).byCpu, 2);
  });

  test('requests per second count where both proxies had their core to the full', () => {
    const [throughput] = small({ requestsPerSecond: 950, cpuUs: 500 }, {});
    assert.deepEqual(
      [throughput?.judgedBy, throughput?.figure, throughput?.isMet],
      ['requests/s', 0.95, true],
    );
  });

  test('CPU time counts where one of them had time left, since the load then decides about requests', () => {
    const [throughput] = small({ cpuUs: 200 }, { ownShare: 0.4 });
    assert.deepEqual([throughput?.judgedBy, throughput?.figure, throughput?.isMet], ['CPU', 0.5, false]);
  });

  test('a latency is to be low', () => {
    const [, p99] = small({ p99Ms: 2.9 }, { p99Ms: 2 });
    assert.deepEqual([p99?.judgedBy, p99?.isMet], ['p99', true]);
    assert.equal(small({ p99Ms: 3.1 }, { p99Ms: 2 })[1]?.isMet, false);
  });

  test('nothing is said of a peer or a workload that is missing', () => {
    assert.equal(small({}, {}).length, 2);
    assert.deepEqual(judge([]), []);
  });

  test('what limits a run is the first that has nothing left', () => {
    assert.equal(limitOf(FULL), 'proxy');
    assert.equal(limitOf({ ...FULL, ownShare: 0.5, loadCoreShare: 0.99 }), 'load’s core');
    assert.equal(limitOf({ ...FULL, ownShare: 0.5 }), 'other work');
    assert.equal(limitOf({ ...FULL, ownShare: 0.5, proxyCoreShare: 0.6 }), 'nothing here');
  });
});
