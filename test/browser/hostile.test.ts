import assert from 'node:assert/strict';
import { suite, test, type TestContext } from 'node:test';
import type { Page } from 'playwright-core';
import { hostileExplained } from '../support/explained.ts';
import { hostileServices, statusOf } from '../support/status.ts';
import { entryOf } from '../support/liveFeed.ts';
import { HandMade } from './handMade.ts';
import { overflowOf } from './looks.ts';
import { PHONE, useBrowser } from './visit.ts';

const visit = useBrowser();
const ATTACK = '"><script>window.owned=1</script><img src=x onerror="window.owned=1">';

/** Points at everything, and makes sure that nothing of what was shown became more than text. */
async function holdToText(page: Page): Promise<void> {
  for (const element of await page.locator('main a:visible, main input:visible').all()) await element.hover();
  assert.equal(await page.evaluate('window.owned'), undefined);
  assert.equal(
    await page.locator('#app :is(script, iframe, base, img, object, embed, link, style)').count(),
    0,
  );
  assert.equal(await page.locator('main svg:not(.chart svg)').count(), 0);
  assert.equal(await page.locator('[onerror], [onload], [onmouseover], [onfocus], [srcdoc]').count(), 0);
  const hrefs = await page.locator('a').evaluateAll((all) => all.map((a) => a.getAttribute('href') ?? ''));
  for (const href of hrefs) assert.match(href, /^(\/(?!\/)|#main$|http:\/\/[a-z0-9])/);
  assert.ok((await overflowOf(page)) <= 0, 'it fits its window');
}

function startHostile(t: TestContext): Promise<HandMade> {
  const entry = entryOf(1);
  const changes = [{ ...entry.changes[0]!, service: `${ATTACK}/x`, text: `+ route ${ATTACK}` }];
  const history = [{ ...entry, summary: ATTACK, metadataVersion: ATTACK, tableId: ATTACK, changes }];
  return HandMade.start(t, statusOf(hostileServices(), {}, Date.now()), { history: () => history });
}

suite('what metadata says is never more than text', () => {
  for (const path of ['/', '/routes', '/services', '/history', '/history/1'] as const) {
    test(`on ${path}`, async (t) => {
      const made = await startHostile(t);
      const page = await visit(t, `${made.origin}${path}`, { viewport: PHONE });
      await page.getByText('onerror').first().waitFor();
      await holdToText(page);
    });
  }

  test('on the page of each service, which its link leads to', async (t) => {
    const made = await startHostile(t);
    const services = await visit(t, `${made.origin}/services`);
    await services.getByRole('table').waitFor();
    const hrefs = await services
      .locator('tbody th a')
      .evaluateAll((all) => all.map((a) => a.getAttribute('href') ?? ''));
    assert.equal(hrefs.length, hostileServices().length);
    let shown = 0;
    const page = await visit(t, `${made.origin}/explain`, { expected: /status of 404/ });
    for (const href of hrefs) {
      // What has a lone surrogate no path can tell.
      const answered = page.waitForResponse((response) => response.url().includes('/api/services/'));
      await page.goto(`${made.origin}${href}`);
      if ((await answered).ok()) {
        await page.getByRole('region', { name: 'Findings' }).waitFor();
        shown += 1;
      }
      await holdToText(page);
    }
    assert.equal(shown, hrefs.length - 1);
  });

  test('in explanations, of services and of requests', async (t) => {
    const status = hostileExplained(Date.now());
    const made = await HandMade.start(t, status);
    const page = await visit(t, `${made.origin}/explain`);
    const ids = (status.install?.derivation.services ?? []).map(({ id }) => id);
    const told = ids.filter((id) => !/\p{Cs}/u.test(id)).map((id) => `service=${encodeURIComponent(id)}`);
    assert.equal(told.length, ids.length - 1);
    for (const query of [...told, 'host=a.test&path=/x&header=X-A:%3Cb%3E']) {
      await page.goto(`${made.origin}/explain?${query}`);
      await page.getByRole('link', { name: 'This as JSON' }).waitFor();
      await page.locator('.answer h3').first().waitFor();
      await holdToText(page);
    }
  });

  test('in what happens while somebody watches, and in the errors of metadata', async (t) => {
    const status = statusOf([], {}, Date.now());
    const lastError = { message: ATTACK, at: Date.now() };
    const made = await HandMade.start(t, {
      ...status,
      metadata: { ...status.metadata, url: `javascript:${ATTACK}`, lastError },
      notReady: [ATTACK],
    });
    const page = await visit(t, made.origin);
    await page.getByRole('status').getByText('live').waitFor();
    const at = new Date().toISOString();
    const server = { backend: ATTACK, server: ATTACK, url: `javascript:${ATTACK}`, reason: ATTACK };
    made.tell('ejected', { at, services: [ATTACK], state: 'ejected', ...server });
    made.tell('metadata-failing', { at, error: ATTACK });
    await page.getByText('is ejected: it').waitFor();
    await page.getByText('metadata cannot be read: ').waitFor();
    await holdToText(page);
  });
});

suite('what an address says is never more than text', () => {
  test('and stands in the fields as it was', async (t) => {
    const made = await startHostile(t);
    const typed = encodeURIComponent(ATTACK);
    for (const [path, label] of [
      [`/services?q=${typed}&sort=${typed}&show=${typed}&page=${typed}`, 'Show only services with'],
      [`/routes?q=${typed}&sort=__proto__&page=-7`, 'Show only routes with'],
      [`/history?q=${typed}`, 'Show only installs with'],
      [`/explain?host=${typed}`, 'URL or host'],
      [`/dry-run?service=${typed}`, 'Service'],
    ] as const) {
      const page = await visit(t, `${made.origin}${path}`, { expected: /status of 40[04]/ });
      const field = page.locator('input').and(page.getByLabel(label));
      assert.equal(await field.inputValue(), ATTACK);
      await holdToText(page);
    }
    const service = await visit(t, `${made.origin}/services/${typed.replaceAll('%2F', '')}/constructor`, {
      expected: /status of 404/,
    });
    await service.getByText('Not found').waitFor();
    await holdToText(service);
  });
});
