import { test } from 'node:test';
import assert from 'node:assert/strict';
import { onEachLane, oneHost, startProxy } from '../../support/proxy.ts';
import { startServer, type RecordingServer } from '../../support/recordingServer.ts';
import type { Field } from '../../support/httpMessage.ts';

const LOOPBACK = ['127.0.0.0/8'];

function seen(server: RecordingServer, name: string): string | undefined {
  return server.exchanges.at(-1)!.request.get(name);
}

const FORGED: readonly Field[] = [
  ['X-Forwarded-For', '6.6.6.6'],
  ['x-forwarded-for', '6.6.6.7'],
  ['X-Forwarded-Proto', 'https'],
  ['X-Forwarded-Host', 'evil.test'],
  ['X-Forwarded-Port', 'evil'],
  ['X-Forwarded-Server', 'evil'],
  ['X-Forwarded-Prefix', '/evil'],
  ['X-Forwarded-Tls-Client-Cert', 'evil'],
  ['X-Real-Ip', '6.6.6.6'],
  ['X-REAL-IP', '6.6.6.8'],
  ['X-Request-Id', 'evil'],
  ['Forwarded', 'for=6.6.6.6;proto=https'],
  ['Proxy', 'http://evil.test/'],
];

const UNDERSCORED: readonly Field[] = [
  ['X_Forwarded_For', '6.6.6.6'],
  ['X-Forwarded_For', '6.6.6.6'],
  ['x_forwarded-proto', 'evil'],
  ['X_Forwarded_Host', 'evil.test'],
  ['X_Forwarded_Port', 'evil'],
  ['X_Forwarded_Server', 'evil'],
  ['X_Real_Ip', '6.6.6.6'],
  ['X_REQUEST_ID', 'evil'],
];

onEachLane('forwarded fields', (lane) => {
  test('the server learns client, protocol, host, port and balancer', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server));
    await proxy.ask('GET', '/');
    assert.equal(seen(server, 'x-forwarded-for'), '127.0.0.1');
    assert.equal(seen(server, 'x-forwarded-proto'), 'http');
    assert.equal(seen(server, 'x-forwarded-host'), 'a.test');
    assert.equal(seen(server, 'x-forwarded-port'), '80');
    assert.equal(seen(server, 'x-real-ip'), '127.0.0.1');
    assert.match(seen(server, 'x-forwarded-server') ?? '', /^[^\s,]+$/);
    assert.match(seen(server, 'x-request-id') ?? '', /^[\w-]{8,}$/);
  });

  test('X-Forwarded-Port is the port of the Host field where it has one', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server));
    await proxy.ask('GET', '/', [['Host', 'a.test:8080']]);
    assert.equal(seen(server, 'x-forwarded-port'), '8080');
    assert.equal(seen(server, 'x-forwarded-host'), 'a.test:8080');
  });

  test('every request gets an id of its own', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server));
    const client = await proxy.connect();
    for (const _ of [1, 2, 3]) await client.request('GET', '/').response();
    assert.equal(new Set(server.exchanges.map(({ request }) => request.get('x-request-id'))).size, 3);
  });

  test('what a stranger claims in forwarded fields is removed, in whatever case and however often', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server));
    await proxy.ask('GET', '/', FORGED);
    const { text } = server.exchanges[0]!.request;
    for (const forged of [/6\.6\.6/, /evil/i, /https/]) assert.doesNotMatch(text, forged);
    for (const name of ['x-forwarded-prefix', 'x-forwarded-tls-client-cert', 'forwarded', 'proxy'])
      assert.equal(seen(server, name), undefined, name);
    for (const name of [
      'x-forwarded-for',
      'x-forwarded-proto',
      'x-forwarded-host',
      'x-real-ip',
      'x-request-id',
    ])
      assert.notEqual(seen(server, name), undefined, name);
  });

  for (const trustedProxies of [[], LOOPBACK]) {
    const peer = trustedProxies.length === 0 ? 'a stranger' : 'a trusted peer';
    test(`spellings with underscores by ${peer} are removed, since CGI-like servers cannot tell them apart`, async (t) => {
      const server = await startServer(t);
      const proxy = await startProxy(t, lane, oneHost(server), { trustedProxies });
      await proxy.ask('GET', '/', UNDERSCORED);
      const names = server.exchanges[0]!.request.fields.map(([name]) => name.toLowerCase());
      assert.deepEqual(
        names.filter((name) => name.includes('_')),
        [],
      );
      assert.doesNotMatch(server.exchanges[0]!.request.text, /evil|6\.6\.6/);
    });

    test(`Connection of ${peer} cannot remove Host and forwarded fields`, async (t) => {
      const server = await startServer(t);
      const proxy = await startProxy(t, lane, oneHost(server), { trustedProxies });
      const relied = [
        'x-forwarded-for',
        'x-forwarded-proto',
        'x-forwarded-host',
        'x-forwarded-port',
        'x-real-ip',
      ];
      const named = ['Host', 'X-Request-Id', 'X-Forwarded-Server', ...relied].join(', ');
      await proxy.ask('GET', '/', [
        ['Connection', `close, ${named}`],
        ['X-Forwarded-For', '6.6.6.6'],
      ]);
      for (const name of ['host', 'x-request-id', 'x-forwarded-server', ...relied])
        assert.notEqual(seen(server, name), undefined, name);
      assert.equal(seen(server, 'host'), 'a.test');
      const chain = trustedProxies.length === 0 ? '127.0.0.1' : '6.6.6.6, 127.0.0.1';
      assert.equal(server.exchanges[0]!.request.all('x-forwarded-for').join(', '), chain);
    });
  }

  test('a trusted peer is believed, and X-Forwarded-For extended by its address', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server), { trustedProxies: ['10.0.0.0/8', ...LOOPBACK] });
    await proxy.ask('GET', '/', [
      ['X-Forwarded-For', '9.9.9.9, 8.8.8.8'],
      ['X-Forwarded-For', '7.7.7.7'],
      ['X-Forwarded-Proto', 'https'],
      ['X-Forwarded-Host', 'public.test'],
      ['X-Forwarded-Port', '8443'],
      ['X-Real-Ip', '9.9.9.9'],
      ['X-Request-Id', 'from-the-edge'],
      ['Forwarded', 'for=9.9.9.9'],
    ]);
    const { request } = server.exchanges[0]!;
    assert.equal(request.all('x-forwarded-for').join(', '), '9.9.9.9, 8.8.8.8, 7.7.7.7, 127.0.0.1');
    assert.equal(request.get('x-forwarded-proto'), 'https');
    assert.equal(request.get('x-forwarded-host'), 'public.test');
    assert.equal(request.get('x-forwarded-port'), '8443');
    assert.equal(request.get('x-real-ip'), '9.9.9.9');
    assert.equal(request.get('x-request-id'), 'from-the-edge');
    assert.equal(request.get('forwarded'), 'for=9.9.9.9');
  });

  test('a trusted peer that says https without a port means 443', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server), { trustedProxies: LOOPBACK });
    await proxy.ask('GET', '/', [['X-Forwarded-Proto', 'https']]);
    assert.equal(seen(server, 'x-forwarded-port'), '443');
    assert.equal(seen(server, 'x-forwarded-for'), '127.0.0.1');
  });

  test('a peer outside of the trusted networks is a stranger', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server), {
      trustedProxies: ['10.0.0.0/8', '127.0.0.2/32'],
    });
    await proxy.ask('GET', '/', FORGED);
    assert.equal(seen(server, 'x-forwarded-for'), '127.0.0.1');
    assert.equal(seen(server, 'x-forwarded-proto'), 'http');
  });

  test('a peer that shows as an IPv4-mapped address counts and is written as IPv4', async (t) => {
    const server = await startServer(t);
    for (const [trustedProxies, expected] of [
      [LOOPBACK, '9.9.9.9, 127.0.0.1'],
      [[], '127.0.0.1'],
    ] as const) {
      const proxy = await startProxy(t, lane, oneHost(server), { bind: '::', trustedProxies });
      await proxy.ask('GET', '/', [['X-Forwarded-For', '9.9.9.9']]);
      assert.equal(server.exchanges.at(-1)!.request.all('x-forwarded-for').join(', '), expected);
      assert.equal(seen(server, 'x-real-ip')?.startsWith('::ffff:'), false);
    }
  });

  test('an IPv6 peer is trusted by an IPv6 network', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server), { bind: '::1', trustedProxies: ['::1/128'] });
    const client = await proxy.connect({ host: '::1' });
    await client.request('GET', '/', [['X-Forwarded-For', '9.9.9.9']]).response();
    assert.equal(server.exchanges[0]!.request.all('x-forwarded-for').join(', '), '9.9.9.9, ::1');
  });

  test('bound to null, the entrypoint listens on all addresses', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server), { bind: null });
    assert.equal((await proxy.ask('GET', '/')).status, 200);
    const client = await proxy.connect({ host: '::1' });
    assert.equal((await client.request('GET', '/').response()).status, 200);
  });

  test('the operator hears once of each untrusted private peer that forwards, a likely balancer in front', async (t) => {
    const server = await startServer(t);
    const peers: string[] = [];
    const proxy = await startProxy(t, lane, oneHost(server), {
      untrustedForwarder: (peer) => peers.push(peer),
    });
    await proxy.ask('GET', '/');
    assert.deepEqual(peers, []);
    for (const _ of [1, 2]) await proxy.ask('GET', '/', [['X-Forwarded-Proto', 'https']]);
    assert.deepEqual(peers, ['127.0.0.1']);
  });

  test('of two ids that a trusted peer sent, the server gets one, so that logs agree on it', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, oneHost(server), { trustedProxies: LOOPBACK });
    const { status } = await proxy.ask('GET', '/', [
      ['X-Request-Id', 'one'],
      ['X-Request-Id', 'two'],
    ]);
    assert.equal(status, 200);
    assert.equal(server.exchanges[0]!.request.all('x-request-id').length, 1);
  });
});
