import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { suite, test, type TestContext } from 'node:test';
import { Outlet } from '../../../src/traffic/outlet.ts';

suite('an outlet', () => {
  test('writes what it holds when the turn is over', async (t) => {
    const { outlet, socket, peer } = await openPair(t);
    outlet.hold(Buffer.from('later'));
    assert.deepEqual([outlet.isHolding, socket.bytesWritten], [true, 0]);
    await nextTurn();
    assert.equal(outlet.isHolding, false);
    assert.equal(await textOf(peer, 5), 'later');
  });

  test('lets nothing overtake what it holds', async (t) => {
    const { outlet, peer } = await openPair(t);
    outlet.hold(Buffer.from('1'));
    outlet.write('2');
    outlet.hold(Buffer.from('3'));
    outlet.hold(Buffer.from('4'));
    outlet.write(Buffer.from('5'));
    assert.equal(await textOf(peer, 5), '12345');
  });

  test('closes when what it holds is written', async (t) => {
    const { outlet, socket, peer } = await openPair(t);
    outlet.hold(Buffer.from('last words'));
    outlet.close();
    assert.equal(socket.destroyed, false);
    assert.equal(await textOf(peer, 10), 'last words');
    await once(peer, 'close');
  });

  test('closes only when the kernel has taken all of it: a peer that is slow gets it, too', async (t) => {
    const { outlet, socket, peer } = await openPair(t);
    peer.pause();
    const length = 32 << 20;
    outlet.hold(Buffer.alloc(length, 'x'));
    outlet.close();
    await nextTurn();
    assert.ok(socket.writableLength > 0, 'the kernel has not taken all at once');
    const closed = once(peer, 'close');
    let came = 0;
    peer.on('data', (piece: Buffer) => (came += piece.length)).resume();
    await closed;
    assert.equal(came, length);
  });

  test('closes at once where it holds nothing', async (t) => {
    const { outlet, socket } = await openPair(t);
    outlet.close();
    assert.equal(socket.destroyed, true);
  });

  test('writes nothing more once it is destroyed', async (t) => {
    const { outlet, peer, socket } = await openPair(t);
    let came = '';
    peer.on('data', (piece: Buffer) => (came += piece.toString()));
    outlet.hold(Buffer.from('never'));
    outlet.destroy();
    assert.deepEqual([outlet.isHolding, socket.destroyed], [false, true]);
    await once(peer, 'close');
    assert.equal(came, '');
  });

  test('of many the first does not wait for the last', async (t) => {
    const { outlet, peer } = await openPair(t);
    outlet.hold(Buffer.from('first'));
    const others = await Promise.all(Array.from({ length: 63 }, () => openPair(t)));
    // The turn in which it was held is long over.
    assert.equal(outlet.isHolding, false);
    outlet.hold(Buffer.from('again'));
    for (const other of others) other.outlet.hold(Buffer.from('x'));
    assert.equal(outlet.isHolding, false, 'the 64th has all written within the turn');
    assert.equal(await textOf(peer, 10), 'firstagain');
  });
});

async function openPair(t: TestContext) {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [[peer]] = (await Promise.all([once(server, 'connection'), once(socket, 'connect')])) as [
    [Socket],
    unknown,
  ];
  peer.on('error', () => {});
  t.after(() => {
    socket.destroy();
    peer.destroy();
    server.close();
  });
  return { outlet: new Outlet(socket), socket, peer };
}

/** Reads so many characters. */
async function textOf(peer: Socket, length: number): Promise<string> {
  let text = '';
  while (text.length < length) {
    const [piece] = (await once(peer, 'data')) as [Buffer];
    text += piece.toString();
  }
  return text;
}
