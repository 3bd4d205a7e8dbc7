import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test, type TestContext } from 'node:test';
import type { Browser, Page, Response } from 'playwright-core';
import type { AdminOptions } from '../../src/admin/server.ts';
import { PASSWORD, USERS } from '../support/adminLogin.ts';
import { cleanup } from '../support/cleanup.ts';
import { explainedStatus } from '../support/explained.ts';
import { richServices, statusOf } from '../support/status.ts';
import { launchChromium } from './chromium.ts';
import { HandMade } from './handMade.ts';
import { useBrowser } from './visit.ts';

const visit = useBrowser();
const httpCredentials = { username: USERS[1]?.name ?? '', password: PASSWORD };
/** The challenge itself, which the browser answers, is all that it may complain about. */
const CHALLENGE = /status of 401/;

let browser: Browser;
before(async () => {
  browser = await launchChromium();
});
after(() => browser?.close());

/** An admin server that asks for a login. */
function startGuarded(t: TestContext, options: Partial<AdminOptions> = {}): Promise<HandMade> {
  return HandMade.start(t, explainedStatus(undefined, Date.now()), { users: USERS, ...options });
}

/** A status in which a refresh is held, or was released and is not live yet. */
function heldStatus(isReleased: boolean, now = Date.now()) {
  const { metadata } = statusOf([]);
  const hold = { since: now - 20_000, until: now + 40_000, serversBefore: 10, serversAfter: 1 };
  const held = { ...hold, servicesLost: ['shop/api'], isReleased };
  return statusOf(richServices(), { metadata: { ...metadata, held } }, now);
}

describe('the page behind a login', () => {
  test('works whole for whoever gives a name and a password: lists, events, explanations, dry runs', async (t) => {
    const bodies: string[] = [];
    const made = await startGuarded(t, {
      dryRun(body) {
        bodies.push(body.toString());
        return Promise.resolve({ kind: 'mistake', code: 'bad-proposal', message: 'as the test wants it' });
      },
    });
    const expected = /status of 40[01]/;
    const page = await visit(t, `${made.origin}/services`, { httpCredentials, expected });
    await page.getByRole('status').getByText('live').waitFor();
    await page.getByRole('link', { name: 'shop/api' }).click();
    await page.getByRole('link', { name: 'How its labels were understood' }).click();
    await page.getByRole('link', { name: 'try other labels' }).click();
    await page.getByLabel('Value of traefik.weigth').fill('4');
    await page.getByRole('button', { name: 'Try it' }).click();
    await page.getByText('as the test wants it').waitFor();
    assert.deepEqual(bodies, ['{"service":"shop/api","labels":{"traefik.weigth":"4"}}']);
    made.show(statusOf(richServices(), {}, Date.now()));
    await page.getByRole('link', { name: 'Routes', exact: true }).click();
    await page.getByRole('link', { name: 'web-test.proxy-test.local' }).waitFor();
  });

  test('is shown to nobody else', async (t) => {
    const made = await startGuarded(t);
    for (const wrong of [undefined, { username: 'ops', password: 'wrong' }]) {
      const context = await browser.newContext(wrong === undefined ? {} : { httpCredentials: wrong });
      cleanup(t, () => context.close());
      const page = await context.newPage();
      const response = await page.goto(made.origin).catch(() => null);
      // Where the browser has nothing to answer the challenge with it may show its own dialog instead of a response.
      if (response !== null) assert.equal(response.status(), 401);
      assert.equal(await page.locator('#app').count(), 0);
    }
  });
});

/** A form as anybody could write it. */
const FORM = (action: string) => `<form action="${action}" method="post"><button>Release now</button></form>`;

/** Puts a form into a page of the browser's and sends it. */
async function sendForm(page: Page, form: string): Promise<Response | null> {
  await page.evaluate(`document.body.innerHTML = ${JSON.stringify(form)}`);
  const answered = page.waitForResponse((response) => response.request().method() === 'POST');
  await page.getByRole('button').click();
  const response = await answered;
  await page.waitForLoadState();
  return response;
}

describe('the button that releases', () => {
  test('works on our page behind a login, which stays where it is', async (t) => {
    let released = 0;
    const made = await startGuarded(t, {
      release() {
        released++;
        made.status = heldStatus(true);
        return 'released';
      },
    });
    made.status = heldStatus(false);
    const page = await visit(t, `${made.origin}/services`, { httpCredentials, expected: CHALLENGE });
    await page.getByText('of 10 servers, 1 would be left').waitFor();
    const answered = page.waitForResponse((response) => response.request().method() === 'POST');
    await page.getByRole('button', { name: 'Release now' }).click();
    assert.equal((await answered).status(), 200);
    made.show(made.status);
    await page.getByText('What was held goes live in a moment.').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Release now' }).count(), 0);
    assert.equal(page.url(), `${made.origin}/services`);
    assert.equal(released, 1);
  });

  test('does not work on the page of somebody else, even where it asks for no login', async (t) => {
    let released = 0;
    const made = await startGuarded(t, {
      users: [],
      release() {
        released++;
        return 'released';
      },
    });
    const elsewhere = createServer((_, response) =>
      response.setHeader('Content-Type', 'text/html').end('<p>'),
    );
    elsewhere.listen(0, '127.0.0.1');
    await once(elsewhere, 'listening');
    cleanup(t, () => elsewhere.close());
    const { port } = elsewhere.address() as AddressInfo;
    // Another site, and another port of the same host, which is the same site to the browser.
    for (const stranger of [`http://localhost:${port}`, `http://127.0.0.1:${port}`]) {
      const page = await browser.newPage();
      await page.goto(stranger);
      assert.equal((await sendForm(page, FORM(`${made.origin}/api/release`)))?.status(), 403);
      await page.close();
    }
    assert.equal(released, 0);
  });
});
