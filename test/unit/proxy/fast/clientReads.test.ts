import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { suite, test, type TestContext } from 'node:test';
import { startReads, stopReads } from '../../../../src/proxy/fast/clientReads.ts';

suite('reads of clients', () => {
  test('go past the stream of an accepted socket: a Node without what that needs would be slower, and nobody would know', async (t) => {
    const { accepted } = await openPair(t);
    startReads(accepted, () => {});
    assert.equal(accepted.listenerCount('data'), 0);
  });

  test('give each piece in memory of its own', async (t) => {
    const { accepted, client } = await openPair(t);
    const pieces = taken(accepted);
    client.write('one');
    await pieces.next();
    client.write('two!');
    await pieces.next();
    assert.deepEqual(
      pieces.all.map((piece) => piece.toString()),
      ['one', 'two!'],
    );
  });

  test('do not mix what several clients send', async (t) => {
    const pairs = await Promise.all(Array.from({ length: 8 }, () => openPair(t)));
    const readers = pairs.map(({ accepted }) => taken(accepted));
    pairs.forEach(({ client }, index) => client.write(String(index).repeat(1_000)));
    await Promise.all(readers.map((pieces) => pieces.next()));
    for (const [index, { all }] of readers.entries()) {
      assert.equal(Buffer.concat(all).toString(), String(index).repeat(1_000));
    }
  });

  test('rest while the socket is paused, and tell of its end', async (t) => {
    const { accepted, client } = await openPair(t);
    const pieces = taken(accepted);
    client.write('a');
    await pieces.next();
    accepted.pause();
    client.write('b');
    const ended = once(accepted, 'end');
    client.end();
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(pieces.all.length, 1);
    accepted.resume();
    await Promise.all([pieces.next(), ended]);
    assert.equal(Buffer.concat(pieces.all).toString(), 'ab');
  });

  test('give the socket back: what comes then is its own data again, in order behind what was put back', async (t) => {
    const { accepted, client } = await openPair(t);
    const pieces = taken(accepted);
    client.write('mine');
    await pieces.next();
    stopReads(accepted, pieces.take);
    accepted.pause();
    accepted.unshift(Buffer.from('back '));
    client.write('and more');
    let text = '';
    accepted.on('data', (piece: Buffer) => (text += piece.toString()));
    accepted.resume();
    while (text.length < 13) await once(accepted, 'data');
    assert.equal(text, 'back and more');
    assert.equal(pieces.all.length, 1);
  });

  test('are those of its stream where a socket has nothing else', async () => {
    const stream = new PassThrough();
    const pieces: string[] = [];
    const take = (piece: Buffer) => void pieces.push(piece.toString());
    startReads(stream, take);
    const came = once(stream, 'data');
    stream.write('plain');
    await came;
    stopReads(stream, take);
    assert.equal(stream.listenerCount('data'), 0);
    assert.deepEqual(pieces, ['plain']);
  });
});

function taken(socket: Socket) {
  const all: Buffer[] = [];
  let wake: (() => void) | null = null;
  let seen = 0;
  const take = (piece: Buffer): void => {
    all.push(piece);
    wake?.();
  };
  startReads(socket, take);
  socket.resume();
  return {
    all,
    take,
    /** Resolves with the next piece, also where it came already. */
    async next(): Promise<void> {
      seen += 1;
      if (all.length < seen) await new Promise<void>((resolve) => (wake = resolve));
    },
  };
}

async function openPair(t: TestContext) {
  const server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [[accepted]] = (await Promise.all([once(server, 'connection'), once(client, 'connect')])) as [
    [Socket],
    unknown,
  ];
  t.after(() => {
    client.destroy();
    accepted.destroy();
    server.close();
  });
  return { accepted, client };
}
