import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import type { AdminOptions } from '../../src/admin/server.ts';
import { errorOf, json } from '../support/adminAnswers.ts';
import { basic, PASSWORD, startGuarded } from '../support/adminLogin.ts';
import { manyServices, notReadyStatus, serviceOf, statusOf } from '../support/status.ts';

async function start(t: TestContext, options: Partial<AdminOptions> = {}) {
  const { port } = await startGuarded(t, {
    users: [],
    status: () => statusOf([serviceOf('shop/web', 2)]),
    ...options,
  });
  return (path: string, init: RequestInit = {}) => fetch(`http://127.0.0.1:${port}${path}`, init);
}

describe('what scripts written for Traefik 1.7 ask', () => {
  test('is answered at the paths that it had', async (t) => {
    const get = await start(t);
    const all = await json<{ rancher: { backends: object; frontends: object } }>(await get('/api'));
    assert.deepEqual(await json(await get('/api/providers')), all);
    assert.deepEqual(await json(await get('/api/providers/rancher')), all.rancher);
    assert.deepEqual(await json(await get('/api/providers/rancher/backends/')), all.rancher.backends);
    assert.deepEqual(await json(await get('/api/providers/rancher/frontends')), all.rancher.frontends);
    const server = await get('/api/providers/rancher/backends/backend-shop-web/servers/server-1');
    assert.deepEqual(await json(server), { url: 'http://127.42.101.12:8080', weight: 1 });
    const frontend = 'frontend-Host-web-shop-local';
    const route = await get(`/api/providers/rancher/frontends/${frontend}/routes/route-${frontend}`);
    assert.deepEqual(await json(route), { rule: 'Host:web.shop.local' });
  });

  test('with names that are percent-encoded', async (t) => {
    const get = await start(t, { status: () => statusOf([serviceOf('läden/小', 1)]) });
    const names = Object.keys(await json<object>(await get('/api/providers/rancher/backends')));
    assert.deepEqual(names, ['backend-läden-小']);
    const response = await get(`/api/providers/rancher/backends/${encodeURIComponent(names[0]!)}/servers`);
    assert.equal(response.status, 200);
    assert.equal((await errorOf(await get('/api/providers/rancher/backends/%ff'))).code, 'bad-encoding');
  });

  test('is 404 as JSON for other providers, unknown names and longer paths, 405 for what would write', async (t) => {
    const get = await start(t);
    for (const path of [
      '/api/providers/docker',
      '/api/providers/web/backends',
      '/api/providers/rancher/backends/backend-none',
      '/api/providers/rancher/backends/backend-shop-web/servers/server-0/url',
      '/api/providers/rancher/backends/backend-shop-web/servers/server-0/url/x',
      '/api/providers//backends',
      '/api/providers/rancher/backends%2Fbackend-shop-web',
    ]) {
      const response = await get(path);
      assert.equal(response.status, 404, path);
      assert.ok((await errorOf(response)).message.length > 0);
    }
    assert.equal((await get('/api/providers/rancher', { method: 'PUT', body: '{}' })).status, 405);
  });

  test('is 503 before the first install, since an empty list would be a lie', async (t) => {
    const get = await start(t, { status: () => notReadyStatus() });
    for (const path of ['/api', '/api/providers', '/api/providers/rancher/backends/x'])
      assert.deepEqual([(await get(path)).status, (await errorOf(await get(path))).code], [503, 'no-table']);
  });

  test('is behind the login, and so is the history', async (t) => {
    const { port } = await startGuarded(t);
    for (const path of ['/api', '/api/providers/rancher/frontends', '/api/history', '/api/history/1']) {
      const url = `http://127.0.0.1:${port}${path}`;
      assert.equal((await fetch(url)).status, 401, path);
      const { status } = await fetch(url, { headers: { Authorization: basic('ops', PASSWORD) } });
      assert.ok(status === 200 || path === '/api/history/1', path);
    }
  });

  test('is answered at once with 10,000 services, and made once for each install', async (t) => {
    const many = statusOf(manyServices(10_000));
    const get = await start(t, { status: () => many });
    const times: number[] = [];
    for (let i = 0; i < 3; i++) {
      const begin = performance.now();
      const { frontends } = await json<{ frontends: object }>(await get('/api/providers/rancher'));
      assert.equal(Object.keys(frontends).length, 10_000);
      times.push(performance.now() - begin);
    }
    assert.ok(Math.max(...times) < 2000, `${times.join(', ')} ms`);
  });
});
