import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { EjectedServer } from '../../../src/model/condition.ts';
import type { BackendTraffic } from '../../../src/traffic/backendTraffic.ts';
import type { Waiter } from '../../../src/traffic/queue.ts';
import { RowBook } from '../../../src/traffic/rowBook.ts';
import { offsetsOf, SharedLimits, type Passed } from '../../../src/traffic/sharedLimits.ts';
import { Traffic } from '../../../src/traffic/traffic.ts';
import { contextOf, evenBackend } from './backends.ts';

const NONE: ReadonlySet<string> = new Set();

/** Two threads' traffic to one backend whose servers take one request at a time, without their event loops. */
function pair(servers: number, queue = 10) {
  const backend = evenBackend(servers);
  const table = { id: 't', routes: [], backends: [backend] };
  const book = new RowBook(2);
  const rows = book.assign(table);
  const passed: { readonly to: number; readonly passed: Passed }[] = [];
  const traffics = [0, 1].map((thread) => {
    const shared = new SharedLimits({ blocks: book.blocks, thread, threads: 2 }, (to, what) =>
      passed.push({ to, passed: what }),
    );
    shared.follow(rows, offsetsOf(table));
    const traffic = new Traffic(contextOf({ serverRequests: 1, queue, shared }));
    traffic.attach(table);
    return { traffic, shared, backend: traffic.of(backend) };
  });
  return {
    a: traffics[0]!.backend,
    b: traffics[1]!.backend,
    passed,
    deliver: () => {
      for (const { to, passed: what } of passed.splice(0)) {
        assert.ok(what.server !== null);
        assert.ok(traffics[to]!.traffic.gotPassed(what.server));
      }
    },
  };
}

/** A request that waits for any server; says when it goes. */
function waits(traffic: BackendTraffic, went: () => void, ms = 60_000): boolean {
  const waiter: Waiter = {
    tried: NONE,
    goOn() {
      const server = traffic.pick(NONE);
      if (server === null) return false;
      traffic.queue.leave(waiter);
      server.begin();
      went();
      return true;
    },
    expired: () => {},
    reconsider: () => {},
  };
  return traffic.queue.join(waiter, ms);
}

suite('a backend that two threads send requests to', () => {
  test('has a server that one has filled full for the other, and worth waiting for', () => {
    const { a, b } = pair(1);
    const server = a.pick(NONE)!;
    assert.equal(b.pick(NONE), null, 'claimed, though nothing was begun');
    server.begin();
    assert.deepEqual([b.pick(NONE), b.isBusy(NONE)], [null, true]);
    server.end();
    assert.notEqual(b.pick(NONE), null);
  });

  test('has room passed on to who waits in the other thread', () => {
    const { a, b, deliver, passed } = pair(1);
    const server = a.pick(NONE)!;
    server.begin();
    const went: string[] = [];
    assert.ok(waits(b, () => went.push('b')));
    server.end();
    assert.deepEqual([passed.length, a.pick(NONE), went], [1, null, []]);
    deliver();
    assert.deepEqual(went, ['b']);
    b.servers[0]!.end();
    assert.notEqual(a.pick(NONE), null);
  });

  test('has as many waiting as may in both together, who are no more where they leave', () => {
    const { a, b } = pair(1, 2);
    a.pick(NONE)!.begin();
    const first = new Set<string>();
    assert.ok(waits(a, () => first.add('a')));
    assert.ok(waits(b, () => first.add('b')));
    assert.equal(
      waits(b, () => {}),
      false,
    );
    a.servers[0]!.end();
    // It was a's, so it is b's turn; b is told later.
    assert.equal(
      waits(a, () => {}),
      false,
    );
  });

  test('has room noticed that came free just before anybody was seen to wait', async () => {
    const { a, b } = pair(1);
    const server = a.pick(NONE)!;
    server.begin();
    assert.equal(b.pick(NONE), null);
    server.end();
    const went = new Promise<string>((resolve) => assert.ok(waits(b, () => resolve('b'))));
    assert.equal(await Promise.race([went, pause(5_000, 'nobody', { ref: false })]), 'b');
  });

  test('lets tunnels out of account in both', () => {
    const { a, b } = pair(1);
    const server = a.pick(NONE)!;
    server.begin();
    server.tunnelBegan();
    const other = b.pick(NONE)!;
    other.begin();
    server.tunnelEnded();
    server.end();
    assert.equal(a.pick(NONE), null);
    other.end();
    assert.notEqual(a.pick(NONE), null);
  });
});

function toldOf(traffic: BackendTraffic, index: number, ms: number): EjectedServer {
  const { id, url } = traffic.servers[index]!.server;
  return { backend: traffic.id, server: id, url, reason: 'broke off', until: Date.now() + ms };
}

suite('what another thread has found out', () => {
  test('ejects a server here, too, for the same time and no longer, without counting twice', () => {
    const { a } = pair(3);
    const [server] = a.servers;
    a.learn({ kind: 'ejected', server: toldOf(a, 0, 5_000) });
    assert.deepEqual([server!.isEjected, server!.ejections], [true, 0]);
    assert.ok(Math.abs(server!.standing.until - 5_000) < 1_000);
    a.learn({ kind: 'ejected', server: toldOf(a, 0, 5_500) });
    assert.ok(server!.standing.until < 5_200, 'the same ejection');
    a.learn({ kind: 'ejected', server: toldOf(a, 0, 10_000) });
    assert.ok(server!.standing.until > 9_000, 'a longer one');
    a.learn({ kind: 'readmitted', server: toldOf(a, 0, 0) });
    assert.equal(server!.isEjected, false);
  });

  test('does not eject the last server that is left, nor one that is not there', () => {
    const { a } = pair(1);
    a.learn({ kind: 'ejected', server: toldOf(a, 0, 5_000) });
    a.learn({ kind: 'ejected', server: { ...toldOf(a, 0, 5_000), server: 'gone' } });
    assert.equal(a.servers[0]!.isEjected, false);
  });
});
