import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import type { BalancingMethod } from '../../../src/model/table.ts';
import type { BackendTraffic } from '../../../src/traffic/backendTraffic.ts';
import { serverKey, type ServerTraffic } from '../../../src/traffic/serverTraffic.ts';
import { backendWith, serverOf } from '../../support/model.ts';
import { backendOf, picks, trafficOf } from './backends.ts';

const NONE: ReadonlySet<string> = new Set();

function balancedBy(method: BalancingMethod, weights: Readonly<Record<string, number>>): BackendTraffic {
  return trafficOf({ ...backendOf(weights), method });
}

function picked(traffic: BackendTraffic, tried: ReadonlySet<string> = NONE): ServerTraffic {
  const server = traffic.pick(tried);
  assert.ok(server !== null, 'a server');
  return server;
}

/** Picks for so many requests, each of which its server answers as `answer` says; what part of them each server got. */
function shares(
  traffic: BackendTraffic,
  requests: number,
  answer: (server: ServerTraffic) => void = () => {},
): (id: string) => number {
  const counts = new Map<string, number>();
  for (let n = 0; n < requests; n += 1) {
    const server = picked(traffic);
    counts.set(server.server.id, (counts.get(server.server.id) ?? 0) + 1);
    answer(server);
  }
  return (id) => (counts.get(id) ?? 0) / requests;
}

/** Has these latencies by id, and answers 200. */
function answersAfter(ms: Readonly<Record<string, number>>): (server: ServerTraffic) => void {
  return (server) => server.answered(200, ms[server.server.id]!);
}

function near(got: number, expected: number): void {
  assert.ok(Math.abs(got - expected) <= 0.01, `${got.toFixed(3)} instead of ${expected.toFixed(3)}`);
}

const someWeights = fc
  .array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 12 })
  .filter((weights) => weights.some((weight) => weight > 0))
  .map((weights) => Object.fromEntries(weights.map((weight, i) => [`s${i}`, weight])));

suite('shares over 10,000 picks follow weights within 1 %', () => {
  const answers: Readonly<Record<BalancingMethod, (server: ServerTraffic) => void>> = {
    wrr: () => {},
    drr: (server) => server.answered(200, 20),
    least: () => {},
  };
  for (const [method, answer] of Object.entries(answers) as [
    BalancingMethod,
    (server: ServerTraffic) => void,
  ][]) {
    test(`${method}, while servers are alike and nobody is busy`, () => {
      fc.assert(
        fc.property(someWeights, (weights) => {
          const share = shares(balancedBy(method, weights), 10_000, answer);
          const total = Object.values(weights).reduce((sum, weight) => sum + weight, 0);
          for (const [id, weight] of Object.entries(weights)) near(share(id), weight / total);
        }),
        { numRuns: 30 },
      );
    });
  }
});

suite('drr', () => {
  test('a slow server gets less, as the ratio of latencies says', () => {
    const traffic = balancedBy('drr', { quick: 1, slow: 1 });
    const share = shares(traffic, 10_000, answersAfter({ quick: 15, slow: 95 }));
    const merit = (15 + 5) / (95 + 5);
    near(share('slow'), merit / (1 + merit));
  });

  test('small differences of small latencies count little', () => {
    const traffic = balancedBy('drr', { a: 1, b: 1 });
    const share = shares(traffic, 10_000, answersAfter({ a: 0.5, b: 1 }));
    assert.ok(share('b') > 0.47, String(share('b')));
  });

  test('weights count besides latency', () => {
    const traffic = balancedBy('drr', { quick: 1, slow: 4 });
    const share = shares(traffic, 10_000, answersAfter({ quick: 5, slow: 15 }));
    near(share('slow'), 2 / 3);
  });

  for (const [what, fail] of Object.entries({
    'breaks off': (server: ServerTraffic) => server.failed(),
    'answers 500, and does so quickly,': (server: ServerTraffic) => server.answered(500, 1),
    'answers 504': (server: ServerTraffic) => server.answered(504, 1),
  })) {
    const answer = (server: ServerTraffic) =>
      server.server.id === 'bad' ? fail(server) : server.answered(200, 1);
    test(`a server that ${what} is left with a twentieth of its weight`, () => {
      const traffic = balancedBy('drr', { good: 1, bad: 1 });
      shares(traffic, 1000, answer);
      near(shares(traffic, 10_000, answer)('bad'), 0.05 / 1.05);
    });
  }

  test('a server that fails quickly does not make others look slow', () => {
    const traffic = balancedBy('drr', { slow: 1, bad: 1 });
    const share = shares(traffic, 20_000, (server) =>
      server.server.id === 'bad' ? server.answered(500, 1) : server.answered(200, 100),
    );
    near(share('bad'), 0.05 / 1.05);
  });

  test('a client mistake (404) and a status of 505 are no errors of the server', () => {
    const traffic = balancedBy('drr', { a: 1, b: 1 });
    const share = shares(traffic, 1000, (server) =>
      server.answered(server.server.id === 'a' ? 404 : 505, 10),
    );
    near(share('a'), 0.5);
  });

  test('half of the requests failing leaves a quarter of the weight', () => {
    const traffic = balancedBy('drr', { good: 1, bad: 1 });
    let n = 0;
    const answer = (server: ServerTraffic) =>
      server.answered(server.server.id === 'bad' && n++ % 2 === 0 ? 500 : 200, 10);
    shares(traffic, 1000, answer);
    const share = shares(traffic, 20_000, answer)('bad');
    assert.ok(Math.abs(share - 0.25 / 1.25) < 0.02, String(share));
  });

  test('a server that was slow and failing comes back to its full share', () => {
    const traffic = balancedBy('drr', { steady: 1, sick: 1 });
    shares(traffic, 1000, (server) => {
      if (server.server.id === 'sick') server.failed();
      server.answered(200, server.server.id === 'sick' ? 2000 : 10);
    });
    const well = answersAfter({ steady: 10, sick: 10 });
    assert.ok(shares(traffic, 100, well)('sick') < 0.1, 'not at once');
    shares(traffic, 2000, well);
    near(shares(traffic, 1000, well)('sick'), 0.5);
  });

  test('a server of which nothing is known yet counts as well', () => {
    const traffic = balancedBy('drr', { old: 1, new: 1 });
    const share = shares(traffic, 1000, (server) => {
      if (server.server.id === 'old') server.answered(200, 50);
    });
    near(share('new'), 0.5);
  });

  test('weight 0 stays 0', () => {
    assert.equal(shares(balancedBy('drr', { a: 1, b: 0 }), 100, answersAfter({ a: 900 }))('b'), 0);
  });

  test('a table that says wrr again brings back the plain weights', () => {
    const traffic = balancedBy('drr', { a: 1, b: 1 });
    shares(traffic, 1000, answersAfter({ a: 1, b: 500 }));
    traffic.attach({ ...backendOf({ a: 1, b: 1 }), method: 'wrr' });
    near(shares(traffic, 1000)('b'), 0.5);
  });
});

suite('least', () => {
  test('of two servers the busy one is passed over', () => {
    const traffic = balancedBy('least', { a: 1, b: 1 });
    const busy = picked(traffic);
    busy.begin();
    for (let n = 0; n < 10; n += 1) assert.notEqual(picked(traffic), busy);
    busy.end();
    assert.deepEqual(picks(traffic, 4).toSorted(), ['a', 'a', 'b', 'b']);
  });

  test('busy means in flight for its weight: 3 of weight 4 are fewer than 1 of weight 1', () => {
    const traffic = balancedBy('least', { heavy: 4, light: 1 });
    const [heavy, light] = [picked(traffic), picked(traffic, new Set([keyOf('heavy')]))];
    for (const _ of [1, 2, 3]) heavy.begin();
    light.begin();
    for (let n = 0; n < 10; n += 1) assert.equal(picked(traffic), heavy);
    for (const _ of [1, 2]) heavy.begin();
    for (let n = 0; n < 10; n += 1) assert.equal(picked(traffic), light);
  });

  test('requests that pile up at a hung server are few', () => {
    const traffic = balancedBy('least', { hung: 1, b: 1, c: 1 });
    const share = shares(traffic, 1000, (server) => {
      if (server.server.id === 'hung') server.begin();
    });
    assert.ok(share('hung') <= 0.01, String(share('hung')));
  });

  test('who cannot take the request is not compared with', () => {
    const traffic = balancedBy('least', { a: 1, b: 1, zero: 0 });
    traffic.setFailing(new Set([keyOf('b')]));
    const busy = picked(traffic);
    busy.begin();
    for (let n = 0; n < 10; n += 1) assert.equal(picked(traffic), busy);
  });
});

/** The key of a server of `backendOf`. */
function keyOf(id: string): string {
  return serverKey(id, `http://127.0.0.1/${id}`);
}

for (const method of ['wrr', 'drr', 'least'] as const) {
  suite(`who is picked by ${method}`, () => {
    test('a server whose health check fails is not, until it passes again', () => {
      const traffic = balancedBy(method, { a: 1, b: 1 });
      traffic.setFailing(new Set([keyOf('a')]));
      assert.deepEqual(picks(traffic, 3), ['b', 'b', 'b']);
      traffic.setFailing(new Set());
      assert.deepEqual(picks(traffic, 4).toSorted(), ['a', 'a', 'b', 'b']);
    });

    test('nobody, where all health checks fail', () => {
      const traffic = balancedBy(method, { a: 1, b: 1 });
      assert.equal(traffic.isFailing, false);
      traffic.setFailing(new Set([keyOf('a'), keyOf('b')]));
      assert.deepEqual(picks(traffic, 1), ['none']);
      assert.equal(traffic.isFailing, true);
    });

    test('servers that are not preferred, only while no preferred one can be', () => {
      const near = ['n0', 'n1'].map((id) => serverOf(id, `http://127.0.0.1/${id}`));
      const far = ['f0', 'f1'].map((id) => serverOf(id, `http://127.0.0.1/${id}`, { isPreferred: false }));
      const traffic = trafficOf(backendWith('stack/service', [...near, ...far], { method }));
      assert.deepEqual(picks(traffic, 4).toSorted(), ['n0', 'n0', 'n1', 'n1']);
      assert.equal(picked(traffic, new Set([keyOf('n0')])).server.id, 'n1');
      const tried = new Set([keyOf('n0'), keyOf('n1'), keyOf('f0')]);
      assert.equal(picked(traffic, tried).server.id, 'f1', 'when the preferred ones were tried');
      traffic.setFailing(new Set([keyOf('n0'), keyOf('n1')]));
      assert.deepEqual(picks(traffic, 4).toSorted(), ['f0', 'f0', 'f1', 'f1']);
      traffic.setFailing(new Set([keyOf('n0')]));
      assert.deepEqual(picks(traffic, 2), ['n1', 'n1']);
    });

    test('of two servers of one id in a shared backend each for itself', () => {
      const servers = [8081, 8082].map((port) => serverOf('same', `http://127.0.0.1:${port}`));
      const traffic = trafficOf(backendWith('stack//shared', servers, { method }));
      const first = picked(traffic);
      const second = picked(traffic, new Set([first.key]));
      assert.deepEqual(new Set([first.port, second.port]), new Set([8081, 8082]));
      traffic.setFailing(new Set([first.key]));
      for (let n = 0; n < 4; n += 1) assert.equal(picked(traffic), second);
    });
  });
}
