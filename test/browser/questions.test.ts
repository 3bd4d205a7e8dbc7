import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { toDocuments } from '../../src/demo/records.ts';
import { explainedStatus, SECRET } from '../support/explained.ts';
import { HandMade } from './handMade.ts';
import { startLively } from './lively.ts';
import { useBrowser } from './visit.ts';

const visit = useBrowser();

suite('the page Explain', () => {
  test('takes a whole URL apart, and tells step by step where such a request goes', async (t) => {
    const made = await HandMade.start(t, explainedStatus());
    const page = await visit(t, `${made.origin}/explain`);
    await page.getByLabel('URL or host').fill('http://API.shop.test:8080/v1/web/x?y=1');
    await page.getByLabel('Method').selectOption('POST');
    await page.getByText('Header fields').click();
    await page.getByLabel('One on each line').fill('X-A: b\nX-C: d');
    await page.getByRole('button', { name: 'Explain the request' }).click();
    await page.getByText('Goes to shop/web', { exact: true }).waitFor();
    assert.match(
      page.url(),
      /\?host=API\.shop\.test%3A8080&path=%2Fv1%2Fweb%2Fx%3Fy%3D1&method=POST&header=/,
    );
    for (const title of ['The request', 'The routes', 'The winner', 'What is sent on', 'The servers'])
      await page.getByRole('heading', { name: title }).waitFor();
    assert.equal(await page.getByLabel('Path').inputValue(), '/v1/web/x?y=1');
    await page
      .getByRole('region', { name: 'The routes' })
      .getByRole('link', { name: 'shop/api' })
      .first()
      .click();
    await page.getByText('nearest known label is traefik.weight').waitFor();
    await page.goBack();
    await page.getByText('Goes to shop/web', { exact: true }).waitFor();
    assert.equal(await page.getByLabel('Method').inputValue(), 'POST');
  });

  test('suggests services, tells how the labels of one were understood, and shows no credential', async (t) => {
    const made = await HandMade.start(t, explainedStatus());
    const page = await visit(t, `${made.origin}/explain`);
    const field = page.getByRole('combobox', { name: 'Service' });
    await field.fill('admin');
    await page.locator('datalist option[value="shop/admin"]').waitFor({ state: 'attached' });
    await field.fill(' shop/admin ');
    await page.getByRole('button', { name: 'Explain the service' }).click();
    await page.getByRole('heading', { name: 'shop/admin' }).waitFor();
    await page.getByText('refuses').waitFor();
    assert.ok(!(await page.content()).includes(SECRET));
    await page.getByRole('link', { name: 'try other labels' }).click();
    await page.getByLabel('Value of traefik.port').waitFor();
    assert.ok(!(await page.content()).includes(SECRET));
  });
});

suite('the page Dry run', () => {
  test('fills in the labels that a service has, sends those that differ, and says what they would change', async (t) => {
    const { origin, lb } = await startLively(t);
    const page = await visit(t, `${origin}/dry-run`);
    await page.getByRole('combobox', { name: 'Service' }).fill('shop/web');
    await page.getByRole('button', { name: 'Take its labels' }).click();
    const alias = page.getByLabel('Value of traefik.alias.fqdn');
    assert.equal(await alias.inputValue(), 'www.example.com');
    await alias.fill('shop.example.com');
    await page.getByRole('button', { name: 'Remove traefik.domain' }).click();
    await page.getByRole('button', { name: 'Add a label' }).click();
    await page.getByLabel('Name of label 5').fill('traefik.weigth');
    await page.getByLabel('Value of traefik.weigth').fill('3');
    const sent = page.waitForRequest((request) => request.method() === 'POST');
    await page.getByRole('button', { name: 'Try it' }).click();
    assert.deepEqual((await sent).postDataJSON(), {
      service: 'shop/web',
      labels: { 'traefik.alias.fqdn': 'shop.example.com', 'traefik.domain': null, 'traefik.weigth': '3' },
    });
    await page.getByText(/^This would change: \d routes? added, .*; \d new warnings?$/).waitFor();
    const findings = page.getByRole('region', { name: 'Findings that there would be' });
    await findings.getByText('nearest known label is traefik.weight').waitFor();
    assert.equal(lb.linesOf('installed').length, 1, 'nothing of it is applied');
    await alias.fill('other.example.com');
    assert.equal(await findings.count(), 0, 'what was answered is not about what stands in the form now');
    await page.getByRole('button', { name: 'Take its labels' }).click();
    await page.getByText('Nothing is changed yet.').waitFor();
    assert.equal(await page.getByLabel('Value of traefik.alias.fqdn').inputValue(), 'www.example.com');
  });

  test('follows labels that somebody changes meanwhile, but for those that were edited', async (t) => {
    const made = await HandMade.start(t, explainedStatus(undefined, Date.now()));
    const page = await visit(t, `${made.origin}/dry-run?service=shop/api`);
    await page.getByLabel('Value of traefik.weigth').fill('9');
    const services = made.status.install!.derivation.services.map((report) =>
      report.id === 'shop/api'
        ? { ...report, labels: { ...report.labels, 'traefik.weigth': '4', 'traefik.late': 'new' } }
        : report,
    );
    const { install } = made.status;
    made.show({
      ...made.status,
      install: { ...install!, derivation: { ...install!.derivation, services } },
    });
    await page.getByLabel('Value of traefik.late').waitFor();
    assert.equal(await page.getByLabel('Value of traefik.weigth').inputValue(), '9');
  });

  test('of labels as they are changes nothing, and of a service without any begins with what it needs', async (t) => {
    const { origin } = await startLively(t);
    const page = await visit(t, `${origin}/dry-run?service=shop/web`);
    await page.getByText('Nothing is changed yet.').waitFor();
    await page.getByRole('button', { name: 'Try it' }).click();
    await page.getByText('This would change nothing', { exact: true }).waitFor();
    const other = await visit(t, `${origin}/dry-run?service=blog/unlabelled`, { expected: /status of 404/ });
    await other.getByLabel('Value of traefik.domain').fill('example.com');
    await other.getByLabel('Value of traefik.port').fill('80');
    await other.getByRole('button', { name: 'Try it' }).click();
    await other.getByRole('region', { name: 'Routes' }).getByText('unlabelled.blog.example.com').waitFor();
  });

  test('of whole metadata tells what would change, and what is wrong with it', async (t) => {
    const { origin } = await startLively(t);
    const page = await visit(t, `${origin}/dry-run`, { expected: /status of 400/ });
    await page.getByRole('link', { name: 'Whole metadata' }).click();
    assert.match(page.url(), /\?of=metadata$/);
    const field = page.getByLabel('What rancher-metadata would answer');
    const ask = async (text: string): Promise<void> => {
      await field.fill(text);
      await page.getByRole('button', { name: 'Try it' }).click();
    };
    await ask('{ "services": ');
    await page.getByText('This is no JSON').waitFor();
    await ask('{ "services": 7 }');
    await page.getByText('services in the body is 7; a list was expected').waitFor();
    await ask(JSON.stringify(toDocuments({ stacks: [] })));
    await page.getByText('It would be held').waitFor();
    await page.getByRole('region', { name: 'Routes' }).getByText('6 removed').waitFor();
  });

  test('says which service there is none of', async (t) => {
    const { origin } = await startLively(t);
    const page = await visit(t, `${origin}/dry-run?service=shop/wbe`, { expected: /status of 404/ });
    await page.getByRole('button', { name: 'Try it' }).click();
    await page.getByText('nearest one is shop/web').waitFor();
  });
});
