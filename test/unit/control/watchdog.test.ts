import assert from 'node:assert/strict';
import { suite, test, type TestContext } from 'node:test';
import { Watchdog } from '../../../src/control/watchdog.ts';

const PATIENCE_MS = 1000;

/** A watchdog under a clock that moves only by `pass`. */
function start(t: TestContext, patienceMs = PATIENCE_MS) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let now = 0;
  let fedAt = 0;
  let barks = 0;
  const watchdog = new Watchdog(
    () => fedAt + patienceMs - now,
    () => barks++,
  );
  return {
    watchdog,
    barks: () => barks,
    feed: () => {
      fedAt = now;
      return watchdog.feed();
    },
    pass: (ms: number) => {
      now += ms;
      t.mock.timers.tick(ms);
    },
  };
}

suite('the watchdog', () => {
  test('tells once that successes are missing, not before it is too long', (t) => {
    const { barks, pass } = start(t);
    pass(PATIENCE_MS - 1);
    assert.equal(barks(), 0);
    pass(1);
    assert.equal(barks(), 1);
    pass(100 * PATIENCE_MS);
    assert.equal(barks(), 1);
  });

  test('is silent as long as each success comes in time', (t) => {
    const { barks, feed, pass } = start(t);
    for (let i = 0; i < 10; i++) {
      pass(PATIENCE_MS - 1);
      assert.equal(feed(), false);
    }
    assert.equal(barks(), 0);
  });

  test('says with the success that ends it that it had told, and tells anew the next time', (t) => {
    const { barks, feed, pass } = start(t);
    pass(PATIENCE_MS);
    assert.deepEqual([feed(), feed()], [true, false]);
    pass(PATIENCE_MS);
    assert.equal(barks(), 2);
  });

  test('looks again where its timer is early, or cannot be as long as it would have to', (t) => {
    const month = 31 * 86_400_000;
    const { barks, pass } = start(t, month);
    pass(25 * 86_400_000);
    assert.equal(barks(), 0);
    pass(6 * 86_400_000);
    assert.equal(barks(), 1);
  });

  test('tells nothing after its stop', (t) => {
    const { watchdog, barks, pass } = start(t);
    watchdog.stop();
    pass(PATIENCE_MS);
    assert.equal(barks(), 0);
  });
});
