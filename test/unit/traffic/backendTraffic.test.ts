import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import type { Backend } from '../../../src/model/table.ts';
import type { BackendTraffic } from '../../../src/traffic/backendTraffic.ts';
import { serverOf } from '../../support/model.ts';
import { backendOf, evenBackend, picks, tally, trafficOf } from './backends.ts';

function oneServer(url: string): Backend {
  return { ...evenBackend(0), servers: [serverOf('a', url)] };
}

/** Weights by id, of which at least one is not 0. */
const someWeights = fc
  .array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 12 })
  .filter((weights) => weights.some((weight) => weight > 0))
  .map((weights) => Object.fromEntries(weights.map((weight, i) => [`s${i}`, weight])));

suite('the shares of servers', () => {
  test('servers of one weight take turns', () => {
    assert.deepEqual(picks(trafficOf(evenBackend(3)), 7), ['s0', 's1', 's2', 's0', 's1', 's2', 's0']);
  });

  test('a heavy server is interleaved with the light ones, not asked in bursts (nginx gives this very order)', () => {
    assert.equal(picks(trafficOf(backendOf({ a: 5, b: 1, c: 1 })), 7).join(''), 'aabacaa');
  });

  test('10,000 picks are shared by weight within 1 %', () => {
    fc.assert(
      fc.property(someWeights, (weights) => {
        const counts = tally(picks(trafficOf(backendOf(weights)), 10_000));
        const total = Object.values(weights).reduce((sum, weight) => sum + weight, 0);
        for (const [id, weight] of Object.entries(weights)) {
          const due = (10_000 * weight) / total;
          assert.ok(Math.abs((counts.get(id) ?? 0) - due) <= 100, `${id}: ${counts.get(id)} for ${due}`);
        }
      }),
      { numRuns: 30 },
    );
  });

  test('at no time is a server a whole request ahead of its share', () => {
    fc.assert(
      fc.property(someWeights, (weights) => {
        const total = Object.values(weights).reduce((sum, weight) => sum + weight, 0);
        const counts = new Map<string, number>();
        for (const [i, id] of picks(trafficOf(backendOf(weights)), 300).entries()) {
          const count = (counts.get(id) ?? 0) + 1;
          counts.set(id, count);
          assert.ok(count - ((i + 1) * weights[id]!) / total < 1, `${id} at pick ${i + 1}`);
        }
      }),
      { numRuns: 100 },
    );
  });
});

suite('who is never picked', () => {
  test('a server of weight 0, as long as it has none', () => {
    const traffic = trafficOf(backendOf({ a: 1, b: 0 }));
    assert.deepEqual(picks(traffic, 3), ['a', 'a', 'a']);
    traffic.attach(backendOf({ a: 1, b: 1 }));
    assert.deepEqual(picks(traffic, 4).toSorted(), ['a', 'a', 'b', 'b']);
  });

  test('nobody, where there is no server or none has weight', () => {
    assert.deepEqual(picks(trafficOf(backendOf({})), 2), ['none', 'none']);
    assert.deepEqual(picks(trafficOf(backendOf({ a: 0, b: 0 })), 2), ['none', 'none']);
  });

  test('a server that this request was sent to before; each is tried once and then there is none', () => {
    const traffic = trafficOf(backendOf({ a: 5, b: 1, c: 0, d: 1 }));
    const tried = new Set<string>();
    const ids: string[] = [];
    for (let n = 0; n < 3; n += 1) {
      const server = traffic.pick(tried);
      assert.ok(server !== null && !tried.has(server.key), `${server?.key} again`);
      tried.add(server.key);
      ids.push(server.server.id);
    }
    assert.deepEqual(ids.toSorted(), ['a', 'b', 'd']);
    assert.equal(traffic.pick(tried), null);
  });

  test('a server that left, from the swap on', () => {
    fc.assert(
      fc.property(someWeights, someWeights, (before, after) => {
        const traffic = trafficOf(backendOf(before));
        picks(traffic, 20);
        traffic.attach(backendOf(after));
        for (const id of picks(traffic, 50)) assert.ok((after[id] ?? 0) > 0, id);
      }),
    );
  });

  test('when one server of three is dead, the other two share its requests evenly', () => {
    const traffic = trafficOf(evenBackend(3));
    const answered = Array.from({ length: 3000 }, () => {
      const first = traffic.pick(new Set());
      if (first?.server.id !== 's1') return first?.server.id ?? '';
      return traffic.pick(new Set([first.key]))?.server.id ?? '';
    });
    const counts = tally(answered);
    assert.ok(Math.abs((counts.get('s0') ?? 0) - (counts.get('s2') ?? 0)) <= 2, [...counts].join(' '));
  });
});

function named(hostname: string): Backend {
  return { ...evenBackend(0), servers: [serverOf('a', 'https://127.0.0.1:8443', { hostname })] };
}

suite('what a server is', () => {
  test('its address and connections come from its URL and stay with it while it stays', () => {
    const traffic = trafficOf(backendOf({ a: 1 }));
    const before = traffic.pick(new Set());
    traffic.attach(backendOf({ a: 7, b: 1 }));
    const after = traffic.pick(new Set());
    assert.equal(after?.server.weight, 7, 'the new weight');
    assert.equal(after?.pool, before?.pool, 'the same pool');
  });

  test('a container that comes back with another address is another server, with connections of its own', () => {
    const traffic = trafficOf(oneServer('http://127.0.0.1:8081'));
    const before = traffic.pick(new Set());
    traffic.attach(oneServer('http://127.0.0.2:8081'));
    const after = traffic.pick(new Set());
    assert.equal(after?.hostname, '127.0.0.2');
    assert.notEqual(after?.pool, before?.pool);
  });

  for (const [url, hostname, port, authority] of [
    ['http://127.0.0.1:8081', '127.0.0.1', 8081, '127.0.0.1:8081'],
    ['http://127.0.0.1:80', '127.0.0.1', 80, '127.0.0.1'],
    ['https://127.0.0.1', '127.0.0.1', 443, '127.0.0.1'],
    ['https://127.0.0.1:443', '127.0.0.1', 443, '127.0.0.1'],
    ['https://127.0.0.1:80', '127.0.0.1', 80, '127.0.0.1:80'],
    ['http://[::1]:8081', '::1', 8081, '[::1]:8081'],
  ] as const) {
    test(`${url} is connected to as ${hostname}, port ${port}, and called ${authority}`, () => {
      const server = trafficOf(oneServer(url)).pick(new Set());
      assert.deepEqual([server?.hostname, server?.port, server?.authority], [hostname, port, authority]);
    });
  }

  for (const [url, authority] of [
    ['http://127.0.0.1:8081', 'api.example:8081'],
    ['http://127.0.0.1:80', 'api.example'],
    ['https://127.0.0.1:443', 'api.example'],
    ['https://127.0.0.1:8443', 'api.example:8443'],
  ] as const) {
    test(`${url}, which is resolved from api.example, is called ${authority}`, () => {
      const backend = { ...evenBackend(0), servers: [serverOf('a', url, { hostname: 'api.example' })] };
      assert.equal(trafficOf(backend).pick(new Set())?.authority, authority);
    });
  }

  test('a server that gets another name gets connections of its own: certificates were checked for the old one', () => {
    const traffic = trafficOf(named('one.example'));
    const before = traffic.pick(new Set());
    traffic.attach(named('two.example'));
    assert.notEqual(traffic.pick(new Set())?.pool, before?.pool);
    assert.equal(traffic.pick(new Set())?.authority, 'two.example:8443');
  });
});

const NONE: ReadonlySet<string> = new Set();

function idOf(traffic: BackendTraffic): string {
  const server = traffic.pick(NONE);
  assert.ok(server !== null);
  return server.stickyId;
}

suite('the server that a client sticks to', () => {
  test('its id tells no address, is the same on every balancer, and differs between servers and backends', () => {
    const id = idOf(trafficOf(oneServer('http://127.0.0.1:8081')));
    assert.match(id, /^[0-9a-f]{16}$/);
    assert.equal(idOf(trafficOf(oneServer('http://127.0.0.2:8081'))), id, 'of the same container elsewhere');
    assert.notEqual(idOf(trafficOf(oneServer('http://127.0.0.1:8082'))), id, 'of another port');
    assert.notEqual(idOf(trafficOf({ ...oneServer('http://127.0.0.1:8081'), id: 's/other' })), id);
    const other = { ...evenBackend(0), servers: [serverOf('b', 'http://127.0.0.1:8081')] };
    assert.notEqual(idOf(trafficOf(other)), id, 'of another container');
  });

  test('is found by its id whatever its weight, but not when it fails, was tried, or left', () => {
    const traffic = trafficOf(backendOf({ a: 1, b: 1 }));
    const server = traffic.pick(NONE);
    assert.ok(server !== null);
    const { stickyId, key } = server;
    assert.equal(traffic.stickyServer(stickyId, NONE), server);
    traffic.attach(backendOf({ a: 0, b: 1 }));
    assert.equal(traffic.stickyServer(stickyId, NONE), server);
    assert.equal(traffic.stickyServer(stickyId, new Set([key])), null);
    traffic.setFailing(new Set([key]));
    assert.equal(traffic.stickyServer(stickyId, NONE), null);
    traffic.setFailing(new Set());
    traffic.attach(backendOf({ b: 1 }));
    assert.equal(traffic.stickyServer(stickyId, NONE), null);
  });

  test('is nobody for an id that names none', () => {
    const traffic = trafficOf(evenBackend(2));
    for (const id of ['', 'x', '0123456789abcdef', '__proto__']) {
      assert.equal(traffic.stickyServer(id, NONE), null);
    }
  });
});
