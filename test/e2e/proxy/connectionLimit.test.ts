import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { IDLE_MS, Limited, PATIENCE_MS } from '../../support/limitedProxy.ts';
import { onEachLane, oneHost, startProxy } from '../../support/proxy.ts';
import { startServer, type Script } from '../../support/recordingServer.ts';
import type { RawClient } from '../../support/rawClient.ts';

/** Connections that the waiting room takes. */
const ROOM = 512;
const UPLOAD = 'PUT /upload HTTP/1.1\r\nHost: a.test\r\nContent-Length: 10\r\n\r\n';
const SWITCHING = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';

/** Reads no more. */
const deaf: Script = ({ socket }) => void socket.pause();

onEachLane(
  'more client connections than there are places',
  (lane) => {
    test('the one that has been idle for longest is closed for the next, without a word', async (t) => {
      const limited = await Limited.start(t, lane, 3);
      const clients = [await limited.idle(), await limited.idle(), await limited.idle()];
      // The first is not the one that has been idle for longest any more.
      await clients[0]!.request('GET', '/again').response();
      limited.pass(IDLE_MS);
      const next = await limited.connect();
      assert.equal((await next.request('GET', '/next').response()).status, 200);
      assert.equal(await clients[1]!.closed(), 'end');
      assert.equal(clients[1]!.received, 1);
      for (const other of [clients[0]!, clients[2]!]) {
        assert.equal((await other.request('GET', '/').response()).status, 200);
      }
      assert.deepEqual(limited.numbers, { open: 3, waiting: 0, accepted: 4, shed: 1, refused: 0 });
    });

    test('one that never sent anything is idle, too', async (t) => {
      const limited = await Limited.start(t, lane, 2);
      const silent = await limited.connect();
      await limited.held('a');
      limited.pass(IDLE_MS);
      const next = await limited.connect();
      assert.equal((await next.request('GET', '/').response()).status, 200);
      await silent.closed();
    });

    test('one that has paused for a moment only is not closed: the next waits until the moment is long', async (t) => {
      const limited = await Limited.start(t, lane, 1);
      const brief = await limited.idle();
      limited.pass(IDLE_MS - 2);
      const next = await limited.connect();
      next.request('GET', '/next');
      await limited.looks();
      assert.equal(brief.ending, null);
      assert.deepEqual(limited.targets, ['/']);
      limited.pass(1);
      assert.equal((await next.response()).status, 200);
      await brief.closed();
    });

    test('none with a request is closed, however slow its server is: the next waits, and nothing of it is read', async (t) => {
      const limited = await Limited.start(t, lane, 1);
      const slow = await limited.held('slow');
      const next = await limited.connect();
      next.expecting('POST').send('POST /next HTTP/1.1\r\nHost: a.test\r\nContent-Length: 67108864\r\n\r\n');
      const chunk = Buffer.alloc(1 << 20);
      for (let n = 0; n < 64; n++) next.send(chunk);
      limited.pass(PATIENCE_MS - 1);
      await limited.looks();
      assert.deepEqual(limited.targets, ['/held/slow']);
      // What two kernels keep is less.
      assert.ok(next.socket.writableLength > 32 << 20, `${next.socket.writableLength} bytes are left`);
      limited.answer('slow');
      assert.equal((await slow.response()).message.bodyText, 'slow');
      slow.socket.destroy();
      assert.equal((await next.response()).status, 200);
    });

    test('those that wait are let in as they came', async (t) => {
      const limited = await Limited.start(t, lane, 1);
      const first = await limited.held('first');
      const clients: RawClient[] = [];
      for (const name of ['a', 'b', 'c']) {
        clients.push((await limited.connect()).request('GET', `/${name}`, [['Connection', 'close']]));
      }
      assert.equal(limited.numbers.waiting, 3);
      limited.answer('first');
      await first.response();
      first.socket.destroy();
      for (const client of clients) assert.equal((await client.response()).status, 200);
      assert.deepEqual(limited.targets, ['/held/first', '/a', '/b', '/c']);
      await limited.until('rest', () => limited.numbers.open === 0);
    });

    test('one that has waited for the header time-out is reset', async (t) => {
      const limited = await Limited.start(t, lane, 1);
      await limited.held('slow');
      const early = await limited.connect();
      limited.pass(PATIENCE_MS - 1);
      const late = await limited.connect();
      limited.pass(1);
      assert.equal(await early.closed(), 'reset');
      await limited.looks();
      assert.equal(late.ending, null);
      assert.deepEqual(limited.numbers, { open: 1, waiting: 1, accepted: 3, shed: 0, refused: 1 });
    });

    test('an upload whose client falls silent is 408 after the header time-out, and its place is given on', async (t) => {
      const limited = await Limited.start(t, lane, 1);
      const silent = await limited.connect();
      silent.expecting('PUT').send(`${UPLOAD}hello`);
      const { connection } = await limited.server.exchange();
      const next = await limited.connect();
      next.request('GET', '/next');
      limited.pass(PATIENCE_MS - 1);
      await limited.looks();
      assert.equal(silent.ending, null);
      const third = await limited.connect();
      limited.pass(1);
      assert.equal((await silent.response()).status, 408);
      await connection.whenEnded();
      await silent.closed();
      // The one that came first had waited for as long as the upload.
      await next.closed();
      assert.equal((await third.request('GET', '/third').response()).status, 200);
    });

    test('nor does one keep its place that sent no byte of its body', async (t) => {
      const limited = await Limited.start(t, lane, 1);
      const silent = await limited.connect();
      silent.expecting('PUT').send(UPLOAD);
      await limited.server.exchange();
      limited.pass(PATIENCE_MS);
      const next = await limited.connect();
      assert.equal((await silent.response()).status, 408);
      assert.equal((await next.request('GET', '/next').response()).status, 200);
    });

    test('an upload that goes on, however slowly, is left alone', async (t) => {
      const limited = await Limited.start(t, lane, 1);
      const slow = await limited.connect();
      slow.expecting('PUT').send(UPLOAD);
      const { request } = await limited.server.exchange();
      for (let n = 1; n <= 9; n++) {
        slow.send('x');
        await limited.server.until(`${n} bytes`, () => request.bodyLength === n);
        limited.pass(PATIENCE_MS - 1);
        await limited.connect();
      }
      slow.send('x');
      assert.equal((await slow.response()).status, 200);
    });

    test('so is one whose server does not read it', async (t) => {
      const limited = await Limited.start(t, lane, 1, deaf);
      const client = await limited.connect();
      client.send('PUT /deaf HTTP/1.1\r\nHost: a.test\r\nContent-Length: 67108864\r\n\r\n');
      const chunk = Buffer.alloc(1 << 20);
      for (let n = 0; n < 63; n++) client.send(chunk);
      await limited.server.exchange();
      let left = 0;
      await limited.until('silence', () => {
        const before = left;
        left = client.socket.writableLength;
        return left > 0 && left === before;
      });
      limited.pass(PATIENCE_MS);
      const next = await limited.connect();
      limited.pass(PATIENCE_MS - 1);
      await limited.looks();
      assert.deepEqual([client.ending, next.ending], [null, null]);
    });

    test('so is one whose response has begun', async (t) => {
      const limited = await Limited.start(t, lane, 1, (exchange) =>
        exchange.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello'),
      );
      const client = await limited.connect();
      client.send(UPLOAD);
      await client.responseHead();
      limited.pass(PATIENCE_MS);
      await limited.connect();
      await limited.looks();
      assert.equal(client.ending, null);
    });

    test('so is a tunnel in which nobody speaks', async (t) => {
      const limited = await Limited.start(t, lane, 1, (exchange) => exchange.write(SWITCHING));
      const client = await limited.connect();
      client.request('GET', '/', [
        ['Connection', 'Upgrade'],
        ['Upgrade', 'websocket'],
      ]);
      await client.responseHead();
      limited.pass(PATIENCE_MS);
      await limited.connect();
      await limited.looks();
      assert.equal(client.ending, null);
    });

    test('empty lines now and then do not keep a place', async (t) => {
      const limited = await Limited.start(t, lane, 1);
      const client = await limited.idle();
      limited.pass(IDLE_MS);
      const { bytesWritten } = client.socket;
      client.send('\r\n\r\n');
      await limited.until('empty lines', () => client.socket.bytesWritten > bytesWritten);
      const next = await limited.connect();
      assert.equal((await next.request('GET', '/next').response()).status, 200);
      await client.closed();
    });

    test('a head that has begun keeps its place for no longer than the header time-out', async (t) => {
      const server = await startServer(t);
      const proxy = await startProxy(t, lane, oneHost(server), {
        timeouts: { headerMs: 600 },
        limits: { connections: 1 },
      });
      const slow = await proxy.connect();
      slow.send('GET / HTTP/1.1\r\nHost: a.te');
      const trickle = setInterval(() => slow.socket.writable && slow.send('s'), 20);
      t.after(() => clearInterval(trickle));
      assert.equal((await slow.response()).status, 408);
      clearInterval(trickle);
      assert.equal((await proxy.ask('GET', '/')).status, 200);
    });

    test('it is told once that it begins, and once that it is over, with what it has cost', async (t) => {
      const limited = await Limited.start(t, lane, 2);
      const clients = [await limited.idle(), await limited.idle()];
      assert.equal(limited.overloads.length, 0);
      limited.pass(IDLE_MS);
      clients.push(await limited.held('a'), await limited.held('b'));
      const waits = await limited.connect();
      assert.deepEqual(limited.overloads, [{ state: 'begun', limit: 2, durationMs: 0, shed: 0, refused: 0 }]);
      limited.pass(PATIENCE_MS);
      await waits.closed();
      clients[2]!.socket.destroy();
      await limited.until('the end', () => limited.overloads.length === 2);
      assert.deepEqual(limited.overloads[1], {
        state: 'over',
        limit: 2,
        durationMs: PATIENCE_MS,
        shed: 2,
        refused: 1,
      });
      await limited.held('c');
      const again = await limited.connect();
      again.request('GET', '/again');
      await limited.until('the next', () => limited.overloads.length === 3);
      assert.equal(limited.overloads.at(-1)!.state, 'begun');
    });

    test('those that still wait when the proxy stops are reset, and those in flight finish', async (t) => {
      const limited = await Limited.start(t, lane, 1);
      const slow = await limited.held('slow');
      const waits = await limited.connect();
      const stopped = limited.proxy.entrypoint.stop(10_000);
      assert.equal(await waits.closed(), 'reset');
      limited.answer('slow');
      assert.equal((await slow.response()).message.bodyText, 'slow');
      assert.deepEqual(await stopped, { cutOff: 0 });
    });
  },
  4,
);

// By itself, for so many connections take their time.
onEachLane('more client connections than may wait', (lane) => {
  test('one for which there is no room to wait is reset at once, and those that wait are not', async (t) => {
    const limited = await Limited.start(t, lane, 1);
    const slow = await limited.held('slow');
    const waiting = await Promise.all(Array.from({ length: ROOM }, () => limited.proxy.connect()));
    await limited.until('full room', () => limited.numbers.waiting === ROOM);
    const turnedAway = connect(limited.proxy.port, '127.0.0.1');
    await assert.rejects(once(turnedAway, 'end'), { code: 'ECONNRESET' });
    assert.deepEqual([limited.numbers.waiting, limited.numbers.refused], [ROOM, 1]);
    // Each makes way for the next.
    const last = waiting.at(-1)!.request('GET', '/last');
    for (const client of waiting.slice(0, -1)) client.socket.destroy();
    limited.answer('slow');
    await slow.response();
    slow.socket.destroy();
    assert.equal((await last.response()).status, 200);
  });
});
