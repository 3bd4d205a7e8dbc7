import { suite, test } from 'node:test';
import assert from 'node:assert/strict';
import { announceFileLimit, announceOverload } from '../../../src/control/announceConnections.ts';
import type { Log } from '../../../src/telemetry/log.ts';
import { keptLog, type LogLine } from '../../support/logLines.ts';

function lineOf(announce: (log: Log) => void): LogLine {
  const { log, lines } = keptLog();
  announce(log);
  assert.equal(lines.length, 1);
  return lines[0]!;
}

suite('announcing what becomes of client connections', () => {
  test('that all places are taken is a warning that names what to raise', () => {
    const line = lineOf((log) =>
      announceOverload(log, { state: 'begun', limit: 200, durationMs: 0, shed: 0, refused: 0 }),
    );
    assert.deepEqual([line['event'], line['level'], line['limit']], ['connections-at-limit', 'warn', 200]);
    assert.match(String(line['msg']), /all 200 client connections are taken.*LB_MAX_CONNECTIONS.*open files/);
  });

  test('its end is told with what it has cost', () => {
    const line = lineOf((log) =>
      announceOverload(log, { state: 'over', limit: 200, durationMs: 12_345, shed: 7, refused: 3 }),
    );
    assert.deepEqual(
      [line['event'], line['seconds'], line['shed'], line['refused']],
      ['connections-below-limit', 12, 7, 3],
    );
    assert.match(String(line['msg']), /after 12 s; 7 were closed for others, and 3 waited in vain/);
  });

  test('a limit of open files that is too low is told with both ways out', () => {
    const line = lineOf((log) => announceFileLimit(log, 20_000, 40_256, 4_096));
    assert.deepEqual([line['event'], line['limit'], line['needed']], ['file-limit-low', 4_096, 40_256]);
    assert.match(
      String(line['msg']),
      /may have 4096 files open.*may need 40256.*lower LB_MAX_CONNECTIONS to 1920/,
    );
  });

  for (const limit of [40_256, 1_048_576, null]) {
    test(`a limit of ${limit ?? 'unknown size'} is no news`, () => {
      const { log, lines } = keptLog();
      announceFileLimit(log, 20_000, 40_256, limit);
      assert.deepEqual(lines, []);
    });
  }
});
