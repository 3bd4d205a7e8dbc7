import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { eventFrame } from '../../../src/admin/eventStreams.ts';
import { statisticsEvent } from '../../../src/admin/liveEvents.ts';
import { NO_COUNTS, type ServerCounts } from '../../../src/model/counts.ts';
import type { ServiceRates, Statistics } from '../../../src/model/statistics.ts';
import { ratesBetween } from '../../../src/telemetry/rates.ts';
import { failingStatus, notReadyStatus, richServices, statusOf } from '../../support/status.ts';

const NOTHING = ratesBetween(NO_COUNTS, NO_COUNTS, 1);

function statisticsOf(given: Partial<Statistics> = {}): Statistics {
  return { ...NOTHING, at: Date.UTC(2016, 6, 29), seconds: 1.00049, servers: [], ...given };
}

function rates(requestsPerSecond: number): ServiceRates {
  return { requestsPerSecond, errorsPerSecond: 1, p50Ms: 2.5, p95Ms: null, inFlight: 3 };
}

suite('a statistics event', () => {
  const status = statusOf(richServices());

  test('has a row of numbers for each service that there is something to tell of', () => {
    const event = statisticsEvent(statisticsOf({ services: new Map([['shop/api', rates(7)]]) }), status);
    assert.deepEqual(event.services, { 'shop/api': [7, 1, 2.5, null, 3] });
    assert.deepEqual([event.at, event.seconds], ['2016-07-29T00:00:00.000Z', 1]);
    assert.deepEqual(event.more, { services: 0, routes: 0, servers: 0 });
  });

  test('tells of routes by their place in the installed table, whatever else was routed by', () => {
    const routes = [
      { tableId: 'before', rates: [[0, 9]] },
      { tableId: 't-5f3c9a1e', rates: [[3, 4]] },
    ] as const;
    const event = statisticsEvent(statisticsOf({ routes }), status);
    assert.deepEqual([event.routes, event.routesOf], [[[3, 4]], 't-5f3c9a1e']);
    const [other] = routes;
    assert.deepEqual(statisticsEvent(statisticsOf({ routes: [other] }), status).routes, []);
  });

  test('has what is known of the metadata, and no table before the first', () => {
    const event = statisticsEvent(statisticsOf(), notReadyStatus());
    assert.deepEqual([event.routesOf, event.routes, event.metadata.ageSeconds], [null, [], null]);
    assert.equal(event.notReady.length, 2);
    const { stale, lastError } = statisticsEvent(statisticsOf(), failingStatus(true)).metadata;
    assert.deepEqual([stale, lastError?.message.includes('no answer in 10 s')], [true, true]);
  });

  test('is bounded: of too many services, routes and servers the busiest are told, the rest are counted', () => {
    const many = Array.from({ length: 12_000 }, (_, n) => n);
    const servers = many.map((n): ServerCounts => {
      const name = { backend: `stack-${n}/service`, server: `server-${n}` };
      return { ...name, connectErrors: 0, ejections: 0, isEjected: false, inFlight: n };
    });
    const statistics = statisticsOf({
      services: new Map(many.map((n) => [`stack-${n}/service`, rates(n)])),
      routes: [{ tableId: 't-5f3c9a1e', rates: many.map((n) => [n, n] as const) }],
      servers,
    });
    const event = statisticsEvent(statistics, status);
    assert.deepEqual(event.more, { services: 7_000, routes: 7_000, servers: 7_000 });
    assert.ok(Object.hasOwn(event.services, 'stack-11999/service'));
    assert.ok(!Object.hasOwn(event.services, 'stack-6999/service'));
    assert.ok(event.routes.every(([index]) => index >= 7_000));
    assert.ok(event.servers.every(([, , inFlight]) => inFlight >= 7_000));
    assert.ok(eventFrame('statistics', event).length < 1_000_000);
  });
});
