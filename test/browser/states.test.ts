import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Page } from 'playwright-core';
import { failingStatus, notReadyStatus, richServices, statusOf } from '../support/status.ts';
import { HandMade, IDLE } from './handMade.ts';
import { lookAt } from './looks.ts';
import { useBrowser } from './visit.ts';

const visit = useBrowser();

/** The browser tells of every answer that is an error. */
const NO_TABLE = /the server responded with a status of 503/;
const NOT_FOUND = /the server responded with a status of 404/;
const PATHS = ['/', '/routes', '/services', '/explain', '/dry-run', '/history'] as const;

/** The notice with that title. */
function notice(page: Page, title: string) {
  return page.locator('.notice').filter({ has: page.getByText(title, { exact: true }) });
}

/** Waits until the title, which is what is seen of a tab among many, begins so. */
async function titled(page: Page, words: string): Promise<void> {
  await page.waitForFunction(`document.title.startsWith(${JSON.stringify(words)})`);
}

/** Five minutes of traffic that comes and goes, ending now; a minute of it is not known. */
function fiveMinutes(now: number) {
  return Array.from({ length: 300 }, (_, i) => {
    const swing = 1 + Math.sin(i / 25);
    const total = {
      ...IDLE,
      requestsPerSecond: 400 + 300 * swing + (i % 7) * 12,
      errorsPerSecond: i > 200 && i < 230 ? 60 : 0,
      p50Ms: 4 + swing,
      p95Ms: 20 + 12 * swing + (i % 5),
      p99Ms: 60 + 90 * swing + (i % 11) * 4,
      connections: 120,
      inFlight: 14,
    };
    return { at: now - (300 - i) * 1_000, total };
  }).filter((_, i) => i < 90 || i > 120);
}

suite('a page', () => {
  test('of an environment without labels says what to label, on every page that lists', async (t) => {
    const made = await HandMade.start(t, statusOf([], {}, Date.now()));
    const page = await visit(t, `${made.origin}/`);
    await page.getByRole('heading', { name: 'No service is labelled yet' }).waitFor();
    await lookAt(page, 'empty-overview');
    await page.getByRole('link', { name: 'Services', exact: true }).click();
    await page.getByText('traefik.domain: example.com').waitFor();
    await page.getByRole('link', { name: 'Routes', exact: true }).click();
    await page.getByText('0 routes').waitFor();
    await page.getByRole('link', { name: 'History', exact: true }).click();
    await page.getByText('Nothing was installed yet.').waitFor();
  });

  test('before the first table says on every page what is awaited, and shows it by itself once it is there', async (t) => {
    const made = await HandMade.start(t, notReadyStatus(Date.now()));
    for (const path of PATHS) {
      const page = await visit(t, `${made.origin}${path}`, { expected: NO_TABLE });
      await notice(page, 'Not ready').getByText('no table is installed yet').waitFor();
      await notice(page, 'Not ready').getByText('no such host').waitFor();
      await titled(page, 'no table · ');
    }
    const page = await visit(t, `${made.origin}/services`, { expected: NO_TABLE });
    await notice(page, 'Not yet').getByText('no table is installed yet').waitFor();
    await lookAt(page, 'not-ready-services');
    made.show(statusOf(richServices(), {}, Date.now()));
    await page.getByRole('link', { name: 'shop/pay' }).waitFor();
    await notice(page, 'Not yet').waitFor({ state: 'detached' });
    await notice(page, 'Not ready').waitFor({ state: 'detached' });
  });

  test('says that metadata is stale, how old it is, and why', async (t) => {
    const made = await HandMade.start(t, failingStatus(true, Date.now()));
    for (const path of PATHS) {
      const page = await visit(t, `${made.origin}${path}`);
      const stale = notice(page, 'Metadata is stale');
      await stale.getByText('it is 7 min old').waitFor();
      await stale.getByText('no answer in 10 s').waitFor();
      await titled(page, 'stale · ');
      if (path === '/') await lookAt(page, 'stale-overview');
    }
  });

  test('says that metadata fails before it is stale, and stops saying so when it is read again', async (t) => {
    const made = await HandMade.start(t, failingStatus(false, Date.now()));
    const page = await visit(t, `${made.origin}/`);
    await notice(page, 'Metadata cannot be read').getByText('What was read last stays routed').waitFor();
    await page.getByRole('region', { name: 'Metadata' }).getByText('fails').waitFor();
    made.status = statusOf(richServices(), {}, Date.now());
    made.tell('metadata-recovered', { at: new Date().toISOString() });
    await notice(page, 'Metadata cannot be read').waitFor({ state: 'detached' });
    await page.getByRole('region', { name: 'While you watched' }).getByText('can be read again').waitFor();
  });

  test('says that what is routed comes from an earlier run', async (t) => {
    const { metadata } = statusOf([]);
    const fromState = { readAt: Date.now() - 7_200_000 };
    const status = statusOf(richServices(), { metadata: { ...metadata, fromState } }, Date.now());
    const made = await HandMade.start(t, status);
    const page = await visit(t, `${made.origin}/routes`);
    await notice(page, 'From LB_STATE_DIR').getByText('2 h ago').waitFor();
  });

  test('of what is not there says so: a service, an install, an explanation', async (t) => {
    const made = await HandMade.start(t, statusOf(richServices(), {}, Date.now()));
    for (const [path, words] of [
      ['/services/shop/nothing', /no service "shop\/nothing"/],
      ['/history/77', /77/],
      ['/explain?service=shop/nothing', /no service "shop\/nothing"/],
    ] as const) {
      const page = await visit(t, `${made.origin}${path}`, { expected: NOT_FOUND });
      await notice(page, 'Not found').getByText(words).waitFor();
    }
    const nowhere = await visit(t, `${made.origin}/services/shop`, { expected: NOT_FOUND, status: 404 });
    await nowhere.getByRole('heading', { name: 'There is no such page' }).waitFor();
    const page = await visit(t, `${made.origin}/explain?host=a%20b`, { expected: /status of 400/ });
    await notice(page, 'This cannot be answered').getByText('"a b" is not a host').waitFor();
    await lookAt(page, 'explain-mistake');
  });

  test('draws five minutes of traffic, and what was not counted is a gap', async (t) => {
    const made = await HandMade.start(t, statusOf(richServices(), {}, Date.now()));
    const recent = fiveMinutes(Date.now());
    made.recent = recent;
    made.statistics = { total: recent.at(-1)!.total };
    const page = await visit(t, `${made.origin}/`);
    await page
      .getByRole('figure', { name: 'Requests' })
      .getByText(/^\d[\d.,]* a second$/)
      .waitFor();
    await lookAt(page, 'charts-overview');
    const sizes = '[...document.querySelectorAll("canvas")].map((canvas) => canvas.toDataURL().length)';
    const inked = await page.evaluate<readonly number[]>(sizes);
    assert.ok(inked.length === 3 && inked.every((characters) => characters > 5_000), String(inked));
  });
});
