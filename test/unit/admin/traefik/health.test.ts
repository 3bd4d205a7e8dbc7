import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { goDuration, healthView } from '../../../../src/admin/traefik/health.ts';

suite('/health', () => {
  test('has the fields of Traefik 1.7, in their units', () => {
    const counts = {
      statuses: { 200: 7, 404: 6 },
      durationMs: 15.202713,
      recentErrors: [
        {
          at: Date.UTC(2016, 6, 29, 12, 0, 0, 50),
          status: 404,
          method: 'GET',
          host: 'a.test:80',
          path: '/x',
        },
        { at: Date.UTC(2016, 6, 29), status: 599, method: '', host: '', path: '' },
      ],
    };
    const now = Date.UTC(2016, 6, 29, 12, 0, 0, 350);
    assert.deepEqual(healthView({ counts, lastSecond: { 404: 2 } }, 113_450.952875, now), {
      pid: process.pid,
      uptime: '1m53.450952875s',
      uptime_sec: 113.450952875,
      time: '2016-07-29 12:00:00.35 +0000 UTC',
      unixtime: 1_469_793_600,
      status_code_count: { 404: 2 },
      total_status_code_count: { 200: 7, 404: 6 },
      count: 2,
      total_count: 13,
      total_response_time: '15.202713ms',
      total_response_time_sec: 0.015202713,
      average_response_time: '1.169439ms',
      average_response_time_sec: 0.015202713 / 13,
      recent_errors: [
        {
          status_code: 404,
          status: 'Not Found',
          method: 'GET',
          host: 'a.test:80',
          path: '/x',
          time: '2016-07-29T12:00:00.050Z',
        },
        { status_code: 599, status: '', method: '', host: '', path: '', time: '2016-07-29T00:00:00.000Z' },
      ],
    });
  });

  test('has noughts before the first request', () => {
    const view = healthView(
      { counts: { statuses: {}, durationMs: 0, recentErrors: [] }, lastSecond: {} },
      0,
      0,
    );
    assert.deepEqual(
      [view.total_count, view.average_response_time_sec, view.average_response_time, view.uptime],
      [0, 0, '0s', '0s'],
    );
    assert.equal(view.time, '1970-01-01 00:00:00 +0000 UTC');
  });
});

test('durations are written as Go writes them', () => {
  const written: Readonly<Record<string, number>> = {
    '0s': 0,
    '1ns': 0.000001,
    '272.119µs': 0.272119,
    '15.117µs': 0.015117,
    '1ms': 1,
    '864.8016ms': 864.8016,
    '1s': 1_000,
    '35.456865605s': 35_456.865605,
    '1m0s': 60_000,
    '39m6.885931127s': 2_346_885.931127,
    '1h0m0s': 3_600_000,
    '16h43m51.452460402s': 60_231_452.460402,
    '2400h0m0.5s': 8_640_000_500,
  };
  for (const [text, ms] of Object.entries(written)) assert.equal(goDuration(ms), text);
});
