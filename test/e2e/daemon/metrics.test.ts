import assert from 'node:assert/strict';
import { suite, test, type TestContext } from 'node:test';
import { ADDRESSES, HOST, startContainers, webTest } from '../../support/containers.ts';
import { startTestDaemon, type TestDaemon } from '../../support/daemon.ts';
import { Scraped } from '../../support/prometheusText.ts';
import { startStandIn } from '../../support/standIn.ts';

const SERVICE = 'proxy-test/web-test';

async function start(t: TestContext) {
  const port = await startContainers(t, ADDRESSES);
  const metadata = await startStandIn(t, webTest(port, ['web-1', 'web-2']));
  const lb = await startTestDaemon(t, { LB_METADATA_URL: metadata.base });
  await lb.logged('installed');
  return { lb, metadata, port };
}

async function scrape(lb: TestDaemon): Promise<Scraped> {
  const { status, headers, body } = await lb.admin<string>('/metrics');
  assert.equal(status, 200);
  assert.match(headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
  return new Scraped(body);
}

/** Scrapes until so many requests of a service are over: a client has its answer a moment before that is counted. */
async function scrapeAfter(lb: TestDaemon, service: string, requests: number): Promise<Scraped> {
  for (let tries = 0; tries < 100; tries += 1) {
    const scraped = await scrape(lb);
    const samples = scraped.samples('active_lb_requests_total');
    const over = samples.filter(({ labels }) => labels['service'] === service);
    if (over.reduce((sum, { value }) => sum + value, 0) >= requests) return scraped;
  }
  throw new Error(`fewer than ${requests} requests of ${service} were counted`);
}

suite('/metrics of a daemon', { concurrency: 3 }, () => {
  test('shows both sides: requests of each service, and what is installed', async (t) => {
    const { lb } = await start(t);
    for (let n = 0; n < 5; n += 1) assert.equal((await lb.ask(HOST)).status, 200);
    assert.equal((await lb.ask('unknown.test')).status, 404);
    await scrapeAfter(lb, 'none', 1);
    const scraped = await scrapeAfter(lb, SERVICE, 5);
    const request = { service: SERVICE, method: 'GET', code: '2xx' };
    assert.equal(scraped.value('active_lb_requests_total', request), 5);
    assert.equal(scraped.value('active_lb_failures_total', { kind: 'no-route' }), 1);
    assert.equal(scraped.value('active_lb_servers'), 2);
    assert.equal(scraped.value('active_lb_ready'), 1);
    assert.equal(scraped.value('active_lb_table_swaps_total'), 1);
    const { table } = await lb.overview();
    assert.equal(scraped.value('active_lb_table_info', { table_id: table?.id ?? '' }), 1);
    assert.equal(scraped.value('active_lb_connections_accepted_total', { entrypoint: 'http' }), 6);
    assert.ok(scraped.value('active_lb_counts_age_seconds') < 1);
    for (const thread of ['main', 'proxy-1']) {
      assert.ok(scraped.value('active_lb_thread_busy_seconds_total', { thread }) > 0);
    }
  });

  test('forgets a service that is not published any more, and counts the swap', async (t) => {
    const { lb, metadata, port } = await start(t);
    await lb.ask(HOST);
    assert.deepEqual([...(await scrapeAfter(lb, SERVICE, 1)).services].sort(), ['none', SERVICE]);
    metadata.set(webTest(port, ['web-1'], { labels: { 'traefik.enable': 'false' } }));
    await lb.logged('installed', 1);
    const scraped = await scrape(lb);
    assert.deepEqual([...scraped.services], ['none']);
    assert.equal(scraped.value('active_lb_table_swaps_total'), 2);
    assert.equal(scraped.value('active_lb_services'), 0);
  });

  test('counts refreshes that fail', async (t) => {
    const { lb, metadata, port } = await start(t);
    // The long poll goes on, so that the change is heard of.
    metadata.fault({ kind: 'status', status: 500 }, /\/services$/);
    metadata.set(webTest(port, ['web-1']));
    await lb.logged('metadata-failed');
    assert.ok((await scrape(lb)).value('active_lb_metadata_failures_total') >= 1);
  });

  test('answers under load, every scrape as strict as any, and misses nothing', async (t) => {
    const { lb } = await start(t);
    const clients = await Promise.all(Array.from({ length: 8 }, () => lb.connect()));
    const load = Promise.all(
      clients.map(async (client) => {
        for (let n = 0; n < 100; n += 1) {
          assert.equal((await client.request('GET', '/', [['Host', HOST]]).response()).status, 200);
        }
      }),
    );
    for (let scrapes = 0, before = 0; scrapes < 10; scrapes += 1) {
      const seen = (await scrape(lb)).samples('active_lb_requests_total');
      const now = seen.find(({ labels }) => labels['service'] === SERVICE)?.value ?? 0;
      assert.ok(now >= before, `${now} after ${before}`);
      before = now;
    }
    await load;
    const scraped = await scrapeAfter(lb, SERVICE, 800);
    assert.equal(scraped.value('active_lb_requests_total', { service: SERVICE }), 800);
    assert.equal(scraped.value('active_lb_request_duration_seconds_count', { service: SERVICE }), 800);
    assert.equal(scraped.value('active_lb_requests_in_flight', { service: SERVICE }), 0);
    assert.equal(scraped.value('active_lb_connections_open', { entrypoint: 'http' }), 8);
  });

  test('answers HEAD with the length and no body', async (t) => {
    const { lb } = await start(t);
    const url = `http://127.0.0.1:${lb.daemon.admin.port}/metrics`;
    const response = await fetch(url, { method: 'HEAD' });
    assert.equal(response.status, 200);
    assert.ok(Number(response.headers.get('content-length')) > 1000);
    assert.equal(await response.text(), '');
  });

  test('is there before the first table, when there is nothing to count yet', async (t) => {
    const metadata = await startStandIn(t);
    metadata.fault({ kind: 'status', status: 500 });
    const lb = await startTestDaemon(t, { LB_METADATA_URL: metadata.base });
    await lb.logged('metadata-failed');
    const scraped = await scrape(lb);
    assert.equal(scraped.value('active_lb_ready'), 0);
    assert.deepEqual(scraped.samples('active_lb_table_info'), []);
    assert.deepEqual([...scraped.services], []);
  });
});
