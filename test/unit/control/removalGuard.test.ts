import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { serviceOf, snapshotOf } from './environment.ts';
import { holding, HOLD_MS, ONE, serversOf, snapshotWith, start, START, TEN } from './guarded.ts';

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
