import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { SharedRoom } from '../../../src/traffic/room.ts';
import { SharedTally, takeBack, tallyWidth } from '../../../src/traffic/tally.ts';

const THREADS = 3;

/** Tallies of one thing, as each thread sees it. */
function tallies() {
  const cells = new Int32Array(2 * tallyWidth(THREADS));
  const at = tallyWidth(THREADS);
  const views = Array.from({ length: THREADS }, (_, thread) => new SharedTally(cells, at, thread, THREADS));
  return { cells, at, views };
}

suite('a tally that threads share', () => {
  test('counts up to the limit, whoever counts', () => {
    const [a, b] = tallies().views;
    assert.deepEqual([a!.take(2), b!.take(2), a!.take(2), b!.take(2)], [true, true, false, false]);
    assert.deepEqual([a!.total, b!.total], [2, 2]);
    a!.giveBack();
    assert.equal(b!.take(2), true);
    assert.deepEqual([a!.hasOthers, b!.hasOthers], [true, false]);
  });

  test('tells whose turn it is among those that have any', () => {
    const [a, , c] = tallies().views;
    assert.equal(a!.after(0), null);
    a!.take(9);
    assert.deepEqual([a!.after(0), a!.after(1)], [0, 0]);
    c!.take(9);
    assert.deepEqual([a!.after(0), a!.after(1), a!.after(2)], [2, 2, 0]);
  });

  test('is rid of what a thread has left, and of nothing else', () => {
    const { cells, at, views } = tallies();
    const [a, b] = views;
    for (const tally of [a!, a!, b!]) tally.take(9);
    b!.passTo(0);
    a!.passTo(1);
    b!.received();
    takeBack(cells, at, 0, THREADS);
    takeBack(cells, at, 0, THREADS);
    assert.deepEqual([a!.total, a!.hasOthers, b!.hasOthers], [1, true, false]);
    assert.ok(cells.subarray(0, at).every((cell) => cell === 0));
  });
});

/** Room for so many that three threads share; of each, who waits by name, and who was let in. */
function rooms(limit: number) {
  const taken = tallies().views;
  const waiting = tallies().views;
  const letIn: string[] = [];
  const messages: { readonly from: number; readonly to: number }[] = [];
  const names = taken.map((): string[] => []);
  const rooms = taken.map((tally, thread): SharedRoom => {
    const room: SharedRoom = new SharedRoom({
      limit,
      taken: tally,
      waiting: waiting[thread]!,
      thread,
      gotRoom: () => {
        while (names[thread]!.length > 0 && room.take()) {
          letIn.push(names[thread]!.shift()!);
          waiting[thread]!.giveBack();
        }
      },
      pass: (to) => messages.push({ from: thread, to }),
    });
    return room;
  });
  return {
    rooms,
    taken,
    letIn,
    messages,
    wait(thread: number, name: string) {
      assert.ok(waiting[thread]!.take(Infinity));
      names[thread]!.push(name);
    },
    /** As if it had heard of what was passed to it. */
    deliver() {
      for (const { to } of messages.splice(0)) rooms[to]!.passed();
    },
  };
}

suite('room that threads share', () => {
  test('is for all of them, and is free again when it is given back', () => {
    const {
      rooms: [a, b],
    } = rooms(1);
    assert.equal(a!.take(), true);
    assert.deepEqual([b!.isFull, b!.take()], [true, false]);
    a!.giveBack();
    assert.equal(b!.take(), true);
  });

  test('goes in turn to the threads in which somebody waits, and is never up for grabs meanwhile', () => {
    const shared = rooms(1);
    const [a, b, c] = shared.rooms;
    a!.take();
    for (const [thread, name] of [
      [0, 'a1'],
      [0, 'a2'],
      [1, 'b1'],
      [1, 'b2'],
    ] as const)
      shared.wait(thread, name);
    a!.giveBack();
    assert.deepEqual(shared.messages, [{ from: 0, to: 1 }]);
    assert.deepEqual([a!.take(), c!.take()], [false, false]);
    shared.deliver();
    assert.deepEqual(shared.letIn, ['b1']);
    b!.giveBack();
    shared.deliver();
    a!.giveBack();
    shared.deliver();
    b!.giveBack();
    shared.deliver();
    assert.deepEqual(shared.letIn, ['b1', 'a1', 'b2', 'a2']);
    assert.equal(shared.taken[0]!.total, 1);
  });

  test('that was passed to where nobody waits any more is given back', () => {
    const shared = rooms(1);
    shared.rooms[0]!.take();
    shared.wait(1, 'gone');
    shared.rooms[0]!.giveBack();
    shared.rooms[1]!.take();
    assert.equal(shared.taken[1]!.total, 1);
    const [b] = [shared.rooms[1]!];
    shared.letIn.length = 0;
    // It is let in by something else, and then hears.
    shared.deliver();
    b.giveBack();
    assert.equal(shared.taken[1]!.total, 0);
  });

  test('that was taken in any case is not passed on where that was too much', () => {
    const shared = rooms(1);
    const [a] = shared.rooms;
    a!.add();
    a!.add();
    shared.wait(1, 'b');
    a!.giveBack();
    assert.deepEqual(shared.messages, []);
    a!.giveBack();
    assert.deepEqual(shared.messages, [{ from: 0, to: 1 }]);
  });
});
