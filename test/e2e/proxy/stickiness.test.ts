import { test } from 'node:test';
import assert from 'node:assert/strict';
import type { Stickiness } from '../../../src/model/table.ts';
import { valuesOf, type Field } from '../../support/httpMessage.ts';
import { DEAD, onEachLane, startProxy, table, toServer, type ServerSpec } from '../../support/proxy.ts';
import type { Response } from '../../support/rawClient.ts';
import { startServer, type RecordingServer, type Script } from '../../support/recordingServer.ts';
import { trafficOf } from '../../unit/traffic/backends.ts';

const STICKY: Stickiness = { cookie: 'lb', secure: false, httpOnly: true, sameSite: 'lax' };

const switches: Script = (exchange) =>
  exchange.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');

/** `a.test` on these servers, whose clients stick to them. */
function stickyHost(servers: readonly ServerSpec[], given: Partial<Stickiness> = {}) {
  return table({ 'a.test': { servers, stickiness: { ...STICKY, ...given } } });
}

function cookiesOf({ message }: Response): readonly string[] {
  return valuesOf(message.fields, 'set-cookie');
}

/** The field that a browser sends back after this response. */
function sentBack(response: Response): Field {
  const [cookie] = cookiesOf(response);
  assert.ok(cookie !== undefined, 'a cookie');
  return ['Cookie', cookie.split(';')[0]!];
}

/** A server for each name, which answers with it. */
function startNamed(t: Parameters<typeof startServer>[0], ...names: string[]): Promise<RecordingServer[]> {
  return Promise.all(names.map((name) => startServer(t, (exchange) => exchange.answer(name))));
}

onEachLane('stickiness', (lane) => {
  test('a client stays with its server, and is given the cookie once', async (t) => {
    const proxy = await startProxy(t, lane, stickyHost(await startNamed(t, 'a', 'b', 'c')));
    const first = await proxy.ask('GET', '/');
    assert.equal(cookiesOf(first).length, 1);
    for (let n = 0; n < 5; n += 1) {
      const next = await proxy.ask('GET', '/', [sentBack(first)]);
      assert.equal(next.message.bodyText, first.message.bodyText);
      assert.deepEqual(cookiesOf(next), []);
    }
  });

  test('the cookie has the attributes that are asked for, and tells no address', async (t) => {
    const servers = await startNamed(t, 'a');
    const proxy = await startProxy(t, lane, stickyHost(servers, { secure: true, sameSite: 'none' }));
    const [cookie] = cookiesOf(await proxy.ask('GET', '/'));
    assert.match(cookie!, /^lb=[0-9a-f]{16}; Path=\/; Secure; HttpOnly; SameSite=None$/);
    assert.doesNotMatch(cookie!, new RegExp(`${servers[0]!.port}|127`));
  });

  test('clients without the cookie are balanced, each with a cookie of its own server', async (t) => {
    const proxy = await startProxy(t, lane, stickyHost(await startNamed(t, 'a', 'b')));
    const responses = await Promise.all([1, 2, 3, 4].map(() => proxy.ask('GET', '/')));
    assert.equal(responses.filter(({ message }) => message.bodyText === 'a').length, 2);
    assert.equal(new Set(responses.flatMap(cookiesOf)).size, 2);
  });

  test('the server sees all cookies as they were sent, and its own go to the client beside ours', async (t) => {
    const server = await startServer(t, async (exchange) => {
      await exchange.received();
      await exchange.answer('', [
        ['Set-Cookie', 'session=1; Path=/x'],
        ['set-cookie', 'lb=theirs'],
      ]);
    });
    const proxy = await startProxy(t, lane, stickyHost([server]));
    const sent: readonly Field[] = [
      ['Cookie', 'x="; lb=0123456789abcdef'],
      ['cookie', 'lb=; ;;=; lb'],
    ];
    const response = await proxy.ask('GET', '/', sent);
    assert.deepEqual(
      valuesOf(server.exchanges[0]!.request.fields, 'cookie'),
      sent.map(([, value]) => value),
    );
    const [theirs, namesake, ours] = cookiesOf(response);
    assert.deepEqual([theirs, namesake], ['session=1; Path=/x', 'lb=theirs']);
    assert.match(ours!, /^lb=[0-9a-f]{16}; Path=\//);
  });

  test('of several cookies of the name the first that names a server counts', async (t) => {
    const proxy = await startProxy(t, lane, stickyHost(await startNamed(t, 'a', 'b')));
    const first = await proxy.ask('GET', '/');
    const [name, value] = sentBack(first);
    const next = await proxy.ask('GET', '/', [
      ['Cookie', 'lb=junk; other=1'],
      [name, `lb=0123456789abcdef; ${value}`],
    ]);
    assert.equal(next.message.bodyText, first.message.bodyText);
    assert.deepEqual(cookiesOf(next), []);
  });

  test('a client whose server left the table gets another one, and its cookie', async (t) => {
    const servers = await startNamed(t, 'a', 'b');
    const proxy = await startProxy(t, lane, stickyHost(servers));
    const first = await proxy.ask('GET', '/');
    const others = servers.filter((_, i) => 'ab'[i] !== first.message.bodyText);
    proxy.install(stickyHost(others));
    const moved = await proxy.ask('GET', '/', [sentBack(first)]);
    assert.notEqual(moved.message.bodyText, first.message.bodyText);
    assert.notDeepEqual(sentBack(moved), sentBack(first));
    proxy.install(stickyHost(servers));
    const later = await proxy.ask('GET', '/', [sentBack(moved)]);
    assert.equal(later.message.bodyText, moved.message.bodyText);
  });

  test('a client whose server fails its health check gets another one, and its cookie', async (t) => {
    const servers = await startNamed(t, 'a', 'b');
    const proxy = await startProxy(t, lane, stickyHost(servers));
    const first = await proxy.ask('GET', '/');
    const { id, url } = toServer(servers['ab'.indexOf(first.message.bodyText)]!);
    proxy.entrypoint.setFailing([{ backend: 'test/a.test', server: id, url, reason: 'answered 500' }]);
    const moved = await proxy.ask('GET', '/', [sentBack(first)]);
    assert.notEqual(moved.message.bodyText, first.message.bodyText);
    assert.equal(cookiesOf(moved).length, 1);
  });

  test('a client whose server cannot be connected to gets another one, and its cookie', async (t) => {
    const [server] = await startNamed(t, 'a');
    const proxy = await startProxy(t, lane, stickyHost([DEAD, server!]));
    const { stickyId } = trafficOf(stickyHost([DEAD]).backends[0]!).pick(new Set())!;
    for (let n = 0; n < 2; n += 1) {
      const response = await proxy.ask('GET', '/', [['Cookie', `lb=${stickyId}`]]);
      assert.equal(response.message.bodyText, 'a');
      const [name, value] = sentBack(response);
      assert.notEqual(value, `lb=${stickyId}`);
      assert.deepEqual(cookiesOf(await proxy.ask('GET', '/', [[name, value]])), []);
    }
  });

  test('a server of weight 0 keeps the clients that it has, and gets no new ones', async (t) => {
    const servers = await startNamed(t, 'a', 'b');
    const proxy = await startProxy(t, lane, stickyHost(servers));
    const first = await proxy.ask('GET', '/');
    const weighted = servers.map(({ port }, i) => ({
      port,
      weight: 'ab'[i] === first.message.bodyText ? 0 : 1,
    }));
    proxy.install(stickyHost(weighted));
    for (let n = 0; n < 3; n += 1) {
      const stays = await proxy.ask('GET', '/', [sentBack(first)]);
      assert.equal(stays.message.bodyText, first.message.bodyText);
      assert.notEqual((await proxy.ask('GET', '/')).message.bodyText, first.message.bodyText);
    }
  });

  test('errors of a server carry the cookie, answers of the proxy itself do not', async (t) => {
    const server = await startServer(t, (exchange) => exchange.answer('', [], '500 Internal Server Error'));
    const proxy = await startProxy(t, lane, stickyHost([server]));
    const failed = await proxy.ask('GET', '/');
    assert.equal(failed.status, 500);
    assert.equal(cookiesOf(failed).length, 1);
    proxy.install(stickyHost([DEAD]));
    const own = await proxy.ask('GET', '/');
    assert.equal(own.status, 502);
    assert.deepEqual(cookiesOf(own), []);
  });

  test('interim responses carry no cookie, the final one does', async (t) => {
    const server = await startServer(t, async (exchange) => {
      await exchange.write('HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n');
      await exchange.answer('hello');
    });
    const proxy = await startProxy(t, lane, stickyHost([server]));
    const response = await proxy.ask('GET', '/');
    assert.equal(response.interim.length, 1);
    for (const { fields } of response.interim) assert.deepEqual(valuesOf(fields, 'set-cookie'), []);
    assert.equal(cookiesOf(response).length, 1);
  });

  test('an upgrade carries the cookie, and follows one', async (t) => {
    const upgrade: readonly Field[] = [
      ['Connection', 'Upgrade'],
      ['Upgrade', 'websocket'],
    ];
    const servers = [await startServer(t, switches), await startServer(t, switches)];
    const proxy = await startProxy(t, lane, stickyHost(servers));
    const ask = async (fields: readonly Field[]) => {
      const client = await proxy.connect();
      return client.request('GET', '/', [...upgrade, ...fields]).responseHead();
    };
    const first = await ask([]);
    assert.equal(cookiesOf(first).length, 1);
    const next = [await ask([sentBack(first)]), await ask([sentBack(first)])];
    assert.deepEqual(next.flatMap(cookiesOf), []);
    const counts = servers.map(({ exchanges }) => exchanges.length);
    assert.deepEqual(new Set(counts), new Set([3, 0]));
  });
});
