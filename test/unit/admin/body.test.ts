import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { readBody } from '../../../src/admin/body.ts';
import { cleanup } from '../../support/cleanup.ts';

/** What is read of a body of at most five bytes, when this is sent after the request line and the connection is ended where told. */
async function readOf(t: TestContext, rest: string, thenLeaves = false) {
  const server = createServer().listen(0, '127.0.0.1');
  cleanup(t, () => server.close());
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  cleanup(t, () => socket.destroy());
  socket.write(`POST / HTTP/1.1\r\nHost: a\r\n${rest}`);
  const [request] = await once(server, 'request');
  const read = readBody(request, 5);
  if (thenLeaves) socket.destroy();
  return read;
}

test('a body of up to the limit is read whole, however it is framed', async (t) => {
  for (const [rest, text] of [
    ['\r\n', ''],
    ['Content-Length: 5\r\n\r\n12345', '12345'],
    ['Transfer-Encoding: chunked\r\n\r\n2\r\n12\r\n3\r\n345\r\n0\r\n\r\n', '12345'],
  ] as const) {
    const read = await readOf(t, rest);
    assert.ok(read !== null && 'body' in read);
    assert.equal(read.body.toString(), text);
  }
});

test('a larger one is refused, without waiting for its end', async (t) => {
  for (const rest of [
    'Content-Length: 6\r\n\r\n',
    'Transfer-Encoding: chunked\r\n\r\n3\r\n123\r\n3\r\n456\r\n',
  ]) {
    const read = await readOf(t, rest);
    assert.ok(read !== null && 'refusal' in read);
    assert.equal(read.refusal.status, 413);
    assert.match(String(read.refusal.body), /at most 5 bytes/);
  }
});

test('of a client that leaves in the middle nothing is read', async (t) => {
  assert.equal(await readOf(t, 'Content-Length: 5\r\n\r\n12', true), null);
});
