import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TurnClock } from '../../../src/traffic/turnClock.ts';

test('a held clock stands still until it is free again, and so does the other one', () => {
  let time = 1;
  const other = new TurnClock(() => time * 10);
  const turn = new TurnClock(() => time, other);
  turn.hold();
  time = 2;
  assert.deepEqual([turn.now(), other.now()], [1, 10]);
  turn.free();
  assert.deepEqual([turn.now(), other.now()], [2, 20]);
  turn.hold();
  assert.deepEqual([turn.now(), other.now()], [2, 20], 'held anew, it tells the time of then');
});
