import { suite, test, type TestContext } from 'node:test';
import assert from 'node:assert/strict';
import { startAdmin, type AdminOptions } from '../../src/admin/server.ts';
import { cleanup } from '../support/cleanup.ts';
import { metricsOf, someCounts } from '../support/metrics.ts';
import { Scraped } from '../support/prometheusText.ts';
import { statusOf } from '../support/status.ts';

async function start(
  t: TestContext,
  options: Partial<AdminOptions>,
): Promise<(path: string) => Promise<Response>> {
  const admin = await startAdmin({ port: 0, bind: '127.0.0.1', status: () => statusOf([]), ...options });
  cleanup(t, () => admin.stop());
  return (path) => fetch(`http://127.0.0.1:${admin.port}${path}`);
}

suite('/metrics of the admin server', () => {
  test('waits for a proxy thread that is silent, holds nobody else up, and shows what was known last', async (t) => {
    let isSilent = false;
    const metrics = metricsOf(() => (isSilent ? null : someCounts()), 300);
    cleanup(t, () => metrics.stop());
    const get = await start(t, { metrics: () => metrics.scrape() });
    assert.equal((await get('/metrics')).status, 200);
    isSilent = true;
    const order: string[] = [];
    const [scraped] = await Promise.all([
      get('/metrics').then(async (response) => {
        order.push('/metrics');
        return new Scraped(await response.text());
      }),
      get('/ping').then(() => order.push('/ping')),
    ]);
    assert.deepEqual(order, ['/ping', '/metrics']);
    assert.equal(scraped.value('active_lb_requests_total', { service: 'shop/web' }), 1);
    assert.ok(scraped.value('active_lb_counts_age_seconds') >= 0.29);
  });

  test('a scrape that fails is answered 500, told, and ends nothing', async (t) => {
    const faults: unknown[] = [];
    const fault = new Error('broken');
    const get = await start(t, {
      metrics: () => Promise.reject(fault),
      onFault: (told) => faults.push(told),
    });
    const response = await get('/metrics');
    assert.equal(response.status, 500);
    assert.doesNotMatch(await response.text(), /broken/);
    assert.deepEqual(faults, [fault]);
    assert.equal((await get('/ping')).status, 200);
  });
});
