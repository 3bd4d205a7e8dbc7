import assert from 'node:assert/strict';
import { suite, test, type TestContext } from 'node:test';
import type { Page } from 'playwright-core';
import { serverKey } from '../../src/control/conditions.ts';
import { finding, manyServices, richServices, serviceOf, statusOf } from '../support/status.ts';
import { HandMade } from './handMade.ts';
import { lookAt, overflowOf } from './looks.ts';
import { PHONE, useBrowser } from './visit.ts';

const visit = useBrowser();

function startRich(t: TestContext): Promise<HandMade> {
  return HandMade.start(t, statusOf(richServices(), {}, Date.now()));
}

/** The first cells of the rows that are shown, without what stands beside names. */
async function rowsOf(page: Page): Promise<readonly string[]> {
  return page.locator('tbody th > a, tbody th:not(:has(> a))').allInnerTexts();
}

async function total(page: Page, words: string): Promise<void> {
  await page.getByRole('status').filter({ hasText: words }).waitFor();
}

suite('the list of services', () => {
  test('has first what needs a look, and sorts by any column, back and forth, with the order in the URL', async (t) => {
    const made = await startRich(t);
    made.statistics = {
      services: new Map([
        ['shop/blog', { requestsPerSecond: 3, errorsPerSecond: 3, p50Ms: 1, p95Ms: 2, inFlight: 0 }],
        ['shop/api', { requestsPerSecond: 70, errorsPerSecond: 0, p50Ms: 1, p95Ms: 9, inFlight: 4 }],
      ]),
    };
    const page = await visit(t, `${made.origin}/services`);
    await page.getByRole('cell', { name: '70' }).waitFor();
    assert.deepEqual(await rowsOf(page), [
      'shop/admin',
      'shop/pay',
      'shop/api',
      'shop/blog',
      'proxy-test/web-test',
      'shop/batch',
    ]);
    await page.getByRole('link', { name: 'Requests/s' }).click();
    await page
      .getByRole('columnheader', { name: 'Requests/s' })
      .and(page.locator('[aria-sort=descending]'))
      .waitFor();
    assert.deepEqual((await rowsOf(page)).slice(0, 2), ['shop/api', 'shop/blog']);
    assert.match(page.url(), /\/services\?sort=-rate$/);
    const focused = await page.evaluate('document.activeElement.textContent');
    assert.match(String(focused), /Requests\/s/, 'whoever sorts by keyboard stays at the column');
    await page.getByRole('link', { name: 'Service', exact: true }).click();
    await page.getByRole('link', { name: 'Service', exact: true }).click();
    await page.locator('[aria-sort=descending]').getByText('Service').waitFor();
    assert.equal((await rowsOf(page))[0], 'shop/pay');
    await page.goBack();
    await page.goBack();
    assert.equal((await rowsOf(page))[0], 'shop/api');
    const linked = await visit(t, `${made.origin}/services?sort=-errors`);
    await linked.getByRole('cell', { name: '70' }).waitFor();
    assert.equal((await rowsOf(linked))[0], 'shop/blog');
  });

  test('finds by every word in names, hosts, containers and findings, keeps it in the URL, and says when there is nothing', async (t) => {
    const made = await startRich(t);
    const page = await visit(t, `${made.origin}/services?q=INVALID-port`);
    await total(page, '1 of 6 services');
    assert.deepEqual(await rowsOf(page), ['shop/pay']);
    const search = page.getByRole('searchbox');
    assert.equal(await search.inputValue(), 'INVALID-port');
    await search.fill('shop not-running');
    await total(page, '1 of 6 services');
    assert.deepEqual(await rowsOf(page), ['shop/api']);
    assert.match(page.url(), /\?q=shop\+not-running$/);
    await search.fill('no such thing');
    await total(page, '0 of 6 services');
    assert.equal(await page.getByRole('table').count(), 0);
  });

  test('shows only those in some state, by a link', async (t) => {
    const made = await startRich(t);
    const page = await visit(t, `${made.origin}/services`);
    await page.getByRole('link', { name: 'With errors 2' }).click();
    await total(page, '2 of 6 services');
    assert.deepEqual(await rowsOf(page), ['shop/admin', 'shop/pay']);
    assert.match(page.url(), /\?show=errors$/);
    await page.getByRole('link', { name: 'shop/pay' }).click();
    await page.getByRole('heading', { name: 'shop/pay' }).waitFor();
    await page.goBack();
    await total(page, '2 of 6 services');
  });

  test('tells of each container whether it receives requests, and if not, why', async (t) => {
    const made = await startRich(t);
    const page = await visit(t, `${made.origin}/services/shop/api`);
    const table = page.getByRole('table', { name: 'Containers of shop/api' });
    for (const [name, words] of [
      ['shop-api-1', 'yes'],
      ['shop-api-3', 'its health check fails'],
      ['shop-api-4', 'its health check has not passed yet'],
      ['shop-api-5', 'it is not running'],
      ['shop-api-6', 'it has no address yet'],
    ] as const) {
      const row = table.getByRole('row').filter({ has: page.getByRole('rowheader', { name }) });
      await row.getByText(words).waitFor();
    }
    const findings = page.getByRole('region', { name: 'Findings' });
    await findings.getByText('port-defaulted').waitFor();
  });

  test('tells what traffic found out: servers that fail, are ejected or stand by, and open circuit breakers', async (t) => {
    const made = await HandMade.start(t, troubledStatus());
    const page = await visit(t, `${made.origin}/services`);
    const row = page.getByRole('row').filter({ hasText: 'a/b' });
    for (const words of ['1 failing', '1 ejected', 'circuit breaker open', '1 warning'])
      await row.getByText(words).waitFor();
    await page.getByRole('link', { name: 'In trouble 1' }).waitFor();
    await page.getByRole('link', { name: 'a/b' }).click();
    await page.getByText('its active health check fails: answered 500').waitFor();
    await page.getByText('it is ejected, since it did not answer').waitFor();
    await page.getByText('only while no server on our own host can').waitFor();
    await page.getByText('http://127.0.0.9:80').waitFor();
    await lookAt(page, 'service-troubled');
  });
});

/** One service with a server in every standing, and an open circuit breaker. */
function troubledStatus() {
  const warning = finding('port-defaulted', 'warning', 'traefik.port', 'traefik.port is not set');
  const plain = serviceOf('a/b', 4);
  const external = { ...plain.servers[0]!, id: 'external', url: 'http://127.0.0.9:80', weight: 3 };
  const servers = [...plain.servers, external].map((server, i) => ({ ...server, isPreferred: i !== 2 }));
  const status = statusOf([{ ...plain, servers, findings: [warning] }], {}, Date.now());
  const install = status.install!;
  const { table } = install.derivation;
  const condition = {
    kind: 'compare',
    metric: { kind: 'network-error-ratio' },
    operator: '>',
    value: 1,
  } as const;
  const backends = table.backends.map((backend) => ({
    ...backend,
    circuitBreaker: { expression: 'NetworkErrorRatio() > 0.5', condition },
  }));
  const of = (i: number, reason: string) => {
    const { id: server, url } = servers[i]!;
    return { backend: 'a/b', server, url, reason };
  };
  const conditions = {
    failing: new Map([[serverKey('a/b', servers[0]!), of(0, 'answered 500')]]),
    ejected: new Map([
      [serverKey('a/b', servers[1]!), { ...of(1, 'did not answer in time'), until: Date.now() + 30_000 }],
    ]),
    breakers: new Map([['a/b', 'open' as const]]),
  };
  const derivation = { ...install.derivation, table: { ...table, backends } };
  return { ...status, install: { ...install, derivation, conditions } };
}

suite('the list of routes', () => {
  test('links hosts to the entrypoint and services to their page, and says what is refused', async (t) => {
    const made = await startRich(t);
    const page = await visit(t, `${made.origin}/routes`);
    const link = page.getByRole('link', { name: 'web-test.proxy-test.local' });
    assert.equal(await link.getAttribute('href'), 'http://web-test.proxy-test.local:8080/');
    const refused = page.getByRole('row').filter({ hasText: 'admin.shop.local' });
    await refused.getByText('503').waitFor();
    assert.deepEqual(await refused.getByRole('link').allInnerTexts(), ['shop/admin']);
    await refused.getByRole('link').click();
    await page.waitForURL('**/services/shop/admin');
  });

  test('sorts by rates as they come, and finds', async (t) => {
    const made = await startRich(t);
    const { id: tableId } = made.status.install!.derivation.table;
    made.statistics = {
      routes: [
        {
          tableId,
          rates: [
            [3, 12.5],
            [1, 3],
          ],
        },
      ],
    };
    const page = await visit(t, `${made.origin}/routes?sort=-rate`);
    await page.getByRole('cell', { name: '12.5' }).waitFor();
    assert.deepEqual((await rowsOf(page)).slice(0, 2), ['blog.shop.local', 'api.shop.example.com']);
    await page.getByRole('searchbox').fill('example.org');
    await total(page, '1 of 5 routes');
    assert.match(page.url(), /sort=-rate&q=example\.org$/);
  });
});

suite('ten thousand services', () => {
  test('are shown a page at a time, and found, sorted and paged at once', async (t) => {
    const made = await HandMade.start(t, statusOf(manyServices(10_000), {}, Date.now()));
    for (const [path, noun] of [
      ['/routes', 'route'],
      ['/services', 'service'],
    ] as const) {
      const page = await visit(t, `${made.origin}${path}`);
      await total(page, `10,000 ${noun}s`);
      assert.equal(await page.locator('tbody tr').count(), 100);
      const pager = page.getByRole('navigation', { name: `Pages of ${noun}s` });
      await pager.getByText(`1–100 of 10,000 ${noun}s`).waitFor();
      await pager.getByRole('link', { name: 'Next' }).click();
      await pager.getByText('101–200').waitFor();
      assert.match(page.url(), /\?page=2$/);
      const search = page.getByRole('searchbox');
      await search.fill('09999');
      await total(page, `1 of 10,000 ${noun}s`);
      assert.doesNotMatch(page.url(), /page=/);
      await search.fill('');
      await total(page, `10,000 ${noun}s`);
      // Whatever else the machine does meanwhile, it does not do each time.
      const blockedMs = [await typing(page), await typing(page), await typing(page)];
      assert.ok(Math.min(...blockedMs) < LAG_MS, `${path}: ${blockedMs.join(', ')} ms`);
    }
    const last = await visit(t, `${made.origin}/routes?page=1000`, { viewport: PHONE });
    await last.getByText('9,901–10,000').waitFor();
    assert.ok((await overflowOf(last)) <= 0);
  });
});

/** More than this between a letter and what it does is felt. */
const LAG_MS = 250;

/** For how many milliseconds at most typing what is looked for keeps the page from doing anything else. */
async function typing(page: Page): Promise<number> {
  const search = page.getByRole('searchbox');
  await search.fill('');
  await total(page, '10,000');
  await page.evaluate(`
    globalThis.longest = 0;
    globalThis.observer?.disconnect();
    globalThis.observer = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) globalThis.longest = Math.max(globalThis.longest, duration);
    });
    globalThis.observer.observe({ type: 'longtask' })`);
  await search.pressSequentially('stack-07 0');
  await page
    .getByRole('status')
    .filter({ hasText: /^\d+ of 10,000/ })
    .waitFor();
  // A long task is told of after it is over.
  await page.evaluate('new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 50)))');
  return page.evaluate<number>('globalThis.longest');
}
