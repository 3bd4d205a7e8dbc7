import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Hold, HoldEnd, Publication } from '../../../src/control/events.ts';
import { Publisher } from '../../../src/control/publisher.ts';
import { RemovalGuard, type GuardClock, type GuardStart } from '../../../src/control/removalGuard.ts';
import type { Snapshot } from '../../../src/model/service.ts';
import { containerOf, serviceOf, SETTINGS, snapshotOf } from './environment.ts';

const HOLD_MS = 60_000;
/** The moment at which the tests begin. */
const START = 1_469_793_600_000;

/** A clock that stands still until it is moved. */
class ManualClock implements GuardClock {
  #now = START;
  #timers: { readonly at: number; readonly act: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  after(ms: number, act: () => void): () => void {
    const timer = { at: this.#now + ms, act };
    this.#timers.push(timer);
    return () => (this.#timers = this.#timers.filter((each) => each !== timer));
  }

  /** Timers that are due act before this returns. */
  pass(ms: number): void {
    this.#now += ms;
    const due = this.#timers.filter(({ at }) => at <= this.#now);
    this.#timers = this.#timers.filter(({ at }) => at > this.#now);
    for (const { act } of due) act();
  }

  get isIdle(): boolean {
    return this.#timers.length === 0;
  }
}

interface End {
  readonly by: HoldEnd;
  readonly publication: Publication | null;
}

function start(given: { readonly start?: GuardStart; readonly holdMs?: number } = {}) {
  const clock = new ManualClock();
  const holds: Hold[] = [];
  const ends: End[] = [];
  const publisher = new Publisher(SETTINGS);
  const guard = new RemovalGuard(
    publisher,
    { maxRemovalPercent: 80, holdMs: given.holdMs ?? HOLD_MS },
    { held: (hold) => holds.push(hold), ended: (by, publication) => ends.push({ by, publication }) },
    given.start,
    clock,
  );
  return { clock, holds, ends, publisher, guard, live: () => publisher.snapshot };
}

/** The servers of `s/a` are `a-1`, `a-2`, …; and so on for other services. */
function snapshotWith(counts: Readonly<Record<string, number>>, prefix = ''): Snapshot {
  return snapshotOf(
    ...Object.entries(counts).map(([name, count]) =>
      serviceOf(`s/${name}`, {
        containers: Array.from({ length: count }, (_, i) =>
          containerOf(`${prefix}${name}-${i + 1}`, `127.0.${name.charCodeAt(0)}.${i + 1}`),
        ),
      }),
    ),
  );
}

const TEN = snapshotWith({ a: 6, b: 4 });
const ONE = snapshotWith({ a: 1 });

function serversOf(publication: Publication | 'held' | null | undefined): number {
  assert.ok(typeof publication === 'object' && publication !== null, 'something is published');
  return publication.derivation.table.backends.reduce((sum, { servers }) => sum + servers.length, 0);
}

/** With ten servers live, and one left by the refresh that is held. */
function holding() {
  const setting = start();
  setting.guard.publish(TEN);
  assert.equal(setting.guard.publish(ONE), 'held');
  return setting;
}

suite('a refresh that would remove most of the servers', () => {
  test('is held: what is live stays, also in what the refresh would add', () => {
    const { guard, holds, ends, live } = start();
    guard.publish(TEN);
    assert.equal(guard.publish(snapshotWith({ new: 1 })), 'held');
    assert.equal(live(), TEN);
    assert.deepEqual(holds, [
      {
        since: START,
        until: START + HOLD_MS,
        serversBefore: 10,
        serversAfter: 1,
        servicesLost: ['s/a', 's/b'],
      },
    ]);
    assert.deepEqual(ends, []);
  });

  test('is held as well where the services are there and only the health of their containers is not', () => {
    const { guard } = start();
    guard.publish(TEN);
    const services = TEN.services.map((service) => ({
      ...service,
      containers: service.containers.map((container) => ({ ...container, healthState: 'unhealthy' })),
    }));
    assert.equal(guard.publish({ ...TEN, services }), 'held');
  });

  test('is no removal where every container is replaced by a new one at once', () => {
    const { guard, holds } = start();
    guard.publish(TEN);
    assert.equal(serversOf(guard.publish(snapshotWith({ a: 6, b: 4 }, 'new-'))), 10);
    assert.deepEqual(holds, []);
  });

  test('is not held where it is the first: there is nothing that it could remove', () => {
    assert.equal(serversOf(start().guard.publish(ONE)), 1);
  });

  test('is not held where the hold is 0', () => {
    const { guard } = start({ holdMs: 0 });
    guard.publish(TEN);
    assert.equal(serversOf(guard.publish(ONE)), 1);
  });
});

suite('what is held', () => {
  test('goes live when its time is up, and not a moment earlier', () => {
    const { clock, ends, live } = holding();
    clock.pass(HOLD_MS - 1);
    assert.deepEqual([ends, live()], [[], TEN]);
    clock.pass(1);
    assert.deepEqual([ends.map(({ by }) => by), live()], [['time'], ONE]);
    assert.equal(serversOf(ends[0]?.publication), 1);
  });

  test('is the latest of what was read meanwhile; neither another version nor another set lets it through or restarts the clock', () => {
    const { clock, guard, holds, ends, live } = holding();
    const later = [{ ...ONE, version: 'v2' }, snapshotWith({ c: 1 }), snapshotWith({ a: 1, c: 0 })];
    for (const snapshot of later) {
      clock.pass(HOLD_MS / 4);
      assert.equal(guard.publish(snapshot), 'held');
    }
    assert.deepEqual(
      holds.map(({ since, until }) => [since, until]),
      Array.from({ length: 4 }, () => [START, START + HOLD_MS]),
    );
    assert.deepEqual(ends, []);
    clock.pass(HOLD_MS / 4);
    assert.equal(live(), later.at(-1));
    assert.equal(ends.length, 1);
  });

  test('is dropped by a refresh with enough servers, which goes live at once', () => {
    const { clock, guard, ends, live } = holding();
    const back = snapshotWith({ a: 2 });
    assert.equal(serversOf(guard.publish(back)), 2);
    assert.deepEqual(ends, [{ by: 'return', publication: null }]);
    assert.ok(clock.isIdle);
    clock.pass(HOLD_MS);
    assert.deepEqual([ends.length, live()], [1, back]);
  });

  test('is dropped also where everything is as it was before, and nothing is published', () => {
    const { guard, ends } = holding();
    assert.equal(guard.publish(TEN), null);
    assert.deepEqual(ends, [{ by: 'return', publication: null }]);
  });

  test('goes live at once when it is released', () => {
    const { clock, guard, ends, live } = holding();
    guard.release();
    assert.deepEqual(
      [ends.map(({ by }) => by), serversOf(ends[0]?.publication), live()],
      [['release'], 1, ONE],
    );
    assert.ok(clock.isIdle);
    guard.release();
    assert.equal(ends.length, 1, 'nothing is held any more');
  });

  test('that was released in vain lets nothing through later', () => {
    const { guard } = start();
    guard.publish(TEN);
    guard.release();
    assert.equal(guard.publish(ONE), 'held');
  });
});

suite('after a hold', () => {
  test('what was let through is what the next refresh is compared with: few servers are not guarded', () => {
    const { guard, holds } = holding();
    guard.release();
    assert.equal(serversOf(guard.publish(snapshotWith({}))), 0);
    assert.equal(holds.length, 1);
  });

  test('another mass removal is held anew, for its own time', () => {
    const { clock, guard, holds, ends } = start();
    guard.publish(snapshotWith({ a: 100 }));
    guard.publish(snapshotWith({ a: 10 }));
    clock.pass(HOLD_MS);
    assert.equal(guard.publish(ONE), 'held');
    assert.deepEqual(
      holds.map(({ since, serversBefore, serversAfter }) => [since - START, serversBefore, serversAfter]),
      [
        [0, 100, 10],
        [HOLD_MS, 10, 1],
      ],
    );
    clock.pass(HOLD_MS);
    assert.deepEqual(
      ends.map(({ by }) => by),
      ['time', 'time'],
    );
  });
});

const to = (...addresses: string[]) => ({ 'api.test': { addresses, error: null } });

suite('names that resolve differently', () => {
  const named = snapshotOf(
    serviceOf('edge/ext', { kind: 'externalService', external: { addresses: [], hostname: 'api.test' } }),
  );
  const many = to(...Array.from({ length: 10 }, (_, i) => `127.0.0.${i + 1}`));

  test('publish the last snapshot again, with its table and the changes in words', () => {
    const { guard } = start();
    guard.publish({ ...named, resolutions: to('127.0.0.1') });
    const moved = to('127.0.0.2');
    const publication = guard.publishResolved(moved);
    assert.ok(publication !== null && publication !== 'held' && publication.tableBytes);
    assert.deepEqual(
      publication.derivation.table.backends[0]?.servers.map(({ url }) => url),
      ['http://127.0.0.2:8080'],
    );
    assert.equal(publication.changes.length, 2);
    assert.equal(guard.publishResolved(moved), null, 'once');
  });

  test('publish nothing before the first snapshot', () => {
    assert.equal(start().guard.publishResolved(many), null);
  });

  test('are derived no second time where they are known to be the same', () => {
    const { guard, publisher } = start();
    guard.publish({ ...named, resolutions: many });
    publisher.derive = () => assert.fail('derived');
    assert.equal(guard.publishResolved(many), null);
  });

  test('are held where they lead to few of the servers, and live when they lead to enough again', () => {
    const { guard, ends } = start();
    guard.publish({ ...named, resolutions: many });
    assert.equal(guard.publishResolved(to('127.0.0.1')), 'held');
    assert.equal(serversOf(guard.publishResolved(to('127.0.0.1', '127.0.0.2'))), 2);
    assert.deepEqual(ends, [{ by: 'return', publication: null }]);
  });

  test('are looked at in what is held, not in what is live, while something is', () => {
    const { clock, guard, ends, live } = start();
    guard.publish(TEN);
    guard.publish({ ...named, resolutions: to() });
    assert.equal(guard.publishResolved(to('127.0.0.1')), 'held');
    clock.pass(HOLD_MS);
    assert.equal(serversOf(ends[0]?.publication), 1);
    assert.equal(live()?.services[0]?.id, 'edge/ext');
  });
});

suite('a guard that goes on from another one, whose thread has crashed', () => {
  const live = { servers: 10, services: ['s/a', 's/b'] };
  const hold = { since: START - 20_000, until: START + 40_000, remainingMs: 40_000 };

  test('holds the first refresh, too', () => {
    const { guard, holds } = start({ start: { live, hold: null } });
    assert.equal(guard.publish(ONE), 'held');
    const [{ serversBefore, servicesLost }] = holds as [Hold];
    assert.deepEqual([serversBefore, servicesLost], [10, ['s/b']]);
  });

  test('lets a first refresh pass that has enough servers', () => {
    const { guard } = start({ start: { live, hold: null } });
    assert.equal(serversOf(guard.publish(snapshotWith({ a: 2 }))), 2);
  });

  test('goes on with a hold where that was, until its time is up', () => {
    const { clock, guard, holds, ends } = start({ start: { live, hold } });
    clock.pass(10_000);
    assert.equal(guard.publish(ONE), 'held');
    assert.deepEqual([holds[0]?.since, holds[0]?.until], [hold.since, hold.until]);
    clock.pass(30_000);
    assert.deepEqual(
      ends.map(({ by }) => by),
      ['time'],
    );
    assert.equal(serversOf(ends[0]?.publication), 1);
  });

  test('lets the first refresh through where that time is up before anything is read', () => {
    const { clock, guard, ends } = start({ start: { live, hold } });
    clock.pass(40_000);
    assert.deepEqual(ends, [], 'there is nothing to install yet');
    assert.equal(serversOf(guard.publish(ONE)), 1);
    assert.deepEqual(ends, [{ by: 'time', publication: null }]);
  });

  test('lets the first refresh through where it is released before anything is read', () => {
    const { clock, guard, ends } = start({ start: { live, hold } });
    guard.release();
    clock.pass(40_000);
    assert.equal(serversOf(guard.publish(ONE)), 1);
    assert.deepEqual(ends, [{ by: 'release', publication: null }]);
  });

  test('ends the hold where the first refresh has enough servers', () => {
    const { guard, ends } = start({ start: { live, hold } });
    guard.publish(TEN);
    assert.deepEqual(ends, [{ by: 'return', publication: null }]);
  });
});
