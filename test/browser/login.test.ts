import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page, Response } from 'playwright-core';
import { startAdmin, type Admin, type AdminOptions } from '../../src/admin/server.ts';
import { PASSWORD, USERS } from '../support/adminLogin.ts';
import { releaseForm } from '../../src/admin/page/releaseForm.ts';
import { richServices, statusOf } from '../support/status.ts';
import { launchChromium } from './chromium.ts';

let browser: Browser;
before(async () => {
  browser = await launchChromium();
});
after(() => browser?.close());

/** An admin server that asks for a login, for the length of one call. */
async function withAdmin(
  act: (admin: Admin, origin: string) => Promise<void>,
  options: Partial<AdminOptions> = {},
): Promise<void> {
  const admin = await startAdmin({
    port: 0,
    bind: '127.0.0.1',
    status: () => statusOf(richServices(), {}, Date.now()),
    users: USERS,
    ...options,
  });
  try {
    await act(admin, `http://127.0.0.1:${admin.port}`);
  } finally {
    await admin.stop();
  }
}

describe('the page behind a login', () => {
  test('is shown to whoever gives a name and a password, and its forms work', async () => {
    const [, { name: username } = { name: '' }] = USERS;
    await withAdmin(async (_, origin) => {
      const context = await browser.newContext({ httpCredentials: { username, password: PASSWORD } });
      const page = await context.newPage();
      const complaints: string[] = [];
      // The challenge itself, which the browser answers, is all that it may complain about.
      page.on('console', (message) => complaints.push(message.text()));
      assert.equal((await page.goto(origin))?.status(), 200);
      await page.getByRole('searchbox').fill('web-test');
      await page.getByRole('button', { name: 'Filter' }).click();
      await page.waitForURL('**/?q=web-test');
      assert.equal(await page.locator('details').count(), 1);
      assert.deepEqual(
        complaints.filter((text) => !text.includes('401')),
        [],
      );
      await context.close();
    });
  });

  test('is shown to nobody else', async () => {
    await withAdmin(async (_, origin) => {
      for (const httpCredentials of [undefined, { username: 'ops', password: 'wrong' }]) {
        const context = await browser.newContext(httpCredentials === undefined ? {} : { httpCredentials });
        const page = await context.newPage();
        const response = await page.goto(origin).catch(() => null);
        // Where the browser has nothing to answer the challenge with it may show its own dialog instead of a response.
        if (response !== null) assert.equal(response.status(), 401);
        assert.equal(await page.locator('details').count(), 0);
        await context.close();
      }
    });
  });
});

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
  test('works on our page, without a script, and leads back to it', async () => {
    let released = 0;
    await withAdmin(
      async (_, origin) => {
        const page = await browser.newPage({ httpCredentials: { username: 'ops', password: PASSWORD } });
        await page.goto(origin);
        const response = await sendForm(page, releaseForm().text);
        assert.equal(response?.status(), 303);
        assert.equal(page.url(), `${origin}/`);
        assert.equal(released, 1);
        await page.close();
      },
      {
        release() {
          released++;
          return 'released';
        },
      },
    );
  });

  test('does not work on the page of somebody else, even where it asks for no login', async () => {
    let released = 0;
    const options: Partial<AdminOptions> = {
      users: [],
      release() {
        released++;
        return 'released';
      },
    };
    const elsewhere = createServer((_, response) =>
      response.setHeader('Content-Type', 'text/html').end('<p>'),
    );
    elsewhere.listen(0, '127.0.0.1');
    await once(elsewhere, 'listening');
    const { port } = elsewhere.address() as AddressInfo;
    try {
      await withAdmin(async (_, origin) => {
        // Another site, and another port of the same host, which is the same site to the browser.
        for (const stranger of [`http://localhost:${port}`, `http://127.0.0.1:${port}`]) {
          const page = await browser.newPage();
          await page.goto(stranger);
          const form = releaseForm().text.replace('/api/release', `${origin}/api/release`);
          assert.equal((await sendForm(page, form))?.status(), 403);
          await page.close();
        }
        assert.equal(released, 0);
      }, options);
    } finally {
      elsewhere.close();
    }
  });
});
