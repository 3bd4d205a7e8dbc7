import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { announceInstall, announceRefresh, announceStale } from '../../../src/control/announce.ts';
import { announceHeld, announceHoldEnded } from '../../../src/control/announceHold.ts';
import { State } from '../../../src/control/state.ts';
import type { RefreshEvent } from '../../../src/control/events.ts';
import { keptLog, type LogLine } from '../../support/logLines.ts';
import { backendOf, routeOf } from '../routing/tables.ts';
import { buildTable } from '../../../src/routing/build.ts';
import { changesOf, derivationOf, failed, publicationOf, refreshed, restored } from './events.ts';

/** What is written at `info`, the default, about these events; main's wiring of state and log. */
function told(events: readonly RefreshEvent[], keeps = true): readonly LogLine[] {
  const { log, lines } = keptLog('info');
  const state = new State({ metadataUrl: '', refreshIntervalMs: 1, entrypoint: { address: '', port: 0 } });
  for (const event of events) announceRefresh(log, event, { ...state.note(event), wasStale: false }, keeps);
  return lines;
}

function brief(lines: readonly LogLine[]): readonly unknown[] {
  return lines.map(({ level, event }) => `${String(level)} ${String(event)}`);
}

suite('a source that fails', () => {
  const outage = Array.from({ length: 5 }, (_, i) => failed(`no answer ${i}`));

  test('is told of once, and once when it answers again', () => {
    const lines = told([refreshed('v1', null), ...outage, refreshed('v1', null), refreshed('v1', null)]);
    assert.deepEqual(brief(lines), ['warn metadata-failed', 'info metadata-recovered']);
    assert.equal(lines[0]?.['msg'], 'metadata: no answer 0 — what is installed stays');
    assert.equal(lines[0]?.['retryInMs'], 1500);
    assert.equal(lines[1]?.['msg'], 'metadata answers again after 5 failed tries');
  });

  test('is told of again when it fails anew', () => {
    const lines = told([failed('one'), refreshed('v1', null), failed('two')]);
    assert.deepEqual(brief(lines), [
      'warn metadata-failed',
      'info metadata-recovered',
      'warn metadata-failed',
    ]);
    assert.match(String(lines[1]?.['msg']), /after 1 failed try$/);
  });

  test('from the start leaves nothing installed, and that is said', () => {
    assert.match(String(told(outage, false)[0]?.['msg']), /— nothing is installed yet$/);
  });

  test('is told of each time at debug', () => {
    const { log, lines } = keptLog('debug');
    outage.forEach((event, i) => announceRefresh(log, event, { failuresBefore: i, wasStale: false }, true));
    assert.deepEqual(brief(lines), ['warn metadata-failed', ...Array(4).fill('debug metadata-failed')]);
  });
});

suite('a refresh', () => {
  test('without news is not told of', () => {
    assert.deepEqual(told([refreshed('v1', null), refreshed('v2', null)]), []);
  });

  test('with a new table is told of when that is installed, not before', () => {
    const publication = publicationOf(derivationOf('t1'), { changes: changesOf(3) });
    assert.deepEqual(told([refreshed('v1', publication)]), []);
  });

  test('with new reports alone tells of them at once, since no install follows', () => {
    const publication = publicationOf(derivationOf('t1'), { reportsOnly: true, changes: changesOf(2) });
    assert.deepEqual(
      told([refreshed('v1', publication)]).map(({ msg }) => msg),
      ['+ server 1', '+ server 2'],
    );
  });
});

suite('an install', () => {
  const { table } = buildTable(
    [routeOf('a.test', 's/a'), routeOf('b.test', 's/b')],
    [backendOf('s/a', 3), backendOf('s/b', 1)],
  );

  function toldOf(changeCount: number): readonly LogLine[] {
    const { log, lines } = keptLog('info');
    const derivation = { table, services: [] };
    announceInstall(log, publicationOf(derivation, { changes: changesOf(changeCount) }), {
      decodeMs: 1.6,
      spreadMs: 0.4,
    });
    return lines;
  }

  test('is one line in numbers, then each change in words', () => {
    const [line, ...changes] = toldOf(2);
    const { time: _, ...rest } = line ?? {};
    assert.deepEqual(rest, {
      level: 'info',
      event: 'installed',
      tableId: table.id,
      routes: 2,
      services: 0,
      servers: 4,
      decodeMs: 2,
      spreadMs: 0,
      msg: `installed table ${table.id}: 2 routes, 0 labelled services, 4 servers`,
    });
    assert.deepEqual(
      changes.map(({ event, kind, what, service, msg }) => [event, kind, what, service, msg]),
      [
        ['change', 'added', 'server', 'stack/service', '+ server 1'],
        ['change', 'added', 'server', 'stack/service', '+ server 2'],
      ],
    );
  });

  test('tells of fifty changes and counts the others: a first install of 10,000 services must not flood the log', () => {
    assert.deepEqual(brief(toldOf(50)), ['info installed', ...Array(50).fill('info change')]);
    const lines = toldOf(10_000);
    assert.equal(lines.length, 52);
    assert.deepEqual([lines[51]?.['event'], lines[51]?.['count']], ['changes-untold', 9950]);
    assert.match(String(lines[51]?.['msg']), /9950 more changes/);
  });
});

test('what comes from disk is told with its age, in words and in seconds', () => {
  const event = restored('v1', publicationOf(derivationOf('t1')), Date.now() - 7_200_000);
  const [line, ...more] = told([event]);
  assert.deepEqual([brief([line!]), more], [['warn restored'], []]);
  assert.match(String(line?.['msg']), /takes the place of the metadata .* was read 2 h ago$/);
  assert.equal(line?.['ageSeconds'], 7200);
});

suite('a source that is stale', () => {
  const keep = { url: '', ageMs: 1, failuresTotal: 1, stale: true, fromState: null, held: null };

  test('is told of with when it was read last, the last error, and that what is installed stays', () => {
    const { log, lines } = keptLog('info');
    const lastError = { message: 'no answer', at: 1_469_793_700_000 };
    announceStale(log, { ...keep, lastSuccessAt: 1_469_793_600_000, lastError }, true);
    assert.deepEqual(brief(lines), ['warn metadata-stale']);
    assert.equal(
      lines[0]?.['msg'],
      'metadata was last read at 2016-07-29T12:00:00.000Z and is stale: no answer — what is installed stays',
    );
  });

  test('is told of also where it was never read, and where nothing has failed but nothing came', () => {
    const { log, lines } = keptLog('info');
    announceStale(log, { ...keep, lastSuccessAt: null, lastError: null }, false);
    assert.equal(
      lines[0]?.['msg'],
      'metadata has not been read since the start and is stale: no try has ended since — nothing is installed yet',
    );
  });

  test('is told of when it answers again, whether tries had failed or not', () => {
    const { log, lines } = keptLog('info');
    for (const failuresBefore of [0, 7]) {
      announceRefresh(log, refreshed('v1', null), { failuresBefore, wasStale: true }, true);
    }
    assert.deepEqual(
      lines.map(({ event, msg }) => [event, msg]),
      [
        ['metadata-recovered', 'metadata answers again, and is stale no more'],
        ['metadata-recovered', 'metadata answers again after 7 failed tries, and is stale no more'],
      ],
    );
  });
});

suite('a hold', () => {
  test('is told of with what is held, why, until when, and how to release it', () => {
    const { log, lines } = keptLog('info');
    const servicesLost = ['s/a', 's/b', 's/c', 's/d', 's/e'];
    const since = 1_469_793_600_000;
    const hold = { since, until: since + 60_000, serversBefore: 10, serversAfter: 1, servicesLost };
    const url = 'http://HOST:8000/api/release';
    announceHeld(log, hold, { url, asksLogin: false });
    assert.deepEqual(brief(lines), ['warn removal-held']);
    assert.equal(
      lines[0]?.['msg'],
      'a refresh would leave 1 of 10 servers, none of them of s/a, s/b, s/c and 2 more; it is held for 1 min, until 2016-07-29T12:01:00.000Z, and what is installed stays. If it is meant: curl -X POST http://HOST:8000/api/release',
    );
    announceHeld(log, { ...hold, servicesLost: [] }, { url, asksLogin: true });
    assert.match(
      String(lines[1]?.['msg']),
      /would leave 1 of 10 servers; it is held.*: curl -u NAME -X POST http:/,
    );
  });

  test('is told of again when it is over, and why; a warning only where servers went by the passing of time', () => {
    const { log, lines } = keptLog('info');
    for (const by of ['time', 'release', 'return'] as const) announceHoldEnded(log, by);
    assert.deepEqual(
      lines.map(({ level, event, by }) => [level, event, by]),
      [
        ['warn', 'removal-hold-ended', 'time'],
        ['info', 'removal-hold-ended', 'release'],
        ['info', 'removal-hold-ended', 'return'],
      ],
    );
  });
});
