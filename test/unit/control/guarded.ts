import assert from 'node:assert/strict';
import type { Hold, HoldEnd, Publication } from '../../../src/control/events.ts';
import { Publisher } from '../../../src/control/publisher.ts';
import { RemovalGuard, type GuardClock, type GuardStart } from '../../../src/control/removalGuard.ts';
import type { Snapshot } from '../../../src/model/service.ts';
import { containerOf, serviceOf, SETTINGS, snapshotOf } from './environment.ts';

/** How long a refresh is held. */
export const HOLD_MS = 60_000;
/** The moment at which the tests begin. */
export const START = 1_469_793_600_000;

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

/** A guard, and what came of it; `live` is the snapshot that was published last. */
export function start(given: { readonly start?: GuardStart; readonly holdMs?: number } = {}) {
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
export function snapshotWith(counts: Readonly<Record<string, number>>, prefix = ''): Snapshot {
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

/** Ten servers of two services, and one of one. */
export const TEN = snapshotWith({ a: 6, b: 4 });
export const ONE = snapshotWith({ a: 1 });

/** How many servers were published. */
export function serversOf(publication: Publication | 'held' | null | undefined): number {
  assert.ok(typeof publication === 'object' && publication !== null, 'something is published');
  return publication.derivation.table.backends.reduce((sum, { servers }) => sum + servers.length, 0);
}

/** With ten servers live, and one left by the refresh that is held. */
export function holding() {
  const setting = start();
  setting.guard.publish(TEN);
  assert.equal(setting.guard.publish(ONE), 'held');
  return setting;
}
