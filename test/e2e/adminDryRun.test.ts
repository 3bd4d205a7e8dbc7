import assert from 'node:assert/strict';
import { suite, test, type TestContext } from 'node:test';
import type { AdminOptions } from '../../src/admin/server.ts';
import type { DryRunOutcome } from '../../src/control/events.ts';
import { basic, PASSWORD, startGuarded } from '../support/adminLogin.ts';
import { errorOf } from '../support/adminAnswers.ts';

const JSON_TYPE = { 'Content-Type': 'application/json' };
const BODY = '{"service": "shop/web", "labels": {}}';

/** An admin server whose dry runs come out like this, and the bodies that got so far. */
async function start(
  t: TestContext,
  outcome: DryRunOutcome | null = null,
  options: Partial<AdminOptions> = {},
) {
  const bodies: string[] = [];
  const { port } = await startGuarded(t, {
    users: [],
    dryRun(body) {
      bodies.push(body.toString());
      return outcome === null ? null : Promise.resolve(outcome);
    },
    ...options,
  });
  const ask = (init: RequestInit = {}) =>
    fetch(`http://127.0.0.1:${port}/api/dry-run`, {
      method: 'POST',
      headers: JSON_TYPE,
      body: BODY,
      ...init,
    });
  return { ask, bodies };
}

const DONE: DryRunOutcome = { kind: 'done', json: new TextEncoder().encode('{"changes":[]}\n') };

suite('POST /api/dry-run', () => {
  test('hands the body on as it came, and answers what is told', async (t) => {
    const { ask, bodies } = await start(t, DONE);
    const response = await ask();
    assert.deepEqual([response.status, await response.text()], [200, '{"changes":[]}\n']);
    assert.equal(response.headers.get('content-type'), 'application/json');
    assert.deepEqual(bodies, [BODY]);
    for (const type of [
      'application/json; charset=utf-8',
      'Application/JSON;charset=UTF-8',
      'application/json ',
    ]) {
      assert.equal((await ask({ headers: { 'Content-Type': type } })).status, 200, type);
    }
  });

  for (const [outcome, status] of [
    [{ kind: 'mistake', code: 'not-json', message: 'a' }, 400],
    [{ kind: 'mistake', code: 'bad-proposal', message: 'b' }, 400],
    [{ kind: 'mistake', code: 'too-much', message: 'c' }, 400],
    [{ kind: 'mistake', code: 'no-such-service', message: 'd' }, 404],
    [{ kind: 'unavailable', code: 'busy', message: 'e' }, 503],
    [{ kind: 'unavailable', code: 'no-answer', message: 'f' }, 503],
    [{ kind: 'unavailable', code: 'no-metadata', message: 'g' }, 503],
  ] as const) {
    test(`${outcome.code} is ${status}`, async (t) => {
      const { ask } = await start(t, outcome);
      const response = await ask();
      assert.equal(response.status, status);
      assert.equal(response.headers.get('retry-after'), status === 503 ? '1' : null);
      assert.deepEqual(await errorOf(response), { code: outcome.code, message: outcome.message });
    });
  }

  test('is 503 where nobody can be asked, and 500 for a bug, which is told', async (t) => {
    assert.equal((await (await start(t)).ask()).status, 503);
    assert.equal((await (await start(t, DONE, { dryRun: undefined })).ask()).status, 503);
    const faults: unknown[] = [];
    const bug = new Error('a bug was put here');
    const { ask } = await start(t, null, {
      dryRun: () => Promise.reject(bug),
      onFault: (fault) => faults.push(fault),
    });
    const response = await ask();
    assert.deepEqual([response.status, (await errorOf(response)).code], [500, 'internal']);
    assert.deepEqual(faults, [bug]);
  });

  test('takes a megabyte and no byte more, whether it says so or not', async (t) => {
    const { ask, bodies } = await start(t, DONE);
    const megabyte = 'x'.repeat(1024 * 1024);
    assert.equal((await ask({ body: megabyte })).status, 200);
    const chunked = () => new Blob([megabyte, 'y']).stream();
    for (const init of [{ body: `${megabyte}y` }, { body: chunked(), duplex: 'half' } as RequestInit]) {
      const response = await ask(init);
      assert.deepEqual([response.status, (await errorOf(response)).code], [413, 'body-too-large']);
      assert.equal(response.headers.get('connection'), 'close');
    }
    assert.equal(bodies.length, 1);
  });

  test('takes JSON alone, which must say that it is, and be sent as it is', async (t) => {
    const { ask, bodies } = await start(t, DONE);
    for (const [headers, code, says] of [
      [{ 'Content-Type': 'text/plain' }, 'not-json', /Content-Type: application\/json \(with curl/],
      [{ 'Content-Type': 'application/jsonp' }, 'not-json', /must be JSON/],
      [{ 'Content-Type': 'text/plain, application/json' }, 'not-json', /must be JSON/],
      [{ 'Content-Type': 'application/x-www-form-urlencoded' }, 'not-json', /must be JSON/],
      [{ ...JSON_TYPE, 'Content-Encoding': 'gzip' }, 'encoded-body', /without Content-Encoding/],
    ] as const) {
      const response = await ask({ headers });
      assert.equal(response.status, 415);
      const error = await errorOf(response);
      assert.equal(error.code, code);
      assert.match(error.message, says);
    }
    assert.deepEqual(bodies, []);
  });

  test('is nothing for pages of other origins, nor without the login where there is one', async (t) => {
    const { ask, bodies } = await start(t, DONE);
    for (const field of [
      ['Origin', 'http://evil.example'],
      ['Origin', 'null'],
      ['Sec-Fetch-Site', 'cross-site'],
    ] as const) {
      const response = await ask({ headers: [...Object.entries(JSON_TYPE), [...field]] });
      assert.deepEqual([response.status, (await errorOf(response)).code], [403, 'foreign-origin']);
    }
    assert.deepEqual(bodies, []);

    const users = await startGuarded(t, { dryRun: () => Promise.resolve(DONE) });
    const url = `http://127.0.0.1:${users.port}/api/dry-run`;
    assert.equal((await fetch(url, { method: 'POST', headers: JSON_TYPE, body: BODY })).status, 401);
    const headers = { ...JSON_TYPE, Authorization: basic('ops', PASSWORD) };
    assert.equal((await fetch(url, { method: 'POST', headers, body: BODY })).status, 200);
  });

  test('is only for POST', async (t) => {
    const { ask } = await start(t, DONE);
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const response = await ask({ method, ...(method === 'GET' ? { body: null } : {}) });
      assert.deepEqual([response.status, response.headers.get('allow')], [405, 'POST']);
    }
  });
});
