import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Page } from 'playwright-core';
import { richServices, serviceOf, statusOf } from '../support/status.ts';
import { HandMade } from './handMade.ts';
import { startLively } from './lively.ts';
import { lookAt } from './looks.ts';
import { useBrowser } from './visit.ts';

const visit = useBrowser();

/** The browser tells of requests that nobody answers, and of streams that break off. */
const CUT = /ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE|ERR_INCOMPLETE_CHUNKED/;

suite('an open page', () => {
  test('follows a service that is scaled up, and tells what happened', async (t) => {
    const { origin, lb, scale } = await startLively(t);
    scale(1);
    await lb.logged('installed', 1);
    const page = await visit(t, `${origin}/services/shop/web`);
    await page.getByRole('rowheader', { name: 'web-1' }).waitFor();
    assert.equal(await page.getByRole('rowheader').count(), 1);
    scale(3);
    await page.getByRole('rowheader', { name: 'web-3' }).waitFor();
    await page.getByText('3 of 3 containers eligible').waitFor();
    await page.getByRole('link', { name: 'Overview', exact: true }).click();
    const told = page.getByRole('region', { name: 'While you watched' });
    await told.getByRole('link', { name: /^installed: .*server/ }).click();
    await page.waitForURL('**/history/3');
    await page.getByRole('region', { name: 'Servers' }).getByText('2 added').waitFor();
  });

  test('shows the traffic of this second: in total, by route, by service', async (t) => {
    const lively = await startLively(t);
    lively.beBusy();
    const page = await visit(t, lively.origin);
    const requests = page.getByRole('figure', { name: 'Requests' });
    await requests.getByText(/^[1-9][\d.]* a second$/).waitFor();
    await page
      .getByRole('figure', { name: 'Latency' })
      .getByText(/^[\d.]+ ms, 99th [\d.]+ m?s$/)
      .waitFor();
    await page.getByRole('link', { name: 'Routes', exact: true }).click();
    const route = page.getByRole('row').filter({ hasText: 'www.example.com' });
    await route
      .getByRole('cell', { name: /^[1-9][\d.]*$|^0\.\d+$/ })
      .last()
      .waitFor();
    await page.getByRole('link', { name: 'Services', exact: true }).click();
    await page.getByRole('link', { name: 'With traffic 3' }).waitFor();
    await page.getByText('1 ejected').waitFor();
    const told = page.getByRole('region', { name: 'While you watched' });
    await page.getByRole('link', { name: 'Overview', exact: true }).click();
    await told
      .getByText(/^api-3 of shop\/api is (ejected|on probation)/)
      .first()
      .waitFor();
  });

  test('says when it has lost the daemon, keeps what it shows, and catches up by itself', async (t) => {
    const made = await HandMade.start(t, statusOf([serviceOf('a/old', 1)], {}, Date.now()));
    const page = await visit(t, `${made.origin}/services`, { expected: CUT });
    await page.getByRole('status').getByText('live').waitFor();
    await made.stop();
    await page.getByRole('status').getByText('connection lost').waitFor();
    await page.getByText('This page has lost active-lb').waitFor();
    await page.waitForFunction(`document.title.startsWith('connection lost · ')`);
    assert.equal(await page.getByRole('link', { name: 'a/old' }).count(), 1);
    await lookAt(page, 'lost-services');
    made.status = { ...statusOf([serviceOf('a/new', 1)], {}, Date.now()), startedAt: Date.now() };
    await made.start();
    await page.getByRole('link', { name: 'a/new' }).waitFor();
    assert.equal(await page.getByRole('link', { name: 'a/old' }).count(), 0);
    await page.getByRole('status').getByText('live').waitFor();
    await page.getByText('This page has lost active-lb').waitFor({ state: 'detached' });
    await page.getByRole('link', { name: 'Overview', exact: true }).click();
    await page.getByText('the daemon was started anew').waitFor();
  });

  test('takes a stream that falls silent for lost, although nothing broke off', async (t) => {
    const made = await HandMade.start(t, statusOf(richServices(), {}, Date.now()));
    const page = await visit(t, made.origin);
    await page.getByRole('status').getByText('live').waitFor();
    made.isSilent = true;
    await page.getByRole('status').getByText('connection lost').waitFor();
    made.isSilent = false;
    made.sayHello();
    await page.getByRole('status').getByText('live').waitFor();
  });
});

/** What a browser says of a page in a tab that is not shown, or is again. */
async function show(page: Page, isShown: boolean): Promise<void> {
  await page.evaluate(`
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => ${!isShown} });
    document.dispatchEvent(new Event('visibilitychange'));
  `);
}

suite('a daemon', () => {
  test('that is slow to answer is waited for, and followed', async (t) => {
    const made = await HandMade.start(t, statusOf([serviceOf('a/old', 1)], {}, Date.now()));
    const page = await visit(t, `${made.origin}/services`);
    await page.getByRole('status').getByText('live').waitFor();
    await page.route('**/api/**', async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 6_000));
      await route.continue();
    });
    await page.reload();
    await page.getByRole('status').getByText('live').waitFor();
    await page.getByRole('link', { name: 'a/old' }).waitFor();
  });

  test('of another version than the page has the next page loaded, not made by the old script', async (t) => {
    const made = await HandMade.start(t, statusOf([serviceOf('a/old', 1)], {}, Date.now()));
    const page = await visit(t, `${made.origin}/services`);
    await page.getByRole('status').getByText('live').waitFor();
    const at = new Date().toISOString();
    const hello = { name: 'active-lb', startedAt: at, tableId: null, historyId: null, statistics: [] };
    made.tell('hello', { ...hello, version: '9.9.9' });
    await page.getByText('9.9.9').waitFor();
    const loaded = page.waitForEvent('domcontentloaded');
    await page.getByRole('link', { name: 'a/old' }).click();
    await loaded;
    await page.waitForURL('**/services/a/old');
  });
});

suite('a page that nobody sees', () => {
  test('lets its stream go, so that more pages than a browser has connections to an address all work', async (t) => {
    const made = await HandMade.start(t, statusOf([serviceOf('a/one', 1)], {}, Date.now()));
    const first = await visit(t, `${made.origin}/services`);
    for (let tabs = 1; tabs < 9; tabs += 1) {
      const page = await first.context().newPage();
      await page.addInitScript(
        `Object.defineProperty(document, 'hidden', { configurable: true, get: () => true })`,
      );
      await page.goto(`${made.origin}/services`);
      await page.getByRole('link', { name: 'a/one' }).waitFor();
    }
  });

  test('rests, and has caught up as soon as it is seen again', async (t) => {
    const made = await HandMade.start(t, statusOf([serviceOf('a/old', 1)], {}, Date.now()));
    const page = await visit(t, `${made.origin}/services`);
    await page.getByRole('status').getByText('live').waitFor();
    await show(page, false);
    await page.getByRole('status').getByText('resting').waitFor();
    made.show(statusOf([serviceOf('a/new', 1)], {}, Date.now()));
    await show(page, true);
    await page.getByRole('status').getByText('live').waitFor();
    await page.getByRole('link', { name: 'a/new' }).waitFor();
    await page.getByRole('link', { name: 'Overview', exact: true }).click();
    await page.getByText('nobody saw this page for a while').waitFor();
  });
});

suite('a question that is never answered', () => {
  test('is asked anew when the daemon that was lost is heard of again', async (t) => {
    const made = await HandMade.start(t, statusOf([serviceOf('a/old', 1)], {}, Date.now()));
    const page = await visit(t, `${made.origin}/routes`, { expected: CUT });
    await page.getByRole('status').getByText('live').waitFor();
    // As a network does that went away with the question.
    await page.route('**/api/services', () => {}, { times: 1 });
    const asked = page.waitForRequest('**/api/services');
    await page.getByRole('link', { name: 'Services', exact: true }).click();
    await asked;
    await made.stop();
    await page.getByRole('status').getByText('connection lost').waitFor();
    await made.start();
    await page.getByRole('link', { name: 'a/old' }).waitFor();
  });
});

suite('a refresh that is held', () => {
  test('is told on every page, and the button lets it through', async (t) => {
    const { origin, lb, metadata } = await startLively(t, { LB_REMOVAL_HOLD: '10m' });
    const page = await visit(t, `${origin}/routes`);
    await page.getByText('6 routes').waitFor();
    metadata.set({ stacks: [{ name: 'shop', services: [{ name: 'web', labels: {} }] }] });
    await page.getByText(/of 8 servers, 0 would be left, none of them of .*shop\/web/).waitFor();
    await page.waitForFunction(`document.title.startsWith('held · ')`);
    await lookAt(page, 'held-routes');
    await page.getByRole('button', { name: 'Release now' }).click();
    await page.getByText('0 routes').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Release now' }).count(), 0);
    assert.equal(lb.linesOf('hold-released').length + lb.linesOf('released').length, 1);
  });
});
