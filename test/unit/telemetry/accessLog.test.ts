import assert from 'node:assert/strict';
import { once, EventEmitter } from 'node:events';
import { test } from 'node:test';
import { AccessLog, type AccessBatch } from '../../../src/telemetry/accessLog.ts';
import { outcomeOf } from '../../support/outcome.ts';

function textOf(batches: readonly AccessBatch[]): string {
  return batches.map(({ bytes }) => Buffer.from(bytes).toString()).join('');
}

function sum(batches: readonly AccessBatch[], what: 'lines' | 'dropped'): number {
  return batches.reduce((total, batch) => total + batch[what], 0);
}

/** About as long as a line can be, to be full soon. */
const LONG = outcomeOf({ target: `/${'\u00ff'.repeat(1_000)}` });

test('lines are told together, at the latest after a moment', async () => {
  const told = new EventEmitter();
  const log = new AccessLog('common', (batch) => told.emit('batch', batch));
  const addedAt = performance.now();
  for (const target of ['/1', '/2', '/3']) log.add(outcomeOf({ target }));
  const [batch] = (await once(told, 'batch')) as [AccessBatch];
  assert.deepEqual(textOf([batch]).match(/\/\d(?= HTTP)/g), ['/1', '/2', '/3']);
  assert.deepEqual([batch.lines, batch.dropped], [3, 0]);
  const waitedMs = performance.now() - addedAt;
  assert.ok(waitedMs > 30, `${waitedMs} ms`);
});

test('a batch that is long enough is told at once, complete lines only', () => {
  const batches: AccessBatch[] = [];
  const log = new AccessLog('json', (batch) => batches.push(batch));
  for (let n = 0; n < 100; n += 1) log.add(LONG);
  log.flush();
  assert.ok(batches.length > 1);
  assert.equal(sum(batches, 'lines'), 100);
  for (const { bytes, lines } of batches) {
    assert.ok(bytes.length < 2 * 65_536);
    assert.equal(Buffer.from(bytes).toString().match(/\n/g)?.length, lines);
    assert.equal(bytes.at(-1), 10);
  }
});

test('bytes can be transferred: each batch has memory of its own, and no more than it needs', () => {
  const batches: AccessBatch[] = [];
  const log = new AccessLog('common', (batch) => batches.push(batch));
  log.add(outcomeOf());
  log.flush();
  assert.equal(batches[0]!.bytes.buffer.byteLength, batches[0]!.bytes.length);
});

test('flush tells what is there, and nothing where there is nothing', () => {
  const batches: AccessBatch[] = [];
  const log = new AccessLog('common', (batch) => batches.push(batch));
  log.flush();
  log.add(outcomeOf());
  log.flush();
  log.flush();
  assert.equal(batches.length, 1);
});

test('while main takes nothing, lines are dropped and counted beyond a few megabytes; then it goes on, and says how many', () => {
  const batches: AccessBatch[] = [];
  const log = new AccessLog('json', (batch) => batches.push(batch));
  for (let n = 0; n < 5_000; n += 1) log.add(LONG);
  const bytesTold = batches.reduce((total, { bytes }) => total + bytes.length, 0);
  assert.ok(bytesTold < 5 * 1_048_576, `${bytesTold} bytes`);
  assert.equal(sum(batches, 'dropped'), 0);
  for (const { bytes } of batches.slice()) log.taken(bytes.length);
  log.add(LONG);
  log.flush();
  assert.ok(sum(batches, 'dropped') > 1_000);
  assert.equal(sum(batches, 'lines') + sum(batches, 'dropped'), 5_001);
});

test('what was dropped is told also when no request follows', () => {
  const batches: AccessBatch[] = [];
  const log = new AccessLog('json', (batch) => batches.push(batch));
  for (let n = 0; n < 5_000; n += 1) log.add(LONG);
  for (const { bytes } of batches.slice()) log.taken(bytes.length);
  assert.equal(sum(batches, 'lines') + sum(batches, 'dropped'), 5_000);
});
