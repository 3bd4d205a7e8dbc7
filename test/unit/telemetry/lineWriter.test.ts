import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { AccessBatch } from '../../../src/telemetry/accessLog.ts';
import { LineWriter } from '../../../src/telemetry/lineWriter.ts';
import { Reader } from '../../support/reader.ts';

/** A batch of lines of 64 bytes: `access 1 ……`, `access 2 ……`. */
function batchOf(from: number, lines: number, dropped = 0): AccessBatch {
  const text = Array.from({ length: lines }, (_, n) => `access ${from + n} `.padEnd(63, '.') + '\n').join('');
  return { bytes: new TextEncoder().encode(text), lines, dropped };
}

/** No test waits it out. */
const PATIENCE = { idleMs: 60_000, limitMs: 60_000 } as const;
const BATCH_LINES = 1_024;

/** Writes batches of 64 KiB until some are dropped. Returns how many lines there were. */
function fill(writer: LineWriter): number {
  let lines = 0;
  for (; writer.accessLines.dropped === 0; lines += BATCH_LINES)
    writer.writeAccess(batchOf(lines, BATCH_LINES));
  return lines;
}

/** What was said of gaps, and a writer that says it in a line, as the log does. */
function writerWithGaps(reader: Reader): { readonly writer: LineWriter; readonly gaps: [string, number][] } {
  const writer = new LineWriter(reader.write);
  const gaps: [string, number][] = [];
  writer.onGap = (...gap) => {
    gaps.push(gap);
    writer.write(`gap ${gap.join(' ')}\n`);
  };
  return { writer, gaps };
}

test('lines of both kinds are written in the order in which they came, complete, also where each write takes a part', async () => {
  const reader = new Reader();
  const writer = new LineWriter(reader.write);
  reader.room = 10;
  writer.write('log 1\n');
  writer.writeAccess(batchOf(1, 2));
  writer.write('log 2\n');
  for (; !reader.text.endsWith('log 2\n'); reader.room += 7) {
    const { writes } = reader;
    await reader.until('a write', () => reader.writes > writes || reader.text.endsWith('log 2\n'));
  }
  assert.deepEqual(
    reader.lines.map((line) => line.replace(/ \.+$/, '')),
    ['log 1', 'access 1', 'access 2', 'log 2'],
  );
});

suite('while the reader has stopped', { concurrency: true }, () => {
  test('lines wait up to 8 MiB; beyond it they are dropped and counted', () => {
    const reader = new Reader();
    reader.room = 0;
    const { writer, gaps } = writerWithGaps(reader);
    const lines = fill(writer);
    assert.equal((lines - BATCH_LINES) * 64, 8_388_608);
    for (let n = 0; n < 1_000; n += 1) writer.writeAccess(batchOf(0, 1));
    assert.deepEqual(writer.accessLines, { written: 0, dropped: BATCH_LINES + 1_000 });
    assert.deepEqual(gaps, [], 'there is nobody to tell yet');
  });

  test('events of the log still find room when lines of the access log do not, up to 1 MiB', async () => {
    const reader = new Reader();
    reader.room = 0;
    const { writer, gaps } = writerWithGaps(reader);
    fill(writer);
    const event = `${'e'.repeat(1_023)}\n`;
    for (let n = 0; n < 1_500; n += 1) writer.write(event);
    reader.room = Number.POSITIVE_INFINITY;
    await writer.flush(PATIENCE);
    assert.equal(reader.lines.filter((line) => line.startsWith('e')).length, 1_024);
    assert.deepEqual(
      new Map(gaps),
      new Map([
        ['access', BATCH_LINES],
        ['log', 1_500 - 1_024],
      ]),
    );
    assert.equal(reader.lines.filter((line) => line.startsWith('gap')).length, 2);
  });

  test('it is not asked all the time whether it reads again', async () => {
    const reader = new Reader();
    reader.room = 0;
    const writer = new LineWriter(reader.write);
    writer.write('x\n');
    const startedAt = performance.now();
    await reader.until('some writes', () => reader.writes === 10);
    const tookMs = performance.now() - startedAt;
    // 1 + 2 + 4 + 8 + 16 + 32 + 64 + 100 + 100
    assert.ok(tookMs > 300, `${tookMs} ms`);
  });
});

suite('when the reader goes on', { concurrency: true }, () => {
  test('one line tells how many were dropped, in their place', async () => {
    const reader = new Reader();
    reader.room = 0;
    const { writer, gaps } = writerWithGaps(reader);
    const before = fill(writer);
    writer.writeAccess(batchOf(before, 1));
    reader.room = Number.POSITIVE_INFINITY;
    await reader.until('the gap', () => gaps.length > 0);
    writer.writeAccess(batchOf(before + 1, 1));
    await writer.flush(PATIENCE);
    assert.deepEqual(gaps, [['access', BATCH_LINES + 1]]);
    const numbers = reader.lines.map((line) => Number(/^access (\d+)/.exec(line)?.[1] ?? -1));
    const kept = before - BATCH_LINES;
    assert.deepEqual(numbers, [...Array.from({ length: kept }, (_, n) => n), -1, before + 1]);
    assert.deepEqual(writer.accessLines, { written: kept + 1, dropped: BATCH_LINES + 1 });
  });

  test('as slowly as it reads, there are a few large gaps instead of one at each line', async () => {
    const reader = new Reader();
    reader.room = 0;
    const { writer, gaps } = writerWithGaps(reader);
    fill(writer);
    reader.room = 65_536 * 10;
    await reader.until('ten batches', () => reader.room === 0);
    writer.writeAccess(batchOf(0, 1));
    assert.deepEqual(gaps, []);
    assert.equal(writer.accessLines.dropped, BATCH_LINES + 1, 'half of the room must be empty first');
  });

  test('lines that were dropped before they came here count, and are told at once', async () => {
    const reader = new Reader();
    const { writer, gaps } = writerWithGaps(reader);
    writer.writeAccess(batchOf(1, 1, 7));
    writer.writeAccess({ bytes: new Uint8Array(0), lines: 0, dropped: 3 });
    await writer.flush(PATIENCE);
    assert.deepEqual(gaps, [
      ['access', 7],
      ['access', 3],
    ]);
    assert.deepEqual(writer.accessLines, { written: 1, dropped: 10 });
  });
});

suite('a reader that is gone, or a disk that is full,', { concurrency: true }, () => {
  for (const code of ['EPIPE', 'ENOSPC', 'EIO']) {
    test(`${code}: is tried again after a second, and then nothing is lost`, async () => {
      const reader = new Reader();
      reader.fault = code;
      const writer = new LineWriter(reader.write);
      writer.write('before\n');
      await reader.until('the first try', () => reader.writes === 1);
      writer.writeAccess(batchOf(1, 1));
      writer.write('after\n');
      const failedAt = performance.now();
      reader.fault = null;
      await reader.until('all lines', () => reader.lines.length === 3);
      const waitedMs = performance.now() - failedAt;
      assert.ok(waitedMs > 900, `${waitedMs} ms`);
      assert.deepEqual([reader.lines[0], reader.lines[2]], ['before', 'after']);
    });
  }
});

suite('flush', { concurrency: true }, () => {
  test('resolves at once where nothing waits, and else when it is written', async () => {
    const reader = new Reader();
    const writer = new LineWriter(reader.write);
    await writer.flush(PATIENCE);
    assert.equal(reader.writes, 0);
    writer.write('x\n');
    await writer.flush(PATIENCE);
    assert.equal(reader.text, 'x\n');
  });

  test('waits no longer than it may for a reader that has stopped', async () => {
    const reader = new Reader();
    reader.room = 0;
    const writer = new LineWriter(reader.write);
    writer.write('x\n');
    const startedAt = performance.now();
    await writer.flush({ idleMs: 200, limitMs: 60_000 });
    const tookMs = performance.now() - startedAt;
    assert.ok(tookMs > 190 && tookMs < 5_000, `${tookMs} ms`);
  });

  test('waits longer for one that is merely slow, but not for ever', async () => {
    const reader = new Reader();
    reader.room = 0;
    const writer = new LineWriter(reader.write);
    writer.write('0123456789\n');
    const slowly = setInterval(() => (reader.room += 1), 100);
    const startedAt = performance.now();
    await writer.flush({ idleMs: 5_000, limitMs: 400 });
    const tookMs = performance.now() - startedAt;
    assert.ok(tookMs > 390 && tookMs < 4_000, `${tookMs} ms`);
    assert.ok(reader.text.length < 11);
    await writer.flush({ idleMs: 1_000, limitMs: 60_000 });
    assert.equal(reader.text, '0123456789\n');
    clearInterval(slowly);
  });

  test('tries once more where writing has failed, and then waits for nobody', async () => {
    const reader = new Reader();
    reader.fault = 'EPIPE';
    const writer = new LineWriter(reader.write);
    writer.write('x\n');
    await reader.until('the first try', () => reader.writes === 1);
    await writer.flush(PATIENCE);
    assert.equal(reader.writes, 2);
    reader.fault = null;
    await writer.flush(PATIENCE);
    assert.equal(reader.text, 'x\n');
  });
});
