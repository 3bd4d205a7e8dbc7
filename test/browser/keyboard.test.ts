import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Page } from 'playwright-core';
import { explainedStatus } from '../support/explained.ts';
import { manyServices, richServices, statusOf } from '../support/status.ts';
import { HandMade } from './handMade.ts';
import { useBrowser } from './visit.ts';

const visit = useBrowser();

/** What has the focus, by its text or its label. */
function focused(page: Page): Promise<string> {
  return page.evaluate(`(() => {
    const { activeElement: element } = document;
    return (element.labels?.[0]?.textContent ?? element.textContent).trim();
  })()`);
}

suite('with the keyboard alone', () => {
  test('one skips to the content, walks through the pages, and starts each at its heading', async (t) => {
    const made = await HandMade.start(t, statusOf(richServices(), {}, Date.now()));
    const page = await visit(t, made.origin);
    await page.getByRole('heading', { name: 'Findings' }).waitFor();
    await page.keyboard.press('Tab');
    assert.equal(await focused(page), 'Skip to the content');
    await page.keyboard.press('Enter');
    assert.match(page.url(), /#main$/);
    await page.keyboard.press('Tab');
    assert.equal(await focused(page), '5 routes');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/routes');
    await page.locator('h2:focus').filter({ hasText: 'Routes' }).waitFor();
    await page.keyboard.press('Tab');
    assert.match(await focused(page), /^Show only routes with/);
  });

  test('/ is a letter where an extension of the browser lets one write, too', async (t) => {
    const made = await HandMade.start(t, statusOf(richServices(), {}, Date.now()));
    const page = await visit(t, `${made.origin}/services`);
    await page.getByRole('searchbox').waitFor();
    await page.evaluate(`(() => {
      const note = document.createElement('div');
      note.contentEditable = 'true';
      document.body.append(note);
      note.focus();
    })()`);
    await page.keyboard.type('a/b');
    assert.equal(await focused(page), 'a/b');
  });

  test('/ leads to the search of the page, or to that of the services, and is a letter where one types', async (t) => {
    const made = await HandMade.start(t, statusOf(richServices(), {}, Date.now()));
    const page = await visit(t, made.origin);
    await page.getByRole('heading', { name: 'Findings' }).waitFor();
    await page.keyboard.press('/');
    await page.waitForURL('**/services');
    await page.locator('input[type=search]:focus').waitFor();
    await page.keyboard.type('shop/pay');
    await page.getByText('1 of 6 services').waitFor();
    assert.match(page.url(), /\?q=shop%2Fpay$/);
    await page.keyboard.press('Tab');
    await page.keyboard.press('/');
    await page.locator('input[type=search]:focus').waitFor();
    await page.keyboard.type('web');
    await page.getByText('1 of 6 services').waitFor();
    assert.equal(
      await page.getByRole('searchbox').inputValue(),
      'web',
      'what was typed before is typed over',
    );
  });

  test('one asks why a request is routed as it is', async (t) => {
    const made = await HandMade.start(t, explainedStatus());
    const page = await visit(t, `${made.origin}/explain`);
    await page.getByLabel('URL or host').focus();
    await page.keyboard.type('pay.shop.test/x');
    await page.keyboard.press('Enter');
    await page.getByText('Is answered 404', { exact: true }).waitFor();
    assert.match(page.url(), /host=pay\.shop\.test&path=%2Fx$/);
  });
});

suite('by ear', () => {
  test('there are landmarks, one main heading, and tables with captions and headed rows', async (t) => {
    const made = await HandMade.start(t, statusOf(richServices(), {}, Date.now()));
    for (const [path, table] of [
      ['/routes', 'Which requests go to which service'],
      ['/services', 'How each service does'],
      ['/services/shop/api', 'Containers of shop/api'],
    ] as const) {
      const page = await visit(t, `${made.origin}${path}`);
      await page.getByRole('table', { name: table }).waitFor();
      for (const role of ['banner', 'main', 'contentinfo'] as const)
        assert.equal(await page.getByRole(role).count(), 1, role);
      assert.equal(await page.getByRole('search').count(), path === '/services/shop/api' ? 0 : 1);
      assert.equal(await page.getByRole('heading', { level: 1 }).count(), 1);
      assert.equal(await page.getByRole('heading', { level: 2 }).count(), 1);
      assert.ok((await page.getByRole('rowheader').count()) > 4);
      const pages = page.getByRole('navigation', { name: 'Pages' });
      assert.equal(await pages.locator('[aria-current=page]').count(), 1);
    }
  });

  test('what changes is said: how many are found, and whether the page follows the daemon', async (t) => {
    const made = await HandMade.start(t, statusOf(richServices(), {}, Date.now()));
    const page = await visit(t, `${made.origin}/services`);
    await page.getByRole('status').getByText('live').waitFor();
    await page.getByRole('status').getByText('6 services').waitFor();
    assert.equal(await page.getByRole('status').count(), 2);
  });
});

suite('without JavaScript', () => {
  test('the page says what is routed, and where the rest is', async (t) => {
    const made = await HandMade.start(t, statusOf(richServices(), {}, Date.now()));
    const page = await visit(t, made.origin, { javaScriptEnabled: false });
    const text = await page.locator('body').innerText();
    assert.match(text, /^web-test\.proxy-test\.local → proxy-test\/web-test \(3 servers\)$/m);
    assert.match(text, /^admin\.shop\.local → shop\/admin \(refused\)$/m);
    assert.equal(await page.getByRole('heading', { level: 1 }).count(), 1);
  });
});

test('on paper there is what a page shows, and nothing to press', async (t) => {
  const made = await HandMade.start(t, statusOf(manyServices(300), {}, Date.now()));
  const page = await visit(t, `${made.origin}/services`);
  await page.getByRole('table').waitFor();
  await page.emulateMedia({ media: 'print' });
  assert.equal(await page.getByRole('table').isVisible(), true);
  for (const tool of await page.locator('nav, search').all()) assert.equal(await tool.isVisible(), false);
});
