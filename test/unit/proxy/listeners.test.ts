import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, Server, type Socket } from 'node:net';
import { describe, test, type TestContext } from 'node:test';
import { ListenError } from '../../../src/listen.ts';
import { Listeners } from '../../../src/proxy/listeners.ts';
import { cleanup } from '../../support/cleanup.ts';
import { Watch } from '../../support/watch.ts';

const AT = { port: 0, bind: '127.0.0.1', setting: 'LB_HTTP_PORT' } as const;

/** Listeners, and what they have accepted. */
class Rig {
  readonly arrived: Socket[] = [];
  readonly listeners: Listeners;
  readonly #watch = new Watch();

  constructor(t: TestContext) {
    this.listeners = new Listeners(createServer({ pauseOnConnect: true, allowHalfOpen: true }), {
      arrived: (socket) => {
        this.arrived.push(socket);
        cleanup(t, () => socket.destroy());
        this.#watch.changed();
      },
      missed: () => {},
    });
  }

  until(count: number): Promise<boolean> {
    return this.#watch.until(
      `${count} connections`,
      () => this.arrived.length === count || undefined,
      () => String(this.arrived.length),
    );
  }
}

async function client(t: TestContext, port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  cleanup(t, () => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

describe('the listeners of a thread', () => {
  test('hear of every connection once, unread, whichever of them the kernel has given it to', async (t) => {
    const rig = new Rig(t);
    const { port } = await rig.listeners.open(AT);
    const clients = await Promise.all(Array.from({ length: 200 }, () => client(t, port)));
    await rig.until(200);
    assert.deepEqual(
      new Set(rig.arrived.map(({ remotePort }) => remotePort)),
      new Set(clients.map(({ localPort }) => localPort)),
    );
    assert.ok(rig.arrived.every((socket) => socket.isPaused() && socket.allowHalfOpen));
    for (const socket of clients) socket.destroy();
    for (const socket of rig.arrived) socket.destroy();
    await rig.listeners.close();
  });

  test('close together: nobody is accepted any more, and it is over when the last connection is', async (t) => {
    const rig = new Rig(t);
    const { port } = await rig.listeners.open(AT);
    await Promise.all(Array.from({ length: 20 }, () => client(t, port)));
    await rig.until(20);
    let isClosed = false;
    const closed = rig.listeners.close().then(() => (isClosed = true));
    for (let i = 0; i < 20; i++)
      await assert.rejects(client(t, port), { code: 'ECONNREFUSED' }, 'no listener is left');
    assert.equal(isClosed, false);
    for (const socket of rig.arrived) socket.destroy();
    await closed;
  });

  test('listen all or none: where one of them cannot, nobody is accepted', async (t) => {
    const rig = new Rig(t);
    const { port } = await rig.listeners.open(AT);
    await rig.listeners.close();
    const second = new Rig(t);
    let opened = 0;
    const listens = Object.getOwnPropertyDescriptor(Server.prototype, 'listen')!;
    const restore = (): void => void Object.defineProperty(Server.prototype, 'listen', listens);
    cleanup(t, restore);
    Server.prototype.listen = function (this: Server, ...args: never[]) {
      opened += 1;
      if (opened <= 3) return Reflect.apply(listens.value as () => Server, this, args);
      const error = Object.assign(new Error('too many open files'), { code: 'EMFILE' });
      process.nextTick(() => this.emit('error', error));
      return this;
    };
    await assert.rejects(second.listeners.open({ ...AT, port }), { code: 'EMFILE' });
    restore();
    await assert.rejects(client(t, port), { code: 'ECONNREFUSED' });
  });

  test('say which port is taken', async (t) => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    cleanup(t, () => other.close());
    const { port } = other.address() as { port: number };
    await assert.rejects(new Rig(t).listeners.open({ ...AT, port }), ListenError);
  });
});
