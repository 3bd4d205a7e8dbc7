import { createServer, request, type ClientRequest } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { suite, test, type TestContext } from 'node:test';
import assert from 'node:assert/strict';
import { PieceWriter } from '../../../src/proxy/pieceWriter.ts';

/** A chunked request to a server that answers with the lengths of the chunks that came, and the whole. */
async function startMessage(t: TestContext): Promise<{ message: ClientRequest; received: Promise<string> }> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const received = new Promise<string>((resolve) => {
    server.on('connection', (socket) => {
      let text = '';
      socket.on('data', (piece: Buffer) => {
        text += piece.toString('latin1');
        if (!text.endsWith('0\r\n\r\n')) return;
        resolve(text.slice(text.indexOf('\r\n\r\n') + 4));
        socket.destroy();
      });
    });
  });
  const { port } = server.address() as AddressInfo;
  const message = request({ port, host: '127.0.0.1', method: 'PUT' }).on('error', () => {});
  message.flushHeaders();
  return { message, received };
}

function chunk(text: string): string {
  return `${text.length.toString(16)}\r\n${text}\r\n`;
}

suite('writing pieces', () => {
  test('small ones that come in one turn are one write, however many', async (t) => {
    const { message, received } = await startMessage(t);
    const writer = new PieceWriter(message, () => {});
    for (let n = 0; n < 10_000; n++) writer.write(Buffer.from('x'));
    await new Promise(setImmediate);
    writer.write(Buffer.from('later'));
    writer.flush();
    message.end();
    assert.equal(await received, `${chunk('x'.repeat(10_000))}${chunk('later')}0\r\n\r\n`);
  });

  test('a large one behind small ones goes out with them, in order; one alone goes out as it is', async (t) => {
    const { message, received } = await startMessage(t);
    const writer = new PieceWriter(message, () => {});
    const large = 'y'.repeat(5_000);
    for (const text of ['a', 'b', large, 'c']) writer.write(Buffer.from(text));
    await new Promise(setImmediate);
    writer.write(Buffer.from(large));
    message.end();
    assert.equal(await received, `${chunk(`ab${large}c`)}${chunk(large)}0\r\n\r\n`);
  });

  test('it says when the message is full', async (t) => {
    const { message } = await startMessage(t);
    let full = 0;
    const writer = new PieceWriter(message, () => (full += 1));
    writer.write(Buffer.alloc(1));
    await new Promise(setImmediate);
    assert.equal(full, 0);
    writer.write(Buffer.alloc(64 << 20));
    assert.equal(full, 1);
    message.destroy();
  });

  test('what was put together for a message that is gone meanwhile is dropped', async (t) => {
    const { message } = await startMessage(t);
    const writer = new PieceWriter(message, () => assert.fail('full'));
    writer.write(Buffer.alloc(100));
    message.destroy();
    await new Promise(setImmediate);
  });
});
