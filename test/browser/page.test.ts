import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { Admin } from '../../src/admin/server.ts';
import { startAdmin } from '../../src/admin/server.ts';
import type { Status } from '../../src/control/status.ts';
import {
  notReadyStatus,
  failingStatus,
  hostileServices,
  manyServices,
  richServices,
  statusOf,
} from '../support/status.ts';
import { EXPLAINED, explainedStatus, hostileExplained } from '../support/explained.ts';
import { launchChromium } from './chromium.ts';
import { TEXT_BELOW_CONTRAST } from './contrast.ts';

const SCREENSHOTS = 'test-results/screenshots';
const DESKTOP = { width: 1200, height: 800 };
const PHONE = { width: 390, height: 844 };

const STATES = {
  rich: () => statusOf(richServices(), {}, Date.now()),
  empty: () => statusOf([], {}, Date.now()),
  'not-ready': () => notReadyStatus(Date.now()),
  stale: () => failingStatus(true, Date.now()),
  failing: () => failingStatus(false, Date.now()),
  many: () => statusOf(manyServices(10_000), {}, Date.now()),
  hostile: () => statusOf(hostileServices(), {}, Date.now()),
  labels: () => explainedStatus(EXPLAINED, Date.now()),
} as const satisfies Record<string, () => Status>;

let browser: Browser;
let admin: Admin;
let status: Status = STATES.rich();

before(async () => {
  mkdirSync(SCREENSHOTS, { recursive: true });
  admin = await startAdmin({ port: 0, bind: '127.0.0.1', status: () => status });
  browser = await launchChromium();
});
after(async () => {
  await browser?.close();
  await admin?.stop();
});

/** Opens the page, does something with it, and holds it to what is true of every page: no error, no request elsewhere. */
async function visit(
  shown: Status,
  options: BrowserContextOptions,
  act: (page: Page) => Promise<void>,
  path = '/',
): Promise<void> {
  status = shown;
  const origin = `http://127.0.0.1:${admin.port}`;
  const complaints: string[] = [];
  const context = await browser.newContext({ viewport: DESKTOP, ...options });
  try {
    const page = await context.newPage();
    page.on('console', (message) => complaints.push(`console: ${message.text()}`));
    page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
    page.on('dialog', (dialog) => complaints.push(`dialog: ${dialog.message()}`));
    page.on('request', (request) => {
      const url = request.url();
      if (!url.startsWith(`${origin}/`) && !url.startsWith('data:')) complaints.push(`request: ${url}`);
    });
    const response = await page.goto(`${origin}${path}`);
    assert.equal(response?.status(), 200);
    await act(page);
    assert.deepEqual(complaints, []);
  } finally {
    await context.close();
  }
}

function unfold(page: Page): Promise<void> {
  return page
    .locator('details')
    .evaluateAll((all) => all.forEach((details) => details.setAttribute('open', '')));
}

/** How many pixels the page is wider than its window. */
function overflow(page: Page): Promise<number> {
  return page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');
}

for (const [name, make] of Object.entries(STATES)) {
  for (const [size, viewport] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
    for (const colorScheme of ['light', 'dark'] as const) {
      test(`${name}, ${size}, ${colorScheme}: fits its window and is readable`, async () => {
        await visit(make(), { viewport, colorScheme }, async (page) => {
          await page.screenshot({
            path: `${SCREENSHOTS}/${name}-${size}-${colorScheme}.png`,
            fullPage: name !== 'many',
          });
          if (name !== 'many') await unfold(page);
          assert.ok((await overflow(page)) <= 0, 'no sideways scrolling');
          assert.deepEqual(await page.evaluate(TEXT_BELOW_CONTRAST), []);
        });
      });
    }
  }
}

const EXPLANATIONS = {
  form: '/explain',
  request: '/explain?host=api.shop.test&path=/v1/web/x%3Fy%3D1&method=POST',
  refused: '/explain?host=admin.shop.test',
  unrouted: '/explain?host=pay.shop.test',
  service: '/explain?service=shop/api',
  'refused-service': '/explain?service=shop/admin',
} as const;

for (const [name, path] of Object.entries(EXPLANATIONS)) {
  for (const [size, viewport] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
    for (const colorScheme of ['light', 'dark'] as const) {
      test(`explain ${name}, ${size}, ${colorScheme}: fits its window and is readable`, async () => {
        await visit(
          STATES.labels(),
          { viewport, colorScheme },
          async (page) => {
            const file = `${SCREENSHOTS}/explain-${name}-${size}-${colorScheme}.png`;
            await page.screenshot({ path: file, fullPage: true });
            assert.ok((await overflow(page)) <= 0, 'no sideways scrolling');
            assert.deepEqual(await page.evaluate(TEXT_BELOW_CONTRAST), []);
          },
          path,
        );
      });
    }
  }
}

describe('what metadata says', () => {
  test('is never executed, whatever is in names, hosts, labels and messages', async () => {
    await visit(STATES.hostile(), {}, async (page) => {
      await unfold(page);
      for (const element of await page.locator('a, summary').all()) await element.hover();
      assert.equal(await page.evaluate('window.owned'), undefined);
      assert.equal(await page.locator('script, iframe, base, img, object, embed').count(), 0);
      assert.equal(await page.locator('main svg').count(), 0);
      assert.equal(await page.locator('details').count(), hostileServices().length);
      const hrefs = await page
        .locator('a')
        .evaluateAll((all) => all.map((a) => a.getAttribute('href') ?? ''));
      for (const href of hrefs) assert.match(href, /^(\/|#|http:\/\/[a-z0-9])/);
    });
  });

  test('nor in explanations, of services and of requests', async () => {
    const hostile = hostileExplained(Date.now());
    const ids = (hostile.install?.derivation.services ?? []).map(({ id }) => id);
    // No URL can carry a lone surrogate, so that service has no explanation.
    const paths = ids.filter((id) => !/\p{Cs}/u.test(id)).map((id) => `service=${encodeURIComponent(id)}`);
    assert.equal(paths.length, ids.length - 1);
    for (const query of [...paths, 'host=a.test&path=/x&header=X-A:%3Cb%3E']) {
      await visit(
        hostile,
        {},
        async (page) => {
          for (const element of await page.locator('a').all()) await element.hover();
          assert.equal(await page.evaluate('window.owned'), undefined);
          assert.equal(await page.locator('script, iframe, base, img, object, embed').count(), 0);
          assert.equal(await page.locator('main svg').count(), 0);
        },
        `/explain?${query}`,
      );
    }
  });

  test('nor from the form: what was asked stands in its fields as it was', async () => {
    const attack = '"><script>window.owned=1</script>';
    const context = await browser.newContext();
    status = STATES.labels();
    const page = await context.newPage();
    const origin = `http://127.0.0.1:${admin.port}`;
    const response = await page.goto(`${origin}/explain?host=${encodeURIComponent(attack)}`);
    assert.equal(response?.status(), 400);
    assert.equal(await page.evaluate('window.owned'), undefined);
    assert.equal(await page.getByLabel('Host').inputValue(), attack);
    await context.close();
  });

  test('nor from the filter', async () => {
    const attack = '"><script>window.owned=1</script>';
    await visit(
      STATES.rich(),
      {},
      async (page) => {
        assert.equal(await page.evaluate('window.owned'), undefined);
        assert.equal(await page.getByRole('searchbox').inputValue(), attack);
      },
      `/?q=${encodeURIComponent(attack)}`,
    );
  });
});

describe('finding one’s way', () => {
  test('works without JavaScript: the filter is a form', async () => {
    await visit(STATES.rich(), { javaScriptEnabled: false }, async (page) => {
      assert.equal(await page.locator('details').count(), 6);
      await page.getByRole('searchbox').fill('web-test');
      await page.getByRole('button', { name: 'Filter' }).click();
      await page.waitForURL('**/?q=web-test');
      assert.equal(await page.locator('details').count(), 1);
      await page.getByRole('link', { name: 'Show everything' }).click();
      assert.equal(await page.locator('details').count(), 6);
    });
  });

  test('works without JavaScript: the form explains a request, and its service is one click further', async () => {
    await visit(STATES.labels(), { javaScriptEnabled: false }, async (page) => {
      await page.getByLabel('Host').fill('API.shop.test:8080');
      await page.getByLabel('Path').fill('/v1/web/x');
      await page.getByLabel('Method').selectOption('POST');
      await page.getByRole('button', { name: 'Explain' }).click();
      await page.getByRole('heading', { name: 'Goes to shop/web' }).waitFor();
      assert.equal(await page.getByLabel('Method').inputValue(), 'POST');
      await page.getByRole('link', { name: 'shop/api' }).click();
      await page.getByRole('heading', { name: 'shop/api' }).waitFor();
      assert.equal(await page.getByText('nearest known label is traefik.weight').count(), 1);
    });
  });

  test('each service leads to its explanation', async () => {
    await visit(STATES.labels(), {}, async (page) => {
      await unfold(page);
      await page.getByRole('link', { name: 'How its labels were understood' }).first().click();
      await page.getByRole('heading', { name: 'Labels' }).waitFor();
    });
  });

  test('a finding leads to its service, unfolded', async () => {
    await visit(STATES.rich(), {}, async (page) => {
      const container = page.getByText('shop-api-4');
      assert.equal(await container.isVisible(), false);
      await page.getByRole('region', { name: 'Findings' }).getByRole('link', { name: 'shop/api' }).click();
      await container.waitFor({ state: 'visible' });
    });
  });

  test('a route links to its host on the port of the entrypoint', async () => {
    await visit(STATES.rich(), {}, async (page) => {
      const link = page.getByRole('link', { name: 'web-test.proxy-test.local' });
      assert.equal(await link.getAttribute('href'), 'http://web-test.proxy-test.local:8080/');
    });
  });

  test('the keyboard reaches and unfolds everything', async () => {
    await visit(STATES.rich(), {}, async (page) => {
      const summary = page.locator('summary').first();
      await summary.focus();
      await page.keyboard.press('Enter');
      assert.equal(await page.locator('details').first().getAttribute('open'), '');
    });
  });

  test('a screen reader finds landmarks, one main heading, and tables with captions and headed rows', async () => {
    await visit(STATES.rich(), {}, async (page) => {
      await unfold(page);
      for (const role of ['banner', 'main', 'search', 'contentinfo'] as const) {
        assert.equal(await page.getByRole(role).count(), 1, role);
      }
      assert.equal(await page.getByRole('heading', { level: 1 }).count(), 1);
      assert.equal(await page.getByRole('table', { name: 'Which requests go to which service' }).count(), 1);
      assert.equal(await page.getByRole('table', { name: 'Containers of shop/api' }).count(), 1);
      assert.equal(await page.getByRole('rowheader', { name: 'shop-api-3' }).count(), 1);
      assert.equal(await page.getByLabel('Show only what contains').count(), 1);
    });
  });

  test('10,000 services stay usable: the filter finds one that was not shown', async () => {
    await visit(STATES.many(), {}, async (page) => {
      assert.equal(await page.getByText('service-09999').count(), 0);
      await page.getByRole('searchbox').fill('service-09999');
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'stack-99/service-09999' }).waitFor();
      assert.equal(await page.locator('details').count(), 1);
    });
  });
});
