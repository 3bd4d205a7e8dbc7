import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { statisticsEvent } from '../../../src/admin/liveEvents.ts';
import { NO_CONDITIONS, serverKey } from '../../../src/control/conditions.ts';
import { viewDerivation } from '../../../src/control/views.ts';
import {
  rankOf,
  serviceRows,
  SHOWS,
  textOfService,
  worst,
  type ServiceRow,
  type Show,
} from '../../../src/dashboard/serviceRows.ts';
import type { Statistics } from '../../../src/model/statistics.ts';
import { derivationOf, richServices, serviceOf, statusOf } from '../../support/status.ts';

const RICH = viewDerivation(derivationOf(richServices())).services;

const total = {
  requestsPerSecond: 9,
  errorsPerSecond: 2,
  p50Ms: 1,
  p95Ms: 7,
  p99Ms: 9,
  inFlight: 4,
  connections: 1,
  waiting: 0,
  queued: 0,
};
const server = {
  server: 'shop-api-1',
  url: 'http://127.0.0.1:1',
  inFlight: 0,
  connectErrors: 0,
  isEjected: false,
};

const STATISTICS: Statistics = {
  at: 0,
  seconds: 1,
  total,
  services: new Map([['shop/api', total]]),
  routes: [],
  statuses: {},
  servers: [
    { ...server, backend: 'shop/api', ejections: 2 },
    { ...server, backend: 'shop/api', server: 'shop-api-2', ejections: 1 },
    { ...server, backend: 'other', ejections: 5 },
  ],
};

function told({ requestsPerSecond, inFlight, ejections, p95Ms }: ServiceRow) {
  return [requestsPerSecond, inFlight, ejections, p95Ms];
}

suite('the row of a service', () => {
  const rows = serviceRows(RICH, statisticsEvent(STATISTICS, statusOf([])));
  const row = (id: string) => rows.find(({ service }) => service.id === id)!;

  const shown = (show: Show) => rows.filter(SHOWS[show]).map(({ service }) => service.id);

  test('has the last second of its traffic, and the ejections of its backends', () => {
    const { service, ...api } = row('shop/api');
    assert.equal(service.id, 'shop/api');
    assert.deepEqual(api, {
      requestsPerSecond: 9,
      errorsPerSecond: 2,
      p50Ms: 1,
      p95Ms: 7,
      inFlight: 4,
      ejections: 3,
    });
  });

  test('tells no traffic from traffic that is not known yet', () => {
    assert.deepEqual(told(row('shop/blog')), [0, 0, 0, null]);
    assert.deepEqual(told(serviceRows(RICH, null)[2]!), [null, null, null, null]);
  });

  test('comes the earlier the more it needs a look', () => {
    const ids = rows.toSorted((a, b) => rankOf(a) - rankOf(b)).map(({ service }) => service.id);
    assert.deepEqual(ids, [
      'shop/admin',
      'shop/pay',
      'shop/api',
      'shop/blog',
      'proxy-test/web-test',
      'shop/batch',
    ]);
  });

  test('is shown among those that it belongs to', () => {
    assert.equal(shown('all').length, 6);
    assert.deepEqual(shown('errors'), ['shop/admin', 'shop/pay']);
    assert.deepEqual(shown('findings'), ['shop/admin', 'shop/api', 'shop/blog', 'shop/pay']);
    assert.deepEqual(shown('trouble'), ['shop/blog']);
    assert.deepEqual(shown('busy'), ['shop/api']);
  });

  test('of a service with a server that fails is in trouble, and comes before those that are well', () => {
    const derivation = derivationOf([serviceOf('a/well', 1), serviceOf('b/ill', 2)]);
    const ill = derivation.table.backends.find(({ id }) => id === 'b/ill')!.servers[0]!;
    const failing = { backend: 'b/ill', server: ill.id, url: ill.url, reason: 'answered 500' };
    const conditions = { ...NO_CONDITIONS, failing: new Map([[serverKey('b/ill', ill), failing]]) };
    const [well, other] = serviceRows(viewDerivation(derivation, conditions).services, null);
    assert.deepEqual([SHOWS.trouble(well!), SHOWS.trouble(other!)], [false, true]);
    assert.ok(rankOf(other!) < rankOf(well!));
  });
});

test('a service is as bad as its worst finding', () => {
  assert.deepEqual(RICH.map(worst), [null, 'error', 'warning', 'info', 'warning', 'error']);
});

test('a service is looked for in its name, hosts, servers, containers and findings, in lower case', () => {
  const text = textOfService(RICH[2]!);
  for (const part of [
    'shop/api',
    'example.org',
    '127.42.101.11',
    'shop-api-5',
    'not-running',
    'port-defaulted',
  ])
    assert.ok(text.includes(part), part);
  assert.equal(text, text.toLowerCase());
});
