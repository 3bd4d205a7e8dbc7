import { suite, test } from 'node:test';
import assert from 'node:assert/strict';
import { BREAKS } from '../../../src/proxy/counting.ts';
import { FAILURE_KINDS } from '../../../src/proxy/failure.ts';
import { NO_COUNTS } from '../../../src/model/counts.ts';
import { metricsOf, someCounts } from '../../support/metrics.ts';
import { Scraped } from '../../support/prometheusText.ts';
import { readText } from '../deployment/files.ts';

async function scrape(counts = someCounts()): Promise<Scraped> {
  const metrics = metricsOf(() => counts);
  try {
    return new Scraped((await metrics.scrape()).body.toString());
  } finally {
    metrics.stop();
  }
}

suite('/metrics', () => {
  test('shows what was counted, in base units', async () => {
    const scraped = await scrape();
    const service = 'shop/web';
    const request = { service, method: 'GET', code: '2xx' };
    assert.equal(scraped.value('active_lb_requests_total', request), 1);
    const bucket = 'active_lb_request_duration_seconds_bucket';
    assert.equal(scraped.value(bucket, { service, le: '0.01' }), 0);
    assert.equal(scraped.value(bucket, { service, le: '0.025' }), 1);
    assert.equal(scraped.value('active_lb_request_duration_seconds_sum', { service }), 0.02);
    assert.equal(scraped.value('active_lb_request_bytes_total', { service }), 3);
    assert.equal(scraped.value('active_lb_response_bytes_total', { service }), 4);
    assert.equal(scraped.value('active_lb_retries_total', { service }), 1);
    assert.equal(scraped.value('active_lb_failures_total', { kind: 'client-left' }), 0);
    const server = { backend: 'shop/web', server: 'web-1' };
    assert.equal(scraped.value('active_lb_server_connect_errors_total', server), 1);
    assert.equal(scraped.value('active_lb_server_ejections_total', server), 2);
    assert.equal(scraped.value('active_lb_server_ejected', server), 1);
    assert.equal(scraped.value('active_lb_server_requests_in_flight', server), 3);
    assert.equal(scraped.value('active_lb_connections_accepted_total', { entrypoint: 'http' }), 3);
    const worst = { thread: 'proxy-1', quantile: '1' };
    assert.equal(scraped.value('active_lb_event_loop_delay_seconds', worst), 0.1);
    assert.equal(scraped.value('active_lb_table_info', { table_id: 't-1', metadata_version: 'v-1' }), 1);
    assert.equal(scraped.value('active_lb_table_installed_timestamp_seconds'), 1000);
    assert.equal(scraped.value('active_lb_findings', { severity: 'warning' }), 2);
    assert.ok(scraped.value('process_resident_memory_bytes') > 1e7);
  });

  test('has every family before anything was counted, too, so that rules on it are no mistakes', async () => {
    const [some, none] = [await scrape(), await scrape(NO_COUNTS)];
    assert.deepEqual([...none.families.keys()], [...some.families.keys()]);
  });

  test('is the same text for many services, written in slices', async () => {
    const services = Array.from({ length: 1_000 }, (_, n) => `stack-${n % 7}/service-${n}`);
    const scraped = await scrape(someCounts(services));
    assert.equal(scraped.services.size, 1_001);
    const counts = scraped.samples('active_lb_request_duration_seconds_count');
    assert.equal(counts.length, 1_001);
    assert.equal(scraped.value('active_lb_requests_total', { service: 'stack-2/service-2' }), 1);
  });

  test('escapes what names may hold', async () => {
    const odd = 'a/"b"\\\n{x}';
    assert.ok((await scrape(someCounts([odd]))).services.has(odd));
  });

  test('is written once for all who ask at the same time', async () => {
    let asked = 0;
    const metrics = metricsOf(() => {
      asked += 1;
      return NO_COUNTS;
    });
    const [one, other] = await Promise.all([metrics.scrape(), metrics.scrape()]);
    assert.equal(one, other);
    assert.notEqual(await metrics.scrape(), one);
    metrics.stop();
    assert.equal(asked, 2);
  });

  test('shows what was known last, and how old it is, where the data side does not answer', async () => {
    let isSilent = false;
    const metrics = metricsOf(() => (isSilent ? null : someCounts()), 30);
    await metrics.scrape();
    isSilent = true;
    const scraped = new Scraped((await metrics.scrape()).body.toString());
    metrics.stop();
    assert.equal(scraped.value('active_lb_requests_total', { service: 'shop/web' }), 1);
    assert.ok(scraped.value('active_lb_counts_age_seconds') >= 0.029);
  });
});

suite('docs/operations.md', () => {
  const rows = new Map(
    [...readText('docs/operations.md').matchAll(/^\| `((?:active_lb|process)_\w+)` *\| (.*) \|$/gm)].map(
      ([, name = '', rest = '']) => [name, rest.split(' | ').map((cell) => cell.trim())] as const,
    ),
  );

  test('explains each metric with its type, labels and help, and no other', async () => {
    const real = [...(await scrape()).families.values()].map(({ name, type, help, samples }) => {
      const labels = new Set(samples.flatMap(({ labels }) => Object.keys(labels)));
      labels.delete('le');
      const shown = [...labels].sort((a, b) => (a < b ? -1 : 1)).map((label) => `\`${label}\``);
      return [name, [type, shown.join(', '), help]] as const;
    });
    assert.deepEqual([...rows], real);
  });

  test('explains each kind of failure, and no other', () => {
    const [, table = ''] = readText('docs/operations.md').split('Kinds of failures, here and');
    const cells = [...(table.split('\n\n')[1] ?? '').matchAll(/^\| (`.*?) \|/gm)].map(
      ([, cell = '']) => cell,
    );
    const told = cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, kind = '']) => kind));
    assert.deepEqual(told.sort(), [...FAILURE_KINDS, ...BREAKS].sort());
  });
});
