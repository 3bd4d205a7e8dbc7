import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, test, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { NO_COUNTS } from '../../src/model/counts.ts';
import { basic, PASSWORD, startGuarded, USERS } from '../support/adminLogin.ts';
import { cleanup } from '../support/cleanup.ts';
import { EventReader } from '../support/eventStream.ts';
import { entryOf, TestFeed } from '../support/liveFeed.ts';

/** Sends bytes on a connection of its own, and gives all that comes back until the other side closes it. */
async function exchange(t: TestContext, port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  cleanup(t, () => socket.destroy());
  socket.on('error', () => {});
  let received = '';
  socket.setEncoding('latin1').on('data', (text: string) => (received += text));
  socket.write(bytes);
  await once(socket, 'close');
  return received;
}

/** Lets the server do what it does when a client has left. */
async function until(what: string, holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries += 1) {
    assert.ok(tries < 5_000, `not so within 5 s: ${what}`);
    await pause(1);
  }
}

const ASK = 'GET /api/events HTTP/1.1\r\nHost: a\r\n';

describe('an event stream', () => {
  test('begins with when to come back and a greeting, in an answer that nobody keeps', async (t) => {
    const live = new TestFeed();
    live.feed.installed(entryOf(41));
    const reader = await EventReader.open(t, await live.start(t));
    const { data, id } = await reader.nth('hello');
    assert.equal(reader.retryMs, 2_000);
    assert.deepEqual([data.name, data.tableId, data.historyId, id], ['active-lb', 't-5f3c9a1e', 41, null]);
    assert.deepEqual(data.statistics, []);
    assert.equal(data.startedAt, new Date(live.status.startedAt).toISOString());
    const { headers } = reader.response;
    assert.equal(headers['content-type'], 'text/event-stream');
    assert.equal(headers['cache-control'], 'no-store');
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['x-accel-buffering'], 'no');
    assert.ok(headers['content-security-policy']);
    assert.equal(headers['content-length'], undefined);
  });

  test('tells all who listen the same, an install with its id', async (t) => {
    const live = new TestFeed();
    const port = await live.start(t);
    const readers = [await EventReader.open(t, port), await EventReader.open(t, port)];
    live.feed.installed(entryOf(7));
    live.feed.hear({ kind: 'metadata-failing', at: 1, error: 'no\nanswer\r\n\r\nid: 8\u2028' });
    for (const reader of readers) {
      const installed = await reader.nth('installed');
      assert.equal(installed.id, '7');
      assert.equal(installed.data.at, '2016-07-29T12:00:00.000Z');
      const failing = await reader.nth('metadata-failing');
      assert.deepEqual(failing.data, {
        at: '1970-01-01T00:00:00.001Z',
        error: 'no\nanswer\r\n\r\nid: 8\u2028',
      });
    }
  });

  test('tells what statistics there were in its greeting', async (t) => {
    const live = new TestFeed();
    const port = await live.start(t);
    const first = await EventReader.open(t, port);
    for (let n = 0; n < 3; n += 1) await live.count();
    const { data } = await first.nth('statistics', 1);
    const second = await EventReader.open(t, port);
    const { statistics } = (await second.nth('hello')).data;
    assert.deepEqual(statistics.length, 2);
    assert.deepEqual(statistics[1], { at: data.at, ...data.total });
  });

  test('has a head, too, which is asked for by HEAD and no stream', async (t) => {
    const live = new TestFeed();
    const port = await live.start(t);
    const text = await exchange(t, port, ASK.replace('GET', 'HEAD') + '\r\n');
    assert.match(text, /^HTTP\/1\.1 200 OK\r\nContent-Type: text\/event-stream\r\n/);
    assert.ok(text.endsWith('\r\n\r\n'));
    assert.equal(live.feed.streams.areOpen, false);
    assert.equal(live.asked, 0);
  });

  test('is 404 where there is no feed, and 405 for other methods', async (t) => {
    const { port } = await startGuarded(t, { users: [] });
    const url = `http://127.0.0.1:${port}/api/events`;
    assert.equal((await fetch(url)).status, 404);
    const refused = await fetch(url, { method: 'POST' });
    assert.deepEqual([refused.status, refused.headers.get('allow')], [405, 'GET, HEAD']);
  });
});

describe('who may open an event stream', () => {
  test('who has logged in, where that is asked for', async (t) => {
    const port = await new TestFeed().start(t, { users: USERS });
    const url = `http://127.0.0.1:${port}/api/events`;
    assert.equal((await fetch(url)).status, 401);
    assert.equal((await fetch(url, { headers: { authorization: basic('ops', 'wrong') } })).status, 401);
    const reader = await EventReader.open(t, port, { authorization: basic('ops', PASSWORD) });
    await reader.nth('hello');
  });

  test('who asks by a name that is ours, where those are set', async (t) => {
    const port = await new TestFeed().start(t, { hosts: ['lb.test'] });
    assert.match(await exchange(t, port, `${ASK}Connection: close\r\n\r\n`), /^HTTP\/1\.1 421 /);
    await (await EventReader.open(t, port, { host: 'lb.test' })).nth('hello');
  });

  test('a hundred at a time; who leaves makes room', async (t) => {
    const port = await new TestFeed().start(t);
    const readers = await Promise.all(Array.from({ length: 100 }, () => EventReader.open(t, port)));
    const asked = await Promise.all(
      Array.from({ length: 20 }, () => fetch(`http://127.0.0.1:${port}/api/events`)),
    );
    for (const refused of asked) {
      assert.equal(refused.status, 503);
      assert.equal(refused.headers.get('retry-after'), '2');
      assert.match(await refused.text(), /"code":"too-many-streams"/);
    }
    await Promise.all(readers.map((reader) => reader.nth('hello')));
    readers[0]!.response.destroy();
    await readers[0]!.closed();
    for (let status = 0; status !== 200;) {
      const next = await fetch(`http://127.0.0.1:${port}/api/events`);
      await next.body?.cancel();
      ({ status } = next);
    }
  });

  test('also when all of them come at the same time', async (t) => {
    const live = new TestFeed();
    const port = await live.start(t, { users: USERS });
    const headers = { authorization: basic('ops', PASSWORD) };
    const asked = await Promise.all(
      Array.from({ length: 150 }, () => fetch(`http://127.0.0.1:${port}/api/events`, { headers })),
    );
    const statuses = asked.map(({ status }) => status);
    for (const each of asked) await each.body?.cancel();
    assert.equal(statuses.filter((status) => status === 200).length, 100);
    assert.equal(statuses.filter((status) => status === 503).length, 50);
  });
});

describe('statistics', () => {
  test('are made while somebody listens, once for all of them', async (t) => {
    const live = new TestFeed();
    const port = await live.start(t);
    assert.equal(live.asked, 0);
    const readers = await Promise.all(Array.from({ length: 10 }, () => EventReader.open(t, port)));
    const before = { ...NO_COUNTS, statuses: { 200: 1 } };
    for (let n = 0; n < 4; n += 1) await live.count(before);
    const texts = await Promise.all(
      readers.map(async (reader) => {
        await reader.nth('statistics', 2);
        return JSON.stringify(reader.named('statistics').slice(0, 3));
      }),
    );
    assert.equal(new Set(texts).size, 1);
    for (const reader of readers) reader.response.destroy();
    await Promise.all(readers.map((reader) => reader.closed()));
    await until('all streams are closed', () => !live.feed.streams.areOpen);
    const { asked } = live;
    // Twenty times as long as it takes to be asked again.
    await pause(20);
    assert.equal(live.asked, asked);
  });

  test('have the numbers of the traffic, of the metadata, and why we are not ready', async (t) => {
    const live = new TestFeed();
    const reader = await EventReader.open(t, await live.start(t));
    await live.count();
    const server = { backend: 's/web', server: 'web-1', connectErrors: 2, ejections: 1, inFlight: 3 };
    live.status = { ...live.status, notReady: ['the daemon is stopping'] };
    await live.count({ ...NO_COUNTS, queued: 5, servers: [{ ...server, isEjected: true }] });
    const { data } = await reader.nth('statistics');
    assert.ok(data.seconds >= 0 && data.seconds < 5);
    assert.equal(data.total.queued, 5);
    assert.deepEqual(data.servers, [['s/web', 'web-1', 3, 1, 2]]);
    assert.deepEqual(data.metadata, { ageSeconds: 12, stale: false, lastError: null });
    assert.deepEqual(data.notReady, ['the daemon is stopping']);
    assert.deepEqual([data.services, data.routes, data.routesOf], [{}, [], 't-5f3c9a1e']);
  });
});

describe('on a connection with an event stream', () => {
  test('what is not HTTP ends it, and is not answered', async (t) => {
    const live = new TestFeed();
    const client = connect(await live.start(t), '127.0.0.1');
    cleanup(t, () => client.destroy());
    client.on('error', () => {});
    client.write(`${ASK}\r\n`);
    await once(client, 'readable');
    let text = '';
    client.setEncoding('latin1').on('data', (part: string) => (text += part));
    client.write('hello\r\n\r\n');
    await once(client, 'close');
    assert.match(text, /^HTTP\/1\.1 200 OK\r\n(?![^]*HTTP\/1\.1)/);
    await until('the stream is closed', () => !live.feed.streams.areOpen);
  });

  test('what is not HTTP and comes with the request is answered instead', async (t) => {
    const live = new TestFeed();
    const text = await exchange(t, await live.start(t), `${ASK}\r\nhello\r\n\r\n`);
    assert.match(text, /^HTTP\/1\.1 400 (?![^]*HTTP\/1\.1)/);
    await until('no stream is left', () => !live.feed.streams.areOpen);
  });

  test('another request is never answered, not even behind its end', async (t) => {
    const live = new TestFeed();
    const port = await live.start(t);
    const all = exchange(t, port, `${ASK}\r\nGET /ping HTTP/1.1\r\nHost: a\r\n\r\n`);
    for (let n = 0; n < 3; n += 1) await live.count();
    live.feed.streams.stop();
    assert.match(await all, /^HTTP\/1\.1 200 OK\r\n[^]*event: statistics\n(?![^]*HTTP\/1\.1)/);
  });

  test('a request head that does not come to its end is no reason to write one, either', async (t) => {
    const live = new TestFeed();
    const port = await live.start(t, { headerTimeoutMs: 50 });
    const text = await exchange(t, port, `${ASK}\r\nGET /ping HTTP/1.1\r\nHost: a\r\n`);
    assert.match(text, /^HTTP\/1\.1 200 OK\r\n[^]*event: hello\n/);
    assert.doesNotMatch(text.slice(10), /HTTP\/1\.1|408/);
  });

  test('a body that is not there is not waited for: there is no stream', async (t) => {
    const live = new TestFeed();
    const port = await live.start(t);
    const text = await exchange(t, port, `${ASK}Content-Length: 5\r\n\r\n`);
    assert.match(text, /^HTTP\/1\.1 413 [^]*Connection: close\r\n[^]*"code":"body-too-large"/);
    assert.equal(live.feed.streams.areOpen, false);
  });
});

describe('an event stream that is not read', () => {
  test('is cut when a megabyte waits for it, and nobody else notices', async (t) => {
    const live = new TestFeed();
    const port = await live.start(t);
    const idle = connect(port, '127.0.0.1');
    cleanup(t, () => idle.destroy());
    idle.on('error', () => {});
    idle.write(`${ASK}\r\n`);
    await once(idle, 'readable');
    const reader = await EventReader.open(t, port);
    // The kernel takes some megabytes before anything waits.
    for (let id = 1; id <= 300; id += 1) {
      live.feed.installed(entryOf(id, 100, 1_000));
      await reader.where('installed', (data) => data.id === id);
    }
    reader.response.destroy();
    await until('the other stream is closed', () => !live.feed.streams.areOpen);
  });
});

describe('the stop of the admin server', () => {
  test('ends event streams, and takes no longer for them', async (t) => {
    const live = new TestFeed();
    const events = live.feed.streams;
    const admin = await startGuarded(t, { users: [], events });
    const reader = await EventReader.open(t, admin.port);
    await reader.nth('hello');
    const begin = performance.now();
    await admin.stop();
    await reader.closed();
    assert.ok(reader.response.complete, 'the last chunk came');
    assert.ok(performance.now() - begin < 900);
    assert.equal(events.areOpen, false);
  });

  test('does not wait for one that is not read', async (t) => {
    const live = new TestFeed();
    const admin = await startGuarded(t, { users: [], events: live.feed.streams });
    const idle = connect(admin.port, '127.0.0.1');
    cleanup(t, () => idle.destroy());
    idle.on('error', () => {});
    idle.write(`${ASK}\r\n`);
    await once(idle, 'readable');
    await admin.stop();
    assert.equal(live.feed.streams.areOpen, false);
  });
});
