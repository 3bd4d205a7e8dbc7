import { test } from 'node:test';
import assert from 'node:assert/strict';
import { onEachLane, oneHost, startProxy } from '../../support/proxy.ts';
import { startServer } from '../../support/recordingServer.ts';

const SHORT_MS = 200;
/** Of responses this long, more than what kernels keep for a client that does not read. */
const BODY = 'x'.repeat(8_192);
const COUNT = 3_000;

// In a file of its own: so much data in so little time would disturb who measures time beside it.
onEachLane('responses that nobody reads', (lane) => {
  test('a client that never reads the rest of a response that is complete is given up', async (t) => {
    const server = await startServer(t, (exchange) => exchange.answer(BODY), { keepBodies: false });
    const timeouts = { streamMs: SHORT_MS, serverIdleMs: 3 * SHORT_MS };
    const proxy = await startProxy(t, lane, oneHost(server), { timeouts });
    const client = await proxy.connect({ keepBodies: false });
    client.socket.pause();
    client.send('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n'.repeat(COUNT));
    // It was idle for a while then, for as long as the client was waited for and longer.
    await (await server.exchange()).connection.whenEnded();
    client.socket.resume();
    await client.closed();
    assert.ok(client.received < COUNT, `${client.received} responses`);
  });
});
