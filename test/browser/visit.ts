import assert from 'node:assert/strict';
import { after, before, type TestContext } from 'node:test';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { cleanup } from '../support/cleanup.ts';
import { launchChromium } from './chromium.ts';

export const DESKTOP = { width: 1280, height: 850 };
export const PHONE = { width: 390, height: 844 };

/** For a page to show something; generous, because a passing test never waits it out. */
const PATIENCE_MS = 30_000;

export interface VisitOptions extends BrowserContextOptions {
  /** What the browser may say on its console: it complains of every answer that is an error, even where one is expected. */
  readonly expected?: RegExp;
  /** Of the document; 200 unless told otherwise. */
  readonly status?: number;
}

/** Opens a page of this origin; when the test ends the page is closed, and held to what is true of every page. */
export type Visit = (t: TestContext, url: string, options?: VisitOptions) => Promise<Page>;

/** A browser for the tests of a file. */
export function useBrowser(): Visit {
  let browser: Browser;
  before(async () => {
    browser = await launchChromium();
  });
  after(() => browser?.close());
  return async (t, url, { expected, status = 200, ...options } = {}) => {
    const context = await browser.newContext({ viewport: DESKTOP, ...options });
    context.setDefaultTimeout(PATIENCE_MS);
    const page = await context.newPage();
    const complaints = complaintsOf(page, new URL(url).origin);
    cleanup(t, async () => {
      await context.close();
      assert.deepEqual(
        complaints.filter((complaint) => expected?.test(complaint) !== true),
        [],
      );
    });
    assert.equal((await page.goto(url))?.status(), status);
    return page;
  };
}

/** No page says anything on its console, asks anything of another origin, or interrupts anybody. */
function complaintsOf(page: Page, origin: string): readonly string[] {
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(`${origin}/`) && !url.startsWith('data:')) complaints.push(`request: ${url}`);
  });
  return complaints;
}
