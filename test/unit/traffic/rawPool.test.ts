import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { suite, test, type TestContext } from 'node:test';
import { OWN_BYTES, type ConnectionUser } from '../../../src/traffic/rawConnection.ts';
import { RawPool } from '../../../src/traffic/rawPool.ts';

/** A user that notes what it is told. */
class Notes implements ConnectionUser {
  readonly told: string[] = [];
  readonly #waiting: (() => void)[] = [];

  connected(): void {
    this.#note('connected');
  }

  received(bytes: Buffer, count: number): void {
    this.#note(`received ${bytes.toString('latin1', 0, count)}`);
  }

  drained(): void {
    this.#note('drained');
  }

  ended(): void {
    this.#note('ended');
  }

  broke(error: NodeJS.ErrnoException): void {
    this.#note(`broke ${error.code ?? error.message}`);
  }

  async until(what: string): Promise<void> {
    while (!this.told.includes(what)) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #note(what: string): void {
    this.told.push(what);
    for (const go of this.#waiting.splice(0)) go();
  }
}

interface Rig {
  readonly pool: RawPool;
  /** The connections that the server has accepted. */
  readonly accepted: readonly Socket[];
}

async function startRig(t: TestContext, idleMs = 4_000): Promise<Rig> {
  const accepted: Socket[] = [];
  const server = createServer((socket) => {
    accepted.push(socket.on('error', () => {}));
    socket.resume();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const pool = new RawPool('127.0.0.1', (server.address() as AddressInfo).port, idleMs);
  t.after(() => {
    pool.retire();
    for (const socket of accepted) socket.destroy();
    server.close();
  });
  return { pool, accepted };
}

/** A connection of the pool that is made, and its user. */
async function connected(pool: RawPool) {
  const user = new Notes();
  const connection = pool.connect(user);
  await user.until('connected');
  return { connection, user };
}

const now = () => performance.now();

suite('a pool of bare connections', () => {
  test('has none at first', async (t) => {
    const { pool } = await startRig(t);
    assert.equal(pool.take(new Notes(), now()), null);
  });

  test('hands out the one that became idle last, which tells its new user alone', async (t) => {
    const { pool, accepted } = await startRig(t);
    const [first, second] = [await connected(pool), await connected(pool)];
    pool.give(first.connection, now());
    pool.give(second.connection, now());
    const user = new Notes();
    assert.equal(pool.take(user, now()), second.connection);
    assert.equal(second.connection.isReused, true);
    accepted[1]?.write('hello');
    await user.until('received hello');
    assert.deepEqual(second.user.told, ['connected']);
  });

  test('closes what an idle one receives bytes on, since they would answer the next request', async (t) => {
    const { pool, accepted } = await startRig(t);
    const { connection, user } = await connected(pool);
    pool.give(connection, now());
    const closed = once(accepted[0] as Socket, 'close');
    accepted[0]?.write('HTTP/1.1 408 Request Timeout\r\n\r\n');
    await closed;
    assert.equal(pool.take(new Notes(), now()), null);
    assert.deepEqual(user.told, ['connected']);
  });

  test('forgets one that its server has closed', async (t) => {
    const { pool, accepted } = await startRig(t);
    const { connection } = await connected(pool);
    pool.give(connection, now());
    const closed = once(accepted[0] as Socket, 'close');
    accepted[0]?.end();
    await closed;
    assert.equal(pool.take(new Notes(), now()), null);
  });

  test('closes one that was idle for its time', async (t) => {
    const { pool, accepted } = await startRig(t, 50);
    const { connection } = await connected(pool);
    const closed = once(accepted[0] as Socket, 'close');
    pool.give(connection, now());
    assert.equal(pool.take(new Notes(), now() + 51), null, 'nor does it hand it out after that');
    await closed;
  });

  test('keeps one no longer than a second less than its server has promised', async (t) => {
    const { pool } = await startRig(t);
    const { connection } = await connected(pool);
    connection.promisedMs = 3_000;
    const at = now();
    pool.give(connection, at);
    assert.equal(connection.keptUntil, at + 2_000);
    connection.promisedMs = 1_000;
    assert.equal(pool.take(new Notes(), now()), connection);
    pool.give(connection, now());
    assert.equal(connection.isOpen, false);
  });

  test('keeps none where none is to be kept', async (t) => {
    const { pool } = await startRig(t, 0);
    const { connection } = await connected(pool);
    pool.give(connection, now());
    assert.equal(connection.isOpen, false);
  });

  test('once retired, closes what is idle, and what is in use when it is given back', async (t) => {
    const { pool } = await startRig(t);
    const [idle, busy] = [await connected(pool), await connected(pool)];
    pool.give(idle.connection, now());
    pool.retire();
    assert.deepEqual([idle.connection.isOpen, busy.connection.isOpen], [false, true]);
    pool.give(busy.connection, now());
    assert.equal(busy.connection.isOpen, false);
  });
});

suite('a bare connection', () => {
  test('tells its user once that its server has ended it', async (t) => {
    const { pool, accepted } = await startRig(t);
    const { connection, user } = await connected(pool);
    accepted[0]?.end('bye');
    await user.until('ended');
    assert.deepEqual(user.told, ['connected', 'received bye', 'ended']);
    assert.equal(connection.isOpen, false);
  });

  test('tells its user that it could not be made', async () => {
    const user = new Notes();
    new RawPool('127.0.0.1', 1, 4_000).connect(user);
    await user.until('broke ECONNREFUSED');
    assert.deepEqual(user.told, ['broke ECONNREFUSED']);
  });

  test('tells why it was broken off, and nothing where it was closed', async (t) => {
    const { pool } = await startRig(t);
    const [broken, closed] = [await connected(pool), await connected(pool)];
    broken.connection.destroy(new Error('too late'));
    closed.connection.close();
    assert.deepEqual(broken.user.told, ['connected', 'broke too late']);
    assert.deepEqual(closed.user.told, ['connected']);
  });

  test('gives small pieces away, in memory of their own', async (t) => {
    const { pool, accepted } = await startRig(t);
    const pieces: Buffer[] = [];
    class Keeper extends Notes {
      override received(bytes: Buffer, count: number): void {
        pieces.push(bytes);
        super.received(bytes, count);
      }
    }
    const users = [new Keeper(), new Keeper()];
    for (const [i, user] of users.entries()) {
      pool.connect(user);
      await user.until('connected');
      accepted[i]?.write(`piece of ${i}`);
      await user.until(`received piece of ${i}`);
    }
    assert.deepEqual(pieces.map(String), ['piece of 0', 'piece of 1']);
  });

  test('reads what is large into the same memory again, unless what came is still needed', async (t) => {
    const { pool, accepted } = await startRig(t);
    const buffers: Buffer[] = [];
    class Keeper extends Notes {
      bytes = 0;
      override received(bytes: Buffer, count: number): void {
        if (count > OWN_BYTES) buffers.push(bytes);
        if (buffers.length === 3) connection.keepBuffer();
        this.bytes += count;
        super.received(Buffer.from(`${this.bytes}`), `${this.bytes}`.length);
      }
    }
    const user = new Keeper();
    const connection = pool.connect(user);
    await user.until('connected');
    for (let sent = 8_000; sent <= 32_000; sent += 8_000) {
      accepted[0]?.write(Buffer.alloc(8_000));
      await user.until(`received ${sent}`);
    }
    const [copied, first, second, third] = buffers;
    assert.notEqual(copied, first, 'the first large one came in the buffer of all');
    assert.equal(first, second);
    assert.notEqual(second, third);
  });

  test('reads more at once after its buffer was full and wanted', async (t) => {
    const { pool, accepted } = await startRig(t);
    let most = 0;
    class Glutton extends Notes {
      bytes = 0;
      override received(bytes: Buffer, count: number): void {
        most = Math.max(most, bytes.length);
        if (count > OWN_BYTES && count === bytes.length) connection.growBuffer();
        this.bytes += count;
        super.received(Buffer.from(`${this.bytes}`), `${this.bytes}`.length);
      }
    }
    const user = new Glutton();
    const connection = pool.connect(user);
    await user.until('connected');
    accepted[0]?.write(Buffer.alloc(4_000_000));
    await user.until('received 4000000');
    assert.ok(most > 16_384 && most <= 262_144, `${most}`);
  });
});
