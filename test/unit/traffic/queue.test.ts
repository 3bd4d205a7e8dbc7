import assert from 'node:assert/strict';
import { once } from 'node:events';
import { suite, test } from 'node:test';
import { BackendTraffic } from '../../../src/traffic/backendTraffic.ts';
import { Queue, type Waiter } from '../../../src/traffic/queue.ts';
import type { ServerTraffic } from '../../../src/traffic/serverTraffic.ts';
import { backendOf, contextOf, evenBackend } from './backends.ts';

const NONE: ReadonlySet<string> = new Set();

/** A backend whose servers take one request at a time. */
function narrow(backend = evenBackend(2), queue = 10): BackendTraffic {
  return new BackendTraffic(backend, contextOf({ serverRequests: 1, queue }));
}

/** A request that goes to whatever server it gets, and says in `told` what became of it. */
class Request implements Waiter {
  readonly tried = new Set<string>();
  readonly #traffic: BackendTraffic;
  readonly #name: string;
  readonly #told: string[];

  constructor(traffic: BackendTraffic, name: string, told: string[]) {
    this.#traffic = traffic;
    this.#name = name;
    this.#told = told;
  }

  start(): this {
    if (!this.goOn()) assert.ok(this.#traffic.queue.join(this, 60_000));
    return this;
  }

  goOn(): boolean {
    const server = this.#traffic.pick(this.tried);
    if (server === null) return false;
    this.#traffic.queue.leave(this);
    server.begin();
    this.#told.push(`${this.#name} to ${server.server.id}`);
    return true;
  }

  expired(): void {
    this.#told.push(`${this.#name} expired`);
  }

  reconsider(): void {
    if (this.#traffic.isBusy(this.tried)) return;
    this.#traffic.queue.leave(this);
    this.#told.push(`${this.#name} waits for nothing`);
  }
}

/** Requests of these names, in this order, of which as many wait as find no room. */
function requests(traffic: BackendTraffic, ...names: readonly string[]) {
  const told: string[] = [];
  const made = names.map((name) => new Request(traffic, name, told).start());
  return { told, made };
}

function serverOf(traffic: BackendTraffic, id: string): ServerTraffic {
  return traffic.servers.find(({ server }) => server.id === id)!;
}

suite('the limit of requests in flight', () => {
  test('makes balancers and cookies pass a server over, and the backend busy where all have as many', () => {
    const traffic = narrow();
    const first = traffic.pick(NONE)!;
    first.begin();
    assert.equal(traffic.stickyServer(first.stickyId, NONE), null);
    for (const _ of [1, 2, 3]) assert.notEqual(traffic.pick(NONE), first);
    assert.equal(traffic.isBusy(NONE), true, 'some server is full');
    serverOf(traffic, 's1').begin();
    assert.equal(traffic.pick(NONE), null);
    assert.equal(traffic.isBusy(new Set([first.key])), true);
    assert.equal(traffic.isBusy(new Set(traffic.servers.map(({ key }) => key))), false);
  });

  test('lets tunnels out of account from the moment they are tunnels', () => {
    const traffic = narrow(evenBackend(1));
    const server = traffic.pick(NONE)!;
    const { told } = requests(traffic, 'a', 'b');
    server.tunnelBegan();
    assert.deepEqual(told, ['a to s0', 'b to s0']);
    assert.equal(server.inFlight, 2);
    server.tunnelEnded();
    server.end();
    assert.equal(server.isFull, true);
  });

  test('is none where it is 0', () => {
    const traffic = new BackendTraffic(evenBackend(1), contextOf());
    for (let n = 0; n < 5_000; n += 1) traffic.pick(NONE)!.begin();
    assert.equal(traffic.isBusy(NONE), false);
  });

  test('sends requests to servers that are not preferred, where those that are have no room', () => {
    const [near, far] = evenBackend(2).servers;
    const servers = [near!, { ...far!, isPreferred: false }];
    const { told } = requests(narrow({ ...evenBackend(0), servers }), 'a', 'b', 'c');
    assert.deepEqual(told, ['a to s0', 'b to s1']);
  });
});

suite('the queue', () => {
  test('is served in order, one for each slot that frees, and newcomers do not overtake it', () => {
    const traffic = narrow();
    const { told } = requests(traffic, 'a', 'b', 'c', 'd');
    assert.equal(traffic.queued, 2);
    serverOf(traffic, 's1').end();
    assert.deepEqual(told.splice(0), ['a to s0', 'b to s1', 'c to s1']);
    const { told: later } = requests(traffic, 'e');
    serverOf(traffic, 's0').end();
    assert.deepEqual([...told, ...later], ['d to s0']);
    serverOf(traffic, 's0').end();
    assert.deepEqual(later, ['e to s0']);
    assert.equal(traffic.queued, 0);
  });

  test('lets pass who can use a server that those before were on already', () => {
    const traffic = narrow();
    const { told, made } = requests(traffic, 'x', 'y', 'a', 'b');
    made[2]!.tried.add(serverOf(traffic, 's0').key);
    serverOf(traffic, 's0').end();
    serverOf(traffic, 's1').end();
    assert.deepEqual(told.slice(2), ['b to s0', 'a to s1']);
  });

  test('takes as many as it may', () => {
    const traffic = narrow(evenBackend(1), 2);
    const { made } = requests(traffic, 'a', 'b', 'c');
    assert.equal(traffic.queue.join(made[0]!, 60_000), false);
    traffic.queue.leave(made[1]!);
    traffic.queue.leave(made[1]!);
    assert.equal(traffic.queue.join(made[0]!, 60_000), true);
    traffic.queue.leave(made[0]!);
    traffic.queue.leave(made[2]!);
  });

  test('is served by a server that comes with a table, and by one that passes its check again', () => {
    const traffic = narrow(evenBackend(1));
    const { told } = requests(traffic, 'a', 'b', 'c');
    traffic.attach(evenBackend(2));
    assert.deepEqual(told, ['a to s0', 'b to s1']);
    traffic.setFailing(new Set([serverOf(traffic, 's1').key]));
    serverOf(traffic, 's1').end();
    assert.equal(traffic.queued, 1);
    traffic.setFailing(new Set());
    assert.deepEqual(told.slice(2), ['c to s1']);
  });

  test('is served by a server that comes back from ejection, before anybody who comes later', () => {
    const time = { now: 0 };
    const context = contextOf({ serverRequests: 1, queue: 10, clock: () => time.now });
    const traffic = new BackendTraffic(evenBackend(2), context);
    const s1 = serverOf(traffic, 's1');
    for (const _ of [1, 2, 3]) s1.standing.failed({ begunAt: 0, trial: 0 }, { reason: 'x', status: 502 }, 1);
    const { told } = requests(traffic, 'a', 'b', 'c');
    time.now = 5_000;
    const { told: later } = requests(traffic, 'd');
    assert.deepEqual(told, ['a to s0', 'b to s1']);
    s1.standing.readmit();
    s1.end();
    assert.deepEqual([...told.slice(2), ...later], ['c to s1']);
    traffic.attach(backendOf({}));
    assert.deepEqual(later, ['d waits for nothing']);
  });

  test('is left by all where no server is left to wait for', () => {
    const traffic = narrow(evenBackend(1));
    const { told } = requests(traffic, 'a', 'b', 'c');
    traffic.attach(backendOf({}));
    assert.deepEqual(told.slice(1), ['b waits for nothing', 'c waits for nothing']);
    assert.equal(traffic.queued, 0);
  });

  test('is left by who has waited as long as it may', async () => {
    const expired = new EventTarget();
    const queue = new Queue(1);
    const waiter: Waiter = {
      tried: NONE,
      goOn: () => false,
      expired: () => expired.dispatchEvent(new Event('expired')),
      reconsider: () => {},
    };
    assert.equal(queue.join(waiter, 20), true);
    assert.equal(queue.join(waiter, 20), false);
    // A timer of the queue keeps no process alive.
    const alive = setTimeout(() => {}, 5_000);
    await once(expired, 'expired');
    clearTimeout(alive);
    assert.equal(queue.length, 0);
  });
});
