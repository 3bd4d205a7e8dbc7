import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import type { EjectedServer } from '../../../src/model/condition.ts';
import type { Backend } from '../../../src/model/table.ts';
import { BackendTraffic } from '../../../src/traffic/backendTraffic.ts';
import type { ServerTraffic } from '../../../src/traffic/serverTraffic.ts';
import { backendWith, serverOf } from '../../support/model.ts';
import { backendOf, contextOf, evenBackend, picks } from './backends.ts';

const NONE: ReadonlySet<string> = new Set();
const REFUSED = { reason: 'made no connection', status: 502 };

/** A backend with its clock, and what was told of its servers. */
class Rig {
  now = 1_000;
  readonly told: string[] = [];
  readonly ejected: EjectedServer[] = [];
  readonly traffic: BackendTraffic;

  constructor(backend: Backend) {
    const context = contextOf({
      clock: () => this.now,
      ejected: (server) => {
        this.told.push(`${server.server} ${server.until === null ? 'on probation' : 'ejected'}`);
        this.ejected.push(server);
      },
      readmitted: ({ server }) => this.told.push(`${server} readmitted`),
    });
    this.traffic = new BackendTraffic(backend, context);
  }

  /** The server of an id, which is in the table. */
  server(id: string): ServerTraffic {
    return this.traffic.servers.find(({ server }) => server.id === id)!;
  }

  fails(id: string, count = 3): this {
    const to = this.server(id);
    for (let n = 0; n < count; n += 1) {
      const tried = { begunAt: this.now, trial: to.begin() };
      to.standing.failed(tried, REFUSED, 1);
      to.end(tried.trial);
    }
    return this;
  }

  answers(id: string): this {
    const to = this.server(id);
    const tried = { begunAt: this.now, trial: to.begin() };
    to.standing.answered(tried, 200, 1);
    to.standing.completed(tried);
    to.end(tried.trial);
    return this;
  }

  failing(...ids: readonly string[]): this {
    this.traffic.setFailing(new Set(ids.map((id) => this.server(id).key)));
    return this;
  }

  after(ms: number): this {
    this.now += ms;
    return this;
  }

  /** Who would be picked, each once. */
  get picked(): string {
    return [...new Set(picks(this.traffic, 30))].toSorted().join(' ');
  }

  get states(): string {
    return this.traffic.servers.map(({ server, standing }) => `${server.id} ${standing.state}`).join(', ');
  }
}

suite('a server that is ejected', () => {
  test('is not picked, nor found by a cookie, and is on probation when its time is over', () => {
    const rig = new Rig(evenBackend(3)).fails('s1');
    const { stickyId, key } = rig.server('s1');
    assert.equal(rig.picked, 's0 s2');
    assert.equal(rig.traffic.stickyServer(stickyId, NONE), null);
    rig.after(4_999);
    assert.equal(rig.picked, 's0 s2');
    rig.after(1);
    assert.equal(rig.traffic.stickyServer(stickyId, NONE)?.key, key);
    assert.equal(rig.picked, 's0 s1 s2');
    const trial = rig.server('s1').begin();
    assert.equal(rig.picked, 's0 s2', 'one request at a time');
    rig.server('s1').end(trial);
    rig.answers('s1');
    assert.equal(rig.picked, 's0 s1 s2');
    assert.deepEqual(rig.told, ['s1 ejected', 's1 on probation', 's1 readmitted']);
  });

  test('is told of with its reason and the time of day at which it is tried again', () => {
    const before = Date.now();
    const [told] = new Rig(evenBackend(2)).fails('s0').ejected;
    const { until, ...rest } = told!;
    assert.ok(until !== null && until - before >= 4_999 && until - Date.now() <= 5_001, String(until));
    assert.deepEqual(rest, {
      backend: 'stack/service',
      server: 's0',
      url: 'http://127.0.0.1/s0',
      reason: 'made no connection, 3 times in a row',
    });
  });

  test('gets its even share when it is readmitted, no burst', () => {
    const rig = new Rig(evenBackend(3)).fails('s1');
    picks(rig.traffic, 100);
    rig.after(5_000);
    rig.answers('s1');
    const next = picks(rig.traffic, 30).filter((id) => id === 's1').length;
    assert.ok(next >= 9 && next <= 11, String(next));
  });

  test('stays so through a table that has it, and is told of where another takes its place', () => {
    const rig = new Rig(evenBackend(3)).fails('s1');
    rig.traffic.attach(evenBackend(4));
    assert.equal(rig.picked, 's0 s2 s3');
    const servers = evenBackend(4).servers.map((server) => ({ ...server, hostname: 'new.example' }));
    rig.traffic.attach({ ...evenBackend(0), servers });
    assert.deepEqual(rig.told, ['s1 ejected', 's1 readmitted'], 'as another server it has another name');
    assert.equal(rig.picked, 's0 s1 s2 s3');
  });

  test('that left is nobody’s business, also where an attempt to it is still going on', () => {
    const rig = new Rig(evenBackend(3)).fails('s1').after(5_000);
    rig.traffic.pick(NONE);
    const gone = rig.server('s1');
    const trial = { begunAt: rig.now, trial: gone.begin() };
    rig.traffic.attach(backendOf({ s0: 1, s2: 1 }));
    gone.standing.completed(trial);
    gone.end(trial.trial);
    const other = { begunAt: rig.now, trial: gone.begin() };
    for (const _ of [1, 2, 3]) gone.standing.failed(other, REFUSED, 1);
    assert.deepEqual(rig.told, ['s1 ejected', 's1 on probation']);
  });
});

suite('ejection spares', () => {
  test('half of the servers, rounded up', () => {
    for (const [count, ejected] of [
      [1, 0],
      [2, 1],
      [3, 1],
      [4, 2],
      [5, 2],
    ] as const) {
      const rig = new Rig(evenBackend(count));
      for (let n = 0; n < count; n += 1) rig.fails(`s${n}`);
      assert.equal(rig.told.length, ejected, `of ${count}: ${rig.told.join()}`);
    }
  });

  test('half of those that pass their active check', () => {
    const rig = new Rig(evenBackend(4)).failing('s0', 's1').fails('s0').fails('s2').fails('s3');
    assert.deepEqual(rig.told, ['s2 ejected']);
    assert.equal(rig.picked, 's3');
  });

  test('the last server that new clients can be sent to, whatever others there are of weight 0', () => {
    const rig = new Rig(backendOf({ a: 1, b: 1, z0: 0, z1: 0 })).fails('a').fails('b').fails('z0');
    assert.deepEqual(rig.told, ['a ejected', 'z0 ejected']);
    assert.equal(rig.picked, 'b');
  });

  test('no preferred server in particular: others take over', () => {
    const near = serverOf('near', 'http://127.0.0.1/near');
    const far = serverOf('far', 'http://127.0.0.1/far', { isPreferred: false });
    const rig = new Rig(backendWith('s/web', [far, near])).fails('near');
    assert.equal(rig.picked, 'far');
    assert.equal(rig.fails('far').picked, 'far');
  });
});

suite('when less can be spared, those ejected longest come back', () => {
  test('to probation, where a table has fewer servers', () => {
    const rig = new Rig(evenBackend(5)).fails('s1').after(1).fails('s0');
    rig.traffic.attach(evenBackend(3));
    assert.equal(rig.states, 's0 ejected, s1 probation, s2 good');
    rig.traffic.attach(evenBackend(2));
    assert.equal(rig.states, 's0 ejected, s1 good', 'the last one in full');
    assert.equal(rig.picked, 's1');
  });

  test('to probation, where others fail their active check, and in full where all others do', () => {
    const rig = new Rig(evenBackend(4)).fails('s1').after(1).fails('s0').failing('s3');
    assert.equal(rig.states, 's0 ejected, s1 probation, s2 good, s3 good');
    rig.failing('s2', 's3');
    assert.equal(rig.states, 's0 ejected, s1 good, s2 good, s3 good');
  });

  test('and go again when others can take over: with the next failure', () => {
    const rig = new Rig(evenBackend(2)).fails('s0').failing('s1');
    assert.equal(rig.states, 's0 good, s1 good');
    assert.equal(rig.fails('s0').failing().states, 's0 good, s1 good');
    assert.equal(rig.fails('s0', 1).states, 's0 ejected, s1 good');
    assert.equal(rig.ejected.at(-1)!.until! - Date.now() > 5_000, true, 'for longer than the first time');
  });
});

/** What may happen to a backend of up to seven servers. */
const someId = fc.integer({ min: 0, max: 6 }).map((n) => `s${n}`);
const someEvent = fc.oneof(
  { weight: 6, arbitrary: fc.record({ what: fc.constant('fails' as const), id: someId }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('answers' as const), id: someId }) },
  {
    weight: 2,
    arbitrary: fc.record({ what: fc.constant('after' as const), ms: fc.integer({ max: 400_000, min: 1 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ what: fc.constant('failing' as const), ids: fc.uniqueArray(someId) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      what: fc.constant('table' as const),
      weights: fc.dictionary(someId, fc.constantFrom(0, 1, 5), { noNullPrototype: true }),
    }),
  },
);

test('whatever happens, at most half are ejected, some server can be picked, and one at a time on probation', () => {
  fc.assert(
    fc.property(fc.array(someEvent, { maxLength: 60 }), (events) => {
      const rig = new Rig(evenBackend(6));
      const isThere = (id: string) => rig.traffic.servers.some(({ server }) => server.id === id);
      for (const event of events) {
        if (event.what === 'after') rig.after(event.ms);
        else if (event.what === 'table') rig.traffic.attach(backendOf(event.weights));
        else if (event.what === 'failing') rig.failing(...event.ids.filter(isThere));
        else if (isThere(event.id)) rig[event.what](event.id);
        checkInvariants(rig);
      }
    }),
    { numRuns: 300, seed: 4 },
  );
});

function checkInvariants(rig: Rig): void {
  const candidates = rig.traffic.servers.filter(({ isFailing }) => !isFailing);
  const ejected = candidates.filter(({ standing }) => standing.state === 'ejected');
  assert.ok(ejected.length <= candidates.length / 2, rig.states);
  const weighted = candidates.filter(({ server }) => server.weight > 0);
  assert.equal(
    weighted.length > 0,
    weighted.some(({ isEjected }) => !isEjected),
    rig.states,
  );
  assert.equal(rig.traffic.pick(NONE) !== null, weighted.length > 0, rig.states);
  for (const server of candidates) {
    if (server.standing.state !== 'probation') continue;
    assert.ok(server.isUsable(NONE));
    const trial = server.begin();
    assert.ok(!server.isUsable(NONE), 'a trial is in flight');
    server.end(trial);
  }
}
