import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, suite, test } from 'node:test';
import { startAdmin, type Admin } from '../../src/admin/server.ts';
import type { Status } from '../../src/control/status.ts';
import { errorOf } from '../support/adminAnswers.ts';
import {
  failingStatus,
  hostileServices,
  manyServices,
  notReadyStatus,
  richServices,
  statusOf,
} from '../support/status.ts';

/** What a browser must fetch to show any page. */
const MOST_BYTES = 150_000;
const PAGES = ['/', '/routes', '/services', '/explain', '/dry-run', '/history'];
const DEEP = [
  '/services/shop/api',
  '/services/a%20b/%3Cx%3E',
  '/history/7',
  '/routes?q=a&sort=-rate',
  '/routes/',
];

let status: Status = statusOf(richServices());
let admin: Admin;
before(async () => {
  admin = await startAdmin({ port: 0, bind: '127.0.0.1', status: () => status });
});
after(() => admin.stop());

function get(path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`http://127.0.0.1:${admin.port}${path}`, init);
}

async function documentOf(shown: Status): Promise<string> {
  status = shown;
  return (await get('/')).text();
}

/** The text of the only element of that name. */
function elementIn(document: string, name: string): string {
  const found = [...document.matchAll(new RegExp(`<${name}>([^]*?)</${name}>`, 'g'))];
  assert.equal(found.length, 1, name);
  return found[0]![1]!;
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

/** A Content-Security-Policy, by directive. */
function policyOf(response: Response): ReadonlyMap<string, string> {
  const directives = (response.headers.get('content-security-policy') ?? '').split('; ');
  return new Map(directives.map((each) => each.split(/ (.*)/s).slice(0, 2) as [string, string]));
}

suite('the document', () => {
  test('is the same on every page, whatever follows, and small', async () => {
    const bodies = new Set<string>();
    for (const path of [...PAGES, ...DEEP]) {
      const response = await get(path);
      assert.equal(response.status, 200, path);
      assert.equal(response.headers.get('content-type'), 'text/html; charset=utf-8');
      bodies.add(await response.text());
    }
    assert.equal(bodies.size, 1);
    const [body = ''] = bodies;
    assert.match(body, /^<!doctype html>\s*<html lang="en">/);
    const bytes = Buffer.byteLength(body);
    assert.ok(bytes <= MOST_BYTES, `${bytes} bytes`);
  });

  test('allows exactly its own script and style, and requests to this server alone', async () => {
    const response = await get('/routes');
    const document = await response.text();
    assert.deepEqual(
      [...policyOf(response)],
      [
        ['default-src', "'none'"],
        ['style-src', hashOf(elementIn(document, 'style'))],
        ['img-src', 'data:'],
        ['script-src', hashOf(elementIn(document, 'script'))],
        ['connect-src', "'self'"],
        ['form-action', "'self'"],
        ['base-uri', "'none'"],
        ['frame-ancestors', "'none'"],
      ],
    );
    assert.doesNotMatch(document.replace(/<script>[^]*<\/script>/, ''), / (src|style|on[a-z]+)=/);
  });

  test('is needed for nothing else: answers for programs allow nothing', async () => {
    for (const path of ['/api/overview', '/api/routes', '/ping', '/nothing'])
      assert.deepEqual(
        [...policyOf(await get(path))],
        [
          ['default-src', "'none'"],
          ['form-action', "'self'"],
          ['base-uri', "'none'"],
          ['frame-ancestors', "'none'"],
        ],
        path,
      );
  });

  test('answers HEAD with the same fields and no body, and other methods with 405', async () => {
    const whole = await get('/services');
    const head = await get('/services', { method: 'HEAD' });
    assert.deepEqual([head.status, await head.text()], [200, '']);
    for (const name of ['content-type', 'content-length', 'content-security-policy'])
      assert.equal(head.headers.get(name), whole.headers.get(name), name);
    await whole.arrayBuffer();
    for (const path of ['/', '/routes', '/services/shop/api']) {
      const response = await get(path, { method: 'POST' });
      assert.deepEqual([response.status, response.headers.get('allow')], [405, 'GET, HEAD']);
      assert.equal((await errorOf(response)).code, 'method-not-allowed');
    }
  });

  test('says of a path below a page that there is nothing', async () => {
    for (const path of ['/services/shop', '/services/a/b/c', '/history/1/2', '/dry-run/x', '/services//x']) {
      const response = await get(path);
      assert.equal(response.status, 404, path);
      assert.match(await response.text(), /^<!doctype html>/);
    }
  });

  test('stands at no other path', async () => {
    for (const path of ['/Routes', '/index.html', '/page/routes']) {
      const response = await get(path);
      assert.equal(response.status, 404, path);
      assert.equal((await errorOf(response)).code, 'not-found');
    }
  });
});

/** What it says to those who run no script. */
async function plainOf(shown: Status): Promise<string> {
  return elementIn(await documentOf(shown), 'noscript').replace(/\s+/g, ' ');
}

suite('without a script it', () => {
  test('says what is routed', async () => {
    const text = await plainOf(statusOf(richServices()));
    assert.match(text, /5 routes; 2 errors and 2 warnings in labels/);
    assert.match(text, /<li>web-test\.proxy-test\.local → proxy-test\/web-test \(3 servers\)<\/li>/);
    assert.match(text, /<li>admin\.shop\.local → shop\/admin \(refused\)<\/li>/);
  });

  test('says what is the matter', async () => {
    const notReady = await plainOf(notReadyStatus());
    assert.match(notReady, /Not ready: no table is installed yet/);
    assert.match(notReady, /Metadata cannot be read: .*no such host/);
    assert.match(notReady, /Nothing is routed yet/);
    assert.match(await plainOf(failingStatus(true)), /read 7 min ago.*Metadata is stale/);
  });

  test('says of very many routes how many more there are', async () => {
    const text = await plainOf(statusOf(manyServices(2_000)));
    assert.equal(text.split('<li>').length - 1, 300);
    assert.match(text, /… and 1,700 more routes/);
  });

  test('shows what metadata says as text', async () => {
    const lastError = { message: '</noscript><script>window.owned=1</script>', at: 0 };
    const hostile = statusOf(hostileServices());
    const metadata = { ...hostile.metadata, lastError };
    const document = await documentOf({ ...hostile, metadata, notReady: ['</noscript><b>'] });
    const text = elementIn(document, 'noscript');
    assert.match(text, /&lt;script&gt;window\.owned=1&lt;\/script&gt;/);
    assert.doesNotMatch(text, /<(?!\/?(main|h1|p|ul|li|a)\b)/);
    elementIn(document, 'script');
  });
});
