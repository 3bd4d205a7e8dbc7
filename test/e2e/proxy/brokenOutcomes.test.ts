import { test } from 'node:test';
import assert from 'node:assert/strict';
import { asSentTo, onlyOutcome, pick, startTelling } from '../../support/outcomes.ts';
import { onEachLane } from '../../support/proxy.ts';
import { startServer } from '../../support/recordingServer.ts';

/** A body that fits into no buffer on the way, so that it cannot be sent off while nobody reads. */
const HUGE = 'x'.repeat(30_000_000);

onEachLane('outcomes of what breaks off', (lane) => {
  for (const leave of ['destroy', 'resetAndDestroy'] as const) {
    test(`a client that leaves before the response (${leave}) is told with status 0`, async (t) => {
      const server = await startServer(t, () => undefined);
      const { proxy, outcomes } = await startTelling(t, lane, server);
      const client = (await proxy.connect()).request('GET', '/');
      await server.exchange();
      client.socket[leave]();
      const outcome = await onlyOutcome(proxy, outcomes);
      assert.deepEqual(pick(outcome, 'status', 'failure', 'to'), [0, 'client-left', asSentTo(server)]);
    });

    test(`a client that leaves in the middle of the response (${leave}) is told with its status`, async (t) => {
      const server = await startServer(t, (exchange) =>
        exchange.write('HTTP/1.1 206 Partial\r\nContent-Length: 9\r\n\r\nabc'),
      );
      const { proxy, outcomes } = await startTelling(t, lane, server);
      const client = (await proxy.connect()).request('GET', '/');
      const { message } = await client.responseHead();
      await client.until('the first bytes', () => message.bodyLength === 3);
      client.socket[leave]();
      const outcome = await onlyOutcome(proxy, outcomes);
      assert.deepEqual(pick(outcome, 'status', 'bytesOut', 'failure'), [206, 3, 'client-left']);
    });

    test(`a client that leaves with the end of the response unread (${leave}) did not get all of it`, async (t) => {
      const server = await startServer(t, (exchange) => exchange.answer(HUGE));
      const { proxy, outcomes } = await startTelling(t, lane, server);
      const client = await proxy.connect();
      client.socket.pause();
      client.request('GET', '/');
      await server.exchange();
      await server.until('all written that can be', () => server.exchanges[0]!.socket.writableLength > 0);
      client.socket[leave]();
      const outcome = await onlyOutcome(proxy, outcomes);
      assert.deepEqual(pick(outcome, 'status', 'failure'), [200, 'client-left']);
    });
  }

  for (const [how, leave, status, failure] of [
    // What ends without being complete is answered as any broken request: who sent it may still be reading.
    ['ends', 'end', 400, 'bad-request'],
    ['resets', 'resetAndDestroy', 0, 'client-left'],
  ] as const) {
    test(`an upload that its client ${how} is told with the bytes that were passed on`, async (t) => {
      const server = await startServer(t, () => undefined);
      const { proxy, outcomes } = await startTelling(t, lane, server);
      const client = await proxy.connect();
      client.send('POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 100\r\n\r\n0123456789');
      const exchange = await server.exchange();
      await exchange.until('ten bytes', () => exchange.request.bodyLength === 10);
      client.socket[leave]();
      const outcome = await onlyOutcome(proxy, outcomes);
      assert.deepEqual(pick(outcome, 'status', 'bytesIn', 'failure'), [status, 10, failure]);
    });
  }

  test('a body over its limit is told as answered, and an upload that stops as timed out', async (t) => {
    const options = { limits: { bodyBytes: 5 }, timeouts: { streamMs: 100 } };
    const { proxy, outcomes } = await startTelling(t, lane, await startServer(t, () => undefined), options);
    const head = 'POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n';
    const tooLarge = (await proxy.connect()).send(`${head}9\r\n123456789\r\n`);
    assert.equal((await tooLarge.response()).status, 413);
    tooLarge.socket.destroy();
    assert.equal((await outcomes.nth()).failure, 'body-too-large');
    const silent = (await proxy.connect()).send(`${head}3\r\n123`);
    assert.equal((await silent.response()).status, 408);
    silent.socket.destroy();
    assert.deepEqual(pick(await outcomes.nth(1), 'status', 'bytesIn', 'failure'), [
      408,
      3,
      'request-timeout',
    ]);
    await proxy.entrypoint.stop(0);
    assert.equal(outcomes.all.length, 2);
  });

  for (const [how, breakOff] of [
    ['resets', 'resetAndDestroy'],
    ['closes', 'destroy'],
  ] as const) {
    test(`a server that ${how} in the middle of the response is told as server-broke`, async (t) => {
      const server = await startServer(t, async (exchange) => {
        await exchange.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc');
      });
      const { proxy, outcomes } = await startTelling(t, lane, server);
      const client = (await proxy.connect()).request('GET', '/');
      const { message } = await client.responseHead();
      await client.until('the first bytes', () => message.bodyLength === 3);
      server.exchanges[0]!.socket[breakOff]();
      await client.closed();
      const outcome = await onlyOutcome(proxy, outcomes);
      assert.deepEqual(pick(outcome, 'status', 'bytesOut', 'failure'), [200, 3, 'server-broke']);
    });
  }

  test('silence in the middle of a response is told as of the one who was silent', async (t) => {
    const server = await startServer(t, (exchange) =>
      exchange.target === '/stops'
        ? exchange.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc')
        : exchange.answer(HUGE),
    );
    const { proxy, outcomes } = await startTelling(t, lane, server, { timeouts: { streamMs: 200 } });
    await (await proxy.connect()).request('GET', '/stops').closed();
    assert.equal((await outcomes.nth()).failure, 'server-broke');
    const client = await proxy.connect();
    client.socket.pause();
    client.request('GET', '/unread');
    assert.equal((await outcomes.nth(1)).failure, 'client-left');
    await proxy.entrypoint.stop(0);
    assert.equal(outcomes.all.length, 2);
  });

  test('a stop that cuts requests off tells them, too', async (t) => {
    const server = await startServer(t, () => undefined);
    const { proxy, outcomes } = await startTelling(t, lane, server);
    (await proxy.connect()).request('GET', '/');
    await server.exchange();
    await proxy.entrypoint.stop(0);
    assert.equal(outcomes.all.length, 1);
  });
});
