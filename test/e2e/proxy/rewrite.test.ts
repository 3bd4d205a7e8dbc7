import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Rewrite } from '../../../src/model/table.ts';
import { onEachLane, startProxy, table } from '../../support/proxy.ts';
import { startServer } from '../../support/recordingServer.ts';

const STRIP: Rewrite = {
  strip: [{ path: '/api', pathKind: 'prefix' }],
  addPrefix: '',
  replacePattern: null,
  replacePath: null,
};

onEachLane('rewritten paths', (lane) => {
  test('a stripped prefix is told to the server, and nothing else is changed', async (t) => {
    const server = await startServer(t);
    const hosts = { 'a.test': { path: '/api', rewrite: STRIP, servers: [server] } };
    const proxy = await startProxy(t, lane, table(hosts));
    const { status } = await proxy.ask('GET', '/api/x%2Fy?z=/api', [
      ['Host', 'a.test'],
      ['X-Forwarded-Prefix', '/forged'],
    ]);
    const { request, target } = server.exchanges[0]!;
    assert.deepEqual([status, target], [200, '/x%2Fy?z=/api']);
    assert.deepEqual(request.all('x-forwarded-prefix'), ['/api']);
    assert.equal(request.get('host'), 'a.test');
  });

  test('without a rewrite no prefix is told', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, table({ 'a.test': { path: '/api', servers: [server] } }));
    await proxy.ask('GET', '/public/../api/x', [['Host', 'a.test']]);
    const { request, target } = server.exchanges[0]!;
    assert.equal(target, '/public/../api/x');
    assert.equal(request.get('x-forwarded-prefix'), undefined);
  });

  test('a path whose .. servers read differently is 400 where a route depends on it', async (t) => {
    const server = await startServer(t);
    const proxy = await startProxy(t, lane, table({ 'a.test': { path: '/api', servers: [server] } }));
    const { status, message } = await proxy.ask('GET', '/api/..%2fadmin', [['Host', 'a.test']]);
    assert.equal(status, 400);
    assert.match(message.bodyText, /"\.\."/);
    assert.equal(server.exchanges.length, 0);
  });

  test('a path too long to be compared with a pattern is 414, and 404 where no pattern decides', async (t) => {
    const server = await startServer(t);
    const templates = { path: '/u/{id:[a-z]+}', pathKind: 'pattern', servers: [server] } as const;
    const proxy = await startProxy(t, lane, table({ 'a.test': templates }));
    const long = 'a'.repeat(3000);
    const { status, message } = await proxy.ask('GET', `/u/${long}`, [['Host', 'a.test']]);
    assert.equal(status, 414);
    assert.match(message.bodyText, /2048/);
    assert.equal((await proxy.ask('GET', `/v/${long}`, [['Host', 'a.test']])).status, 404);
    assert.equal(server.exchanges.length, 0);
  });
});
