import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { BackendTraffic } from '../../../src/traffic/backendTraffic.ts';
import { RetryBudget } from '../../../src/traffic/retryBudget.ts';
import { Traffic } from '../../../src/traffic/traffic.ts';
import { contextOf, evenBackend } from './backends.ts';

/** A budget and its clock. */
class Rig {
  now = 1_000_000;
  readonly budget = new RetryBudget(() => this.now);

  requests(count: number): this {
    for (let n = 0; n < count; n += 1) this.budget.countRequest();
    return this;
  }

  after(ms: number): this {
    this.now += ms;
    return this;
  }

  /** Begins as many retries as there is room for, up to so many; they stay in flight. */
  retries(most: number): number {
    let begun = 0;
    for (; begun < most && this.budget.hasRoom; begun += 1) this.budget.begin();
    return begun;
  }

  /** So many retries end. */
  ends(count: number): this {
    for (let n = 0; n < count; n += 1) this.budget.end();
    return this;
  }
}

suite('the retry budget', () => {
  for (const [requests, retries] of [
    [0, 3],
    [1, 3],
    [19, 3],
    [20, 4],
    [24, 4],
    [25, 5],
    [1000, 200],
  ] as const) {
    test(`of ${requests} requests is ${retries} retries at a time: 20 %, but three in any case`, () => {
      assert.equal(new Rig().requests(requests).retries(1000), retries);
    });
  }

  test('of retries that are over counts against the 20 % of ten seconds', () => {
    const rig = new Rig().requests(100);
    assert.equal(rig.retries(15), 15);
    rig.ends(15).after(5000);
    assert.equal(rig.retries(100), 5);
  });

  test('is three at a time where the 20 % are used up, and each that ends makes room for one', () => {
    const rig = new Rig().requests(10);
    assert.equal(rig.retries(100), 3);
    assert.equal(rig.ends(1).retries(100), 1);
    assert.equal(rig.ends(3).retries(100), 3);
  });

  test('has no three on top of the 20 %', () => {
    const rig = new Rig().requests(100);
    assert.equal(rig.retries(100), 20);
    assert.equal(rig.ends(17).retries(100), 0);
    assert.equal(rig.ends(1).retries(100), 1);
  });

  test('forgets requests after ten seconds', () => {
    assert.equal(new Rig().requests(100).after(9000).retries(100), 20);
    assert.equal(new Rig().requests(100).after(10_000).retries(100), 3);
  });

  test('forgets retries after ten seconds, but not those that are still in flight', () => {
    const rig = new Rig().requests(100);
    rig.retries(20);
    rig.after(10_000).requests(10);
    assert.equal(rig.budget.hasRoom, true, '20 % of 10, of which none was used');
    assert.equal(rig.retries(100), 2);
    assert.equal(rig.ends(19).retries(100), 0, 'three are in flight');
    assert.equal(rig.ends(1).retries(100), 1);
  });

  test('lets retries be more than 20 % only while there are no three in flight besides, whatever happens', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('requests' as const), count: fc.nat(50) }),
      fc.record({ kind: fc.constant('retries' as const), count: fc.nat(20) }),
      fc.record({ kind: fc.constant('ends' as const), count: fc.nat(20) }),
    );
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const rig = new Rig();
        let [requests, retries, inFlight] = [0, 0, 0];
        for (const { kind, count } of steps) {
          if (kind === 'requests') {
            requests += count;
            rig.requests(count);
          } else if (kind === 'ends') {
            const ending = Math.min(count, inFlight);
            inFlight -= ending;
            rig.ends(ending);
          } else {
            const room = Math.max(3 - inFlight, Math.floor(requests / 5) - retries, 0);
            const begun = rig.retries(count);
            assert.equal(begun, Math.min(count, room));
            retries += begun;
            inFlight += begun;
          }
        }
      }),
    );
  });
});

suite('the retry budget of a backend', () => {
  test('outlives a table, with what is in flight', () => {
    const traffic = new Traffic(contextOf());
    const { retryBudget } = traffic.of(evenBackend(2));
    for (let n = 0; n < 3; n += 1) retryBudget.begin();
    traffic.attach({ id: 'next', routes: [], backends: [evenBackend(3)] });
    assert.equal(traffic.of(evenBackend(3)).retryBudget.hasRoom, false);
  });

  test('is its own: one in trouble takes no retries from another', () => {
    const [one, other] = [
      new BackendTraffic(evenBackend(2), contextOf()),
      new BackendTraffic(evenBackend(2), contextOf()),
    ];
    for (let n = 0; n < 3; n += 1) one.retryBudget.begin();
    assert.equal(one.retryBudget.hasRoom, false);
    assert.equal(other.retryBudget.hasRoom, true);
  });
});
