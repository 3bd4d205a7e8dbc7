import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { lookAt } from './looks.ts';
import { startLively } from './lively.ts';
import { useBrowser } from './visit.ts';

const visit = useBrowser();

/** Every page of a daemon that has something to show on it, and what is awaited there. */
const PAGES: Readonly<Record<string, readonly [path: string, shown: (page: Page) => Promise<unknown>]>> = {
  overview: ['/', (page) => page.getByRole('region', { name: 'Findings' }).waitFor()],
  routes: ['/routes', (page) => page.getByRole('table').waitFor()],
  services: ['/services', (page) => page.getByText('1 ejected').waitFor()],
  service: ['/services/shop/api', (page) => page.getByText('it is ejected, since').waitFor()],
  'service-refused': [
    '/services/shop/admin',
    (page) => page.getByText('not supported by this version').waitFor(),
  ],
  explain: ['/explain', (page) => page.getByRole('button', { name: 'Explain the request' }).waitFor()],
  'explain-request': [
    '/explain?host=api.example.com&path=/v1/orders&method=POST',
    (page) => page.getByText('Goes to shop/api', { exact: true }).waitFor(),
  ],
  'explain-unrouted': [
    '/explain?host=pay.shop.example.com',
    (page) => page.getByText('Is answered 404', { exact: true }).waitFor(),
  ],
  'explain-service': [
    '/explain?service=shop/api',
    (page) => page.getByRole('heading', { name: 'What no label says' }).waitFor(),
  ],
  'dry-run': ['/dry-run', (page) => page.getByRole('button', { name: 'Take its labels' }).waitFor()],
  'dry-run-labels': ['/dry-run?service=shop/api', tryOtherLabels],
  'dry-run-metadata': ['/dry-run?of=metadata', tryNothing],
  history: ['/history', (page) => page.getByText('2 installs').waitFor()],
  'history-entry': ['/history/2', (page) => page.getByRole('region', { name: 'Servers' }).waitFor()],
};

async function tryOtherLabels(page: Page): Promise<void> {
  await page.getByLabel('Value of traefik.frontend.rule').fill('Host:web.shop.example.com');
  await page.getByRole('button', { name: 'Remove traefik.weigth' }).click();
  await page.getByRole('button', { name: 'Add a label' }).click();
  await page.getByLabel('Name of label 6').fill('traefik.colour');
  await page.getByRole('button', { name: 'Try it' }).click();
  await page.getByText('This would change').waitFor();
}

async function tryNothing(page: Page): Promise<void> {
  await page.getByLabel('What rancher-metadata would answer').fill('{ "services": [] }');
  await page.getByRole('button', { name: 'Try it' }).click();
  await page.getByText('It would be held').waitFor();
}

test('every page of a running daemon fits its window, is readable, and axe has nothing against it', async (t) => {
  const lively = await startLively(t);
  lively.beBusy();
  lively.scale(2);
  await lively.lb.logged('installed', 1);
  for (const [name, [path, shown]] of Object.entries(PAGES)) {
    await t.test(name, async (t) => {
      const page = await visit(t, `${lively.origin}${path}`);
      await shown(page);
      await lookAt(page, name);
    });
  }
});
