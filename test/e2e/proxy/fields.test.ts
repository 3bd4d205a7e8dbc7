import { test } from 'node:test';
import assert from 'node:assert/strict';
import { onEachLane, oneHost, startProxy, table } from '../../support/proxy.ts';
import { startServer } from '../../support/recordingServer.ts';
import type { Field } from '../../support/httpMessage.ts';

/** Fields that a proxy adds or may rewrite; what is left must be exactly what was sent. */
const REWRITTEN =
  /^(x-forwarded-|x-real-ip$|x-request-id$|connection$|keep-alive$|date$|transfer-encoding$|content-length$)/i;

function endToEnd(fields: readonly Field[]): readonly Field[] {
  return fields.filter(([name]) => !REWRITTEN.test(name));
}

onEachLane('fields', (lane) => {
  test('fields reach the server in their spelling and order, repeated ones separate, as applications may depend on it', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server));
    const sent: readonly Field[] = [
      ['User-agent', 'x'],
      ['hOsT', 'a.test'],
      ['X-Repeat', 'one'],
      ['COOKIE', 'a=1'],
      ['x-repeat', 'two, three'],
      ['Cookie', 'b=2'],
      ['X-Empty', ''],
      ['X-Latin', 'caf\u00e9'],
      ['X-Tab', 'a\tb'],
      ['X-Under_score', 'kept'],
      ["!#$%&'*+-.^_`|~09Az", 'every character of a token'],
      ['Accept', '*/*'],
      ['__proto__', 'a name like another'],
      ['constructor', 'x'],
    ];
    await proxy.ask('GET', '/', sent);
    assert.deepEqual(endToEnd(server.exchanges[0]!.request.fields), sent);
  });

  test('fields reach the client in their spelling and order, every Set-Cookie on its own line', async (t) => {
    const sent: readonly Field[] = [
      ['server', 'web-test/1'],
      ['Set-Cookie', 'a=1; Expires=Wed, 21 Oct 2015 07:28:00 GMT'],
      ['X-rePeat', 'one'],
      ['Set-Cookie', 'b=2'],
      ['x-repeat', 'two'],
      ['X-Latin', 'caf\u00e9'],
      ['X-Empty', ''],
      ['ETag', '"x"'],
      ['__proto__', 'x'],
    ];
    const server = await startServer(t, (exchange) => exchange.answer('hello', sent));
    const proxy = await startProxy(t, lane, oneHost(server));
    const { message } = await proxy.ask('GET', '/');
    assert.deepEqual(endToEnd(message.fields), sent);
    assert.equal(message.get('content-length'), '5');
  });

  test("the server's Date is not replaced or doubled", async (t) => {
    const date = 'Tue, 15 Nov 1994 08:12:31 GMT';
    const server = await startServer(t, (exchange) => exchange.answer('', [['Date', date]]));
    const proxy = await startProxy(t, lane, oneHost(server));
    assert.equal((await proxy.ask('GET', '/')).message.get('date'), date);
  });

  test('status code and reason reach the client as the server sent them', async (t) => {
    for (const status of ['200 Fine', '299 Odd', '404 Gone Fishing', '500 Oh', '599 Last']) {
      const server = await startServer(t, (exchange) => exchange.answer('x', [], status));
      const proxy = await startProxy(t, lane, oneHost(server));
      const { message } = await proxy.ask('GET', '/');
      assert.equal(message.startLine, `HTTP/1.1 ${status}`);
    }
  });

  test('hop-by-hop fields and those that Connection names stay with the client, being about its connection only', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server));
    await proxy.ask('GET', '/', [
      ['Connection', 'keep-alive, X-Mine'],
      ['connection', 'x-other'],
      ['Keep-Alive', 'timeout=5'],
      ['TE', 'trailers, deflate;q=0.5'],
      ['Proxy-Connection', 'keep-alive'],
      ['Proxy-Authorization', 'Basic x'],
      ['X-Mine', '1'],
      ['X-OTHER', '2'],
      ['Upgrade', 'unheard-of'],
      ['X-Kept', '3'],
    ]);
    const { request } = server.exchanges[0]!;
    for (const name of [
      'keep-alive',
      'proxy-connection',
      'proxy-authorization',
      'x-mine',
      'x-other',
      'upgrade',
    ])
      assert.deepEqual(request.all(name), [], name);
    assert.equal(request.get('x-kept'), '3');
    assert.ok([undefined, 'trailers'].includes(request.get('te')), 'TE at most says trailers');
    assert.ok([undefined, 'keep-alive'].includes(request.get('connection')?.toLowerCase()));
  });

  test('hop-by-hop fields of a response, and those that its Connection names, stay with the proxy', async (t) => {
    const server = await startServer(t, (exchange) =>
      exchange.answer('hello', [
        ['Connection', 'keep-alive, X-Mine'],
        ['Keep-Alive', 'timeout=55, max=7'],
        ['Proxy-Authenticate', 'Basic'],
        ['Proxy-Connection', 'keep-alive'],
        ['Upgrade', 'h2c'],
        ['X-Mine', '1'],
        ['X-Kept', '2'],
      ]),
    );
    const proxy = await startProxy(t, lane, oneHost(server));
    const { message } = await proxy.ask('GET', '/');
    for (const name of ['proxy-authenticate', 'proxy-connection', 'upgrade', 'x-mine'])
      assert.deepEqual(message.all(name), [], name);
    assert.ok(!message.text.includes('max=7'), "Keep-Alive is not the server's");
    assert.equal(message.get('x-kept'), '2');
  });

  test("a server's Connection cannot remove the framing of its response", async (t) => {
    const server = await startServer(t, (exchange) =>
      exchange.answer('hello', [['Connection', 'Content-Length, Date']]),
    );
    const proxy = await startProxy(t, lane, oneHost(server));
    const { message } = await proxy.ask('GET', '/');
    assert.deepEqual([message.bodyText, message.complete], ['hello', true]);
  });

  for (const token of ['close', 'Close', 'keep-alive, close']) {
    test(`a client's Connection: ${token} closes its own connection and not the one to the server`, async (t) => {
      const server = await startServer(t);
      const proxy = await startProxy(t, lane, oneHost(server));
      for (const _ of [1, 2]) {
        const client = await proxy.connect();
        assert.equal((await client.request('GET', '/', [['Connection', token]]).response()).status, 200);
        await client.closed();
      }
      assert.equal(server.connections.length, 1);
    });
  }

  test('the Host of the client reaches the server unchanged, with its case and port', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server));
    for (const host of ['a.test', 'A.Test', 'a.test:8080', 'a.test.', 'A.TEST.:80']) {
      assert.equal((await proxy.ask('GET', '/', [['Host', host]])).status, 200, host);
      assert.equal(server.exchanges.at(-1)!.request.get('host'), host);
    }
  });

  test('with passHostHeader=false the server sees its own address as Host', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(
      t,
      lane,
      table({ 'a.test': { servers: [server], passHostHeader: false } }),
    );
    await proxy.ask('GET', '/');
    const { request } = server.exchanges[0]!;
    assert.equal(request.get('host'), `127.0.0.1:${server.port}`);
    assert.equal(request.get('x-forwarded-host'), 'a.test');
  });

  test('large fields within the limit pass both ways', async (t) => {
    const large = 'v'.repeat(8_000);
    const server = await startServer(t, (exchange) => exchange.answer('', [['X-Large', large]]));
    const proxy = await startProxy(t, lane, oneHost(server));
    const { message } = await proxy.ask('GET', '/', [['X-Large', large]]);
    assert.equal(message.get('x-large'), large);
    assert.equal(server.exchanges[0]!.request.get('x-large'), large);
  });

  test('bytes above ASCII in a head stay as they are when the body is slow to come', async (t) => {
    const server = await startServer(t, async (exchange) => {
      await exchange.write('HTTP/1.1 200 \xe4\r\nX-High: \xe4\xff\r\nContent-Length: 5\r\n\r\n');
      await exchange.received();
      exchange.connection.answered += 1;
      await exchange.write('hello');
    });
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    client
      .expecting('POST')
      .send('POST / HTTP/1.1\r\nHost: a.test\r\nX-High: \xe4\xff\r\nContent-Length: 5\r\n\r\n');
    const { message } = await client.responseHead();
    assert.equal(server.exchanges[0]!.request.get('x-high'), '\xe4\xff');
    assert.equal(message.startLine, 'HTTP/1.1 200 \xe4');
    assert.equal(message.get('x-high'), '\xe4\xff');
    client.send('hello');
    await client.until('the body', () => message.complete);
  });
});
