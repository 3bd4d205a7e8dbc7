import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { eventFrame, EventStreams } from '../../src/admin/eventStreams.ts';
import { cleanup } from '../support/cleanup.ts';
import { EventReader } from '../support/eventStream.ts';

/** Event streams, and both ends of the first one. */
async function start(t: TestContext) {
  const told: string[] = [];
  const streams = new EventStreams({
    greeting: () => eventFrame('held', { at: 'begin' }),
    begun: () => told.push('begun'),
    ended: () => told.push('ended'),
  });
  const server = createServer((_, response) => {
    response.writeHead(200);
    streams.open(response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanup(t, () => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const open = async (): Promise<[ServerResponse, IncomingMessage]> => {
    const asked = request({ port, host: '127.0.0.1', path: '/api/events', agent: false }).end();
    const [[, ours], [theirs]] = (await Promise.all([once(server, 'request'), once(asked, 'response')])) as [
      [IncomingMessage, ServerResponse],
      [IncomingMessage],
    ];
    cleanup(t, () => asked.destroy());
    return [ours, theirs];
  };
  return { streams, told, open };
}

test('whoever does not read gets no event that the next one makes out of date, until what waits was read', async (t) => {
  const { streams, open } = await start(t);
  const [ours, theirs] = await open();
  // Until the kernel takes no more.
  for (let n = 0; !ours.writableNeedDrain || ours.writableLength < 100_000; n += 1) {
    assert.ok(n < 1_000, 'it is never full');
    streams.send(eventFrame('metadata-failing', { at: String(n), error: 'x'.repeat(60_000) }));
    await new Promise((resolve) => setImmediate(resolve));
  }
  const waiting = ours.writableLength;
  for (let n = 0; n < 3; n += 1) streams.sendToReaders(eventFrame('conditions', { at: String(n) }));
  assert.equal(ours.writableLength, waiting);
  const reader = new EventReader(theirs);
  await once(ours, 'drain');
  streams.sendToReaders(eventFrame('conditions', { at: '3' }));
  assert.deepEqual((await reader.nth('conditions')).data, { at: '3' });
  const all = reader.named('metadata-failing');
  assert.deepEqual(
    all.map(({ data }) => data.at),
    all.map((_, n) => String(n)),
    'nothing else is left out',
  );
});

test('it is told when there are any, and when there are none', async (t) => {
  const { streams, told, open } = await start(t);
  const [ours] = await open();
  const [alsoOurs] = await open();
  assert.deepEqual([told, streams.areOpen], [['begun'], true]);
  const closed = [ours, alsoOurs].map((response) => once(response, 'close'));
  for (const response of [ours, alsoOurs]) response.destroy();
  await Promise.all(closed);
  assert.deepEqual([told, streams.areOpen], [['begun', 'ended'], false]);
  await open();
  assert.deepEqual(told, ['begun', 'ended', 'begun']);
  streams.stop();
  assert.deepEqual([told.length, streams.areOpen, streams.refusal?.status], [4, false, 503]);
});

test('a client that left while its login was verified has no stream', async (t) => {
  const { streams, told } = await start(t);
  const server = createServer((_, response) => {
    // As a login does, it takes longer than its client waits.
    response.once('close', () => {
      response.writeHead(200);
      streams.open(response);
      server.emit('opened');
    });
  }).listen(0, '127.0.0.1');
  cleanup(t, () => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const asked = request({ port, host: '127.0.0.1', agent: false }).on('error', () => {});
  asked.end();
  await once(server, 'request');
  const opened = once(server, 'opened');
  asked.destroy();
  await opened;
  assert.deepEqual([told, streams.areOpen], [[], false]);
});

test('an event is one line of JSON, whatever is in it', () => {
  const error = 'a\n\nevent: forged\r\ndata: {}\r\r\u2028\ud800';
  const frame = eventFrame('metadata-failing', { at: 'now', error }, 12);
  assert.equal(
    frame.toString(),
    'id: 12\nevent: metadata-failing\ndata: {"at":"now","error":"a\\n\\nevent: forged\\r\\ndata: {}\\r\\r\u2028\\ud800"}\n\n',
  );
});
