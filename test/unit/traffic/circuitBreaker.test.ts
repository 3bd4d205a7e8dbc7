import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { BreakerState } from '../../../src/model/condition.ts';
import type { BreakerCondition, BreakerMetric } from '../../../src/model/table.ts';
import { CircuitBreaker } from '../../../src/traffic/circuitBreaker.ts';

const NETWORK: BreakerMetric = { kind: 'network-error-ratio' };

function when(
  metric: BreakerMetric,
  operator: Extract<BreakerCondition, { kind: 'compare' }>['operator'],
  value: number,
): BreakerCondition {
  return { kind: 'compare', metric, operator, value };
}

/** A breaker, its clock, and what it told. */
class Rig {
  now = 1_000_000;
  readonly states: BreakerState[] = [];
  readonly breaker: CircuitBreaker;

  constructor(condition: BreakerCondition = when(NETWORK, '>', 0.5)) {
    const clock = () => this.now;
    this.breaker = new CircuitBreaker({ expression: '', condition }, clock, (state) =>
      this.states.push(state),
    );
  }

  /** So many answers, each after `latencyMs`. */
  answers(count: number, status = 200, latencyMs = 10): this {
    for (let n = 0; n < count; n += 1) this.breaker.record(status, latencyMs);
    return this;
  }

  after(ms: number): this {
    this.now += ms;
    return this;
  }

  get passes(): boolean {
    return this.breaker.refusedForSeconds() === null;
  }

  /** Whether it opens when it is told this. */
  get hasOpened(): boolean {
    return this.states.includes('open');
  }
}

suite('a circuit breaker', () => {
  test('is closed, and stays so while its condition does not hold', () => {
    const rig = new Rig().answers(50).answers(50, 502);
    assert.equal(rig.passes, true);
    assert.deepEqual(rig.states, []);
  });

  test('opens when its condition holds, and says when to come back', () => {
    const rig = new Rig().answers(5, 502);
    assert.deepEqual(rig.states, ['open']);
    assert.equal(rig.breaker.refusedForSeconds(), 10);
    rig.after(3_500);
    assert.equal(rig.breaker.refusedForSeconds(), 7);
    rig.after(6_499);
    assert.equal(rig.breaker.refusedForSeconds(), 1);
  });

  test('does not open below 5 requests', () => {
    const rig = new Rig().answers(4, 502);
    assert.deepEqual(rig.states, []);
    rig.answers(1, 502);
    assert.deepEqual(rig.states, ['open']);
  });

  test('forgets what is older than ten seconds', () => {
    const rig = new Rig().answers(4, 502).after(10_000).answers(4, 502);
    assert.deepEqual(rig.states, []);
    rig.after(9_000).answers(1, 502);
    assert.deepEqual(rig.states, ['open']);
  });

  test('forgets second by second, not all at once', () => {
    const rig = new Rig(
      when({ kind: 'response-code-ratio', from: 500, to: 600, dividedFrom: 0, dividedTo: 600 }, '>=', 0.5),
    );
    rig.answers(6);
    rig.after(5_000).answers(5, 500);
    assert.deepEqual(rig.states, []);
    rig.after(5_000).answers(1, 500);
    assert.deepEqual(rig.states, ['open'], 'only 5 to 10 seconds ago counts');
  });

  test('after ten seconds lets more and more through, linearly and evenly, and after ten more all', () => {
    const rig = new Rig().answers(5, 502).after(10_000);
    const passed = Array.from({ length: 10 }, () => {
      let count = 0;
      for (let n = 0; n < 100; n += 1) {
        rig.after(10);
        if (rig.passes) count += 1;
      }
      return count;
    });
    for (const [second, count] of passed.entries()) {
      const expected = second * 10 + 5;
      assert.ok(Math.abs(count - expected) <= 2, `second ${second}: ${count} of 100`);
    }
    assert.deepEqual(rig.states, ['open', 'recovering', 'closed']);
    for (let n = 0; n < 10; n += 1) assert.equal(rig.passes, true);
  });

  test('opens again for ten seconds when requests go wrong while it recovers', () => {
    const rig = new Rig().answers(5, 502).after(15_000);
    rig.answers(5, 504);
    assert.deepEqual(rig.states, ['open', 'recovering', 'open']);
    assert.equal(rig.after(9_999).passes, false);
    assert.equal(rig.after(10_001).passes, true);
  });

  test('is closed by time alone, whether anybody asks or not', () => {
    const rig = new Rig().answers(5, 502).after(60_000);
    assert.equal(rig.passes, true);
    assert.deepEqual(rig.states, ['open', 'recovering', 'closed']);
  });

  test('does not hold what it knew when it opened against the time after it', () => {
    const rig = new Rig().answers(5, 502).after(10_000).answers(1, 502);
    assert.deepEqual(rig.states, ['open', 'recovering']);
  });

  test('takes no notice of requests that began before it opened: their time-outs come in long after', () => {
    const rig = new Rig().answers(5, 504, 60_000).after(30_000).answers(20, 504, 60_000);
    assert.deepEqual(rig.states, ['open', 'recovering', 'closed']);
  });

  test('tells that it holds nothing back any more when its backend has it no longer', () => {
    const rig = new Rig().answers(5, 502);
    rig.breaker.retire();
    assert.deepEqual(rig.states, ['open', 'closed']);
    const calm = new Rig();
    calm.breaker.retire();
    assert.deepEqual(calm.states, []);
  });

  test('tells that it recovers and closes by itself, though nobody asks', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const rig = new Rig().answers(5, 502);
    const pass = (ms: number) => {
      rig.after(ms);
      t.mock.timers.tick(ms);
    };
    pass(9_000);
    assert.deepEqual(rig.states, ['open']);
    pass(1_100);
    assert.deepEqual(rig.states, ['open', 'recovering']);
    pass(10_000);
    assert.deepEqual(rig.states, ['open', 'recovering', 'closed']);
  });
});

function opensWith(condition: BreakerCondition): boolean {
  return new Rig(condition).answers(5).hasOpened;
}

suite('what a condition counts', () => {
  for (const [status, counts] of [
    [502, true],
    [504, true],
    [500, false],
    [503, false],
    [404, false],
    [200, false],
  ] as const) {
    test(`${status} ${counts ? 'is' : 'is no'} network error`, () => {
      assert.equal(new Rig(when(NETWORK, '>', 0)).answers(5, status).hasOpened, counts);
    });
  }

  test('a ratio of status ranges; the end of a range is not in it', () => {
    const ratio = {
      kind: 'response-code-ratio',
      from: 500,
      to: 503,
      dividedFrom: 200,
      dividedTo: 600,
    } as const;
    assert.equal(new Rig(when(ratio, '>', 0.39)).answers(3).answers(2, 502).hasOpened, true);
    assert.equal(new Rig(when(ratio, '>', 0.41)).answers(3).answers(2, 502).hasOpened, false);
    assert.equal(new Rig(when(ratio, '>', 0.1)).answers(3).answers(2, 503).hasOpened, false);
    assert.equal(new Rig(when(ratio, '<', 0.1)).answers(5, 101).hasOpened, true, 'of nothing it is 0');
  });

  test('the latency that most requests stay below', () => {
    const median = when({ kind: 'latency-at-quantile', quantile: 50 }, '>', 500);
    assert.equal(new Rig(median).answers(4, 200, 100).answers(2, 200, 900).hasOpened, false);
    const opens = new Rig(median).answers(4, 200, 100).answers(4, 200, 900);
    assert.equal(opens.hasOpened, false, 'half of them still stay below');
    assert.equal(opens.answers(1, 200, 900).hasOpened, true);
  });

  test('ratios and latencies in one condition, each for itself', () => {
    const slow = when({ kind: 'latency-at-quantile', quantile: 100 }, '>', 500);
    const both: BreakerCondition = { kind: 'and', left: slow, right: when(NETWORK, '>', 0.5) };
    assert.equal(new Rig(both).answers(9, 200, 900).hasOpened, false);
    assert.equal(new Rig(both).answers(9, 502, 100).hasOpened, false);
    assert.equal(new Rig(both).answers(9, 502, 900).hasOpened, true);
  });

  test('and, or and not are what they say', () => {
    const yes = when(NETWORK, '>=', 0);
    const no = when(NETWORK, '<', 0);
    assert.equal(opensWith({ kind: 'and', left: yes, right: no }), false);
    assert.equal(opensWith({ kind: 'and', left: yes, right: yes }), true);
    assert.equal(opensWith({ kind: 'or', left: no, right: yes }), true);
    assert.equal(opensWith({ kind: 'or', left: no, right: no }), false);
    assert.equal(opensWith({ kind: 'not', of: no }), true);
    assert.equal(opensWith({ kind: 'not', of: yes }), false);
  });

  for (const [operator, below, equal, above] of [
    ['<', false, false, true],
    ['<=', false, true, true],
    ['>', true, false, false],
    ['>=', true, true, false],
    ['==', false, true, false],
    ['!=', true, false, true],
  ] as const) {
    test(`0.4 ${operator} 0.3, 0.4, 0.5`, () => {
      const opens = [0.3, 0.4, 0.5].map(
        (value) => new Rig(when(NETWORK, operator, value)).answers(3).answers(2, 502).hasOpened,
      );
      assert.deepEqual(opens, [below, equal, above]);
    });
  }
});
