import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { CircuitBreaker } from '../../../src/model/table.ts';
import { Standing, type Fault, type StandingState, type Tried } from '../../../src/traffic/standing.ts';

const REFUSED: Fault = { reason: 'made no connection', status: 502 };
const TIMED_OUT: Fault = { reason: 'did not answer in time', status: 504 };
const MOSTLY_500: CircuitBreaker = {
  expression: 'ResponseCodeRatio(500, 600, 0, 600) > 0.5',
  condition: {
    kind: 'compare',
    metric: { kind: 'response-code-ratio', from: 500, to: 600, dividedFrom: 0, dividedTo: 600 },
    operator: '>',
    value: 0.5,
  },
};

/** A standing with its clock, in whose backend others are left, and the states that it went through. */
class Rig {
  now = 1_000_000;
  mayEject = true;
  readonly states: StandingState[] = [];
  readonly standing: Standing;

  constructor(circuitBreaker: CircuitBreaker | null = null) {
    this.standing = new Standing(() => this.now, {
      mayEject: () => this.mayEject,
      changed: () => this.states.push(this.standing.state),
      dueChanged: () => {},
    });
    this.standing.attach(circuitBreaker);
  }

  begin(): Tried {
    return { begunAt: this.now, trial: this.standing.begin() };
  }

  /** Time passes, and what it brings is done. */
  after(ms: number): this {
    this.now += ms;
    this.standing.follow(this.now);
    return this;
  }

  fails(count: number, fault = REFUSED, tried?: Tried): this {
    for (let n = 0; n < count; n += 1) {
      const attempt = tried ?? this.begin();
      this.standing.failed(attempt, fault, 1);
      this.standing.end(attempt.trial);
    }
    return this;
  }

  /** So many attempts get the head of a response, and all of it unless `end` says otherwise. */
  answers(count: number, status = 200, end: 'complete' | 'broken' = 'complete'): this {
    for (let n = 0; n < count; n += 1) {
      const attempt = this.begin();
      this.standing.answered(attempt, status, 1);
      if (end === 'complete') this.standing.completed(attempt);
      else this.standing.broke(attempt, 'broke off in the middle of a response');
      this.standing.end(attempt.trial);
    }
    return this;
  }

  /** How long the ejection that begins now lasts. */
  get term(): number {
    assert.equal(this.standing.state, 'ejected');
    return this.standing.until - this.now;
  }
}

suite('the standing of a server', () => {
  test('is lost by three failures in a row, not by fewer, and not where an answer comes in between', () => {
    const rig = new Rig().fails(2).answers(1).fails(2);
    assert.deepEqual(rig.states, []);
    rig.fails(1);
    assert.deepEqual(rig.states, ['ejected']);
    assert.equal(rig.standing.isOpen, false);
    assert.equal(rig.standing.reason, 'made no connection, 3 times in a row');
    assert.equal(rig.standing.ejections, 1);
  });

  test('is lost by three responses in a row that break in the middle, although each had begun', () => {
    const rig = new Rig().answers(2, 200, 'broken').answers(1).answers(2, 200, 'broken');
    assert.deepEqual(rig.states, []);
    assert.equal(rig.answers(1, 200, 'broken').standing.state, 'ejected');
  });

  test('is not lost by slow requests of one kind while others are answered', () => {
    const rig = new Rig();
    const slow = [rig.begin(), rig.begin(), rig.begin(), rig.begin()];
    rig.after(1).answers(1).after(60_000);
    for (const tried of slow) rig.fails(1, TIMED_OUT, tried);
    assert.deepEqual(rig.states, []);
    const hung = [rig.begin(), rig.begin(), rig.begin()];
    rig.after(60_000);
    for (const tried of hung) rig.fails(1, TIMED_OUT, tried);
    assert.deepEqual(rig.states, ['ejected']);
  });

  test('is not lost by any status where the backend has no circuit breaker', () => {
    assert.deepEqual(new Rig().answers(100, 503).states, []);
  });

  test('is lost by what the circuit breaker asks of the backend, asked of the server itself, from five requests on', () => {
    const rig = new Rig(MOSTLY_500).answers(4, 500);
    assert.deepEqual(rig.states, []);
    rig.answers(1, 500);
    assert.deepEqual(rig.states, ['ejected']);
    assert.match(rig.standing.reason, /answered 500, so that ResponseCodeRatio\(500, 600, 0, 600\) > 0.5/);
    assert.deepEqual(new Rig(MOSTLY_500).answers(5).answers(5, 500).states, [], 'half is not more than half');
  });

  test('is not lost by what failed ten seconds ago', () => {
    assert.deepEqual(new Rig(MOSTLY_500).answers(4, 500).after(10_000).answers(4, 500).states, []);
  });

  test('is not lost where the backend cannot do without the server, but with the next failure when it can', () => {
    const rig = new Rig();
    rig.mayEject = false;
    rig.fails(10);
    assert.deepEqual(rig.states, []);
    rig.mayEject = true;
    assert.deepEqual(rig.fails(1).states, ['ejected']);
  });
});

suite('an ejection', () => {
  test('lasts 5 s, then twice as long each time, up to 5 min', () => {
    const rig = new Rig().fails(3);
    const terms = [rig.term];
    while (terms.length < 9) {
      rig.after(rig.term).fails(1);
      terms.push(rig.term);
    }
    assert.deepEqual(
      terms.map((ms) => ms / 1000),
      [5, 10, 20, 40, 80, 160, 300, 300, 300],
    );
    assert.equal(rig.standing.reason, 'made no connection, on probation');
    assert.equal(rig.standing.ejections, 9);
  });

  test('is forgiven with time: each minute in good standing takes one doubling back', () => {
    const rig = new Rig().fails(3);
    for (const _ of [1, 2, 3]) rig.after(rig.term).fails(1);
    rig.after(rig.term).answers(1).after(59_999).fails(3);
    assert.equal(rig.term, 80_000);
    rig.after(rig.term).answers(1).after(120_000).fails(3);
    assert.equal(rig.term, 40_000);
    rig.after(rig.term).answers(1).after(3_600_000).fails(3);
    assert.equal(rig.term, 5_000);
  });

  test('is not made longer by attempts that began before it and fail late', () => {
    const rig = new Rig();
    const early = [rig.begin(), rig.begin(), rig.begin(), rig.begin()];
    rig.after(1).fails(3);
    const { until } = rig.standing;
    for (const tried of early.slice(0, 2)) rig.fails(1, TIMED_OUT, tried);
    rig.after(5_000).answers(1);
    rig.fails(3, REFUSED, early[2]);
    assert.equal(rig.standing.until, until);
    assert.deepEqual(rig.states, ['ejected', 'probation', 'good']);
  });
});

/** A server whose ejection is over. */
function onProbation(circuitBreaker?: CircuitBreaker): Rig {
  return new Rig(circuitBreaker).fails(3).after(5_000);
}

suite('probation', () => {
  test('lets one request at a time through, until one is answered in full', () => {
    const rig = onProbation();
    assert.equal(rig.standing.isOpen, true);
    const trial = rig.begin();
    assert.equal(rig.standing.isOpen, false);
    rig.standing.answered(trial, 200, 1);
    assert.equal(rig.standing.isOpen, false);
    rig.standing.completed(trial);
    assert.deepEqual(rig.states, ['ejected', 'probation', 'good']);
  });

  test('ends with a response that goes on for a second: it may have no end', () => {
    const rig = onProbation();
    rig.standing.answered(rig.begin(), 200, 1);
    assert.equal(rig.after(999).standing.state, 'probation');
    assert.equal(rig.after(1).standing.state, 'good');
  });

  test('goes on with the next request where a client left before the answer', () => {
    const rig = onProbation();
    rig.standing.end(rig.begin().trial);
    assert.equal(rig.standing.state, 'probation');
    assert.equal(rig.standing.isOpen, true);
    const trial = rig.begin();
    rig.standing.answered(trial, 200, 1);
    rig.standing.end(trial.trial);
    assert.equal(rig.after(5_000).standing.state, 'probation', 'nobody knows what became of the response');
  });

  test('ends at once with a response that breaks in the middle', () => {
    assert.equal(onProbation().answers(1, 200, 'broken').term, 10_000);
  });

  test('ends at once with a time-out, whatever was answered to requests from before', () => {
    const rig = new Rig();
    const before = rig.begin();
    rig.fails(3).after(5_000);
    const trial = rig.begin();
    rig.after(1);
    rig.standing.answered(before, 200, 1);
    assert.equal(rig.standing.state, 'probation');
    assert.equal(rig.fails(1, TIMED_OUT, trial).standing.state, 'ejected');
  });

  test('asks the condition of the circuit breaker of one answer', () => {
    assert.equal(onProbation(MOSTLY_500).answers(1, 500).standing.state, 'ejected');
    assert.equal(onProbation(MOSTLY_500).answers(1, 404).standing.state, 'good');
  });

  test('is not ended by an attempt that was the trial of an earlier one', () => {
    const rig = onProbation();
    const old = rig.begin();
    rig.standing.readmit();
    rig.fails(3).after(10_000);
    const trial = rig.begin();
    rig.standing.completed(old);
    rig.standing.end(old.trial);
    assert.equal(rig.standing.state, 'probation');
    assert.equal(rig.standing.isOpen, false, 'the trial of this one is in flight');
    rig.standing.completed(trial);
    assert.equal(rig.standing.state, 'good');
  });
});
