import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Admin } from '../../src/admin/server.ts';
import { startAdmin } from '../../src/admin/server.ts';
import type { Status } from '../../src/control/status.ts';
import type { RequestExplanation } from '../../src/control/explainRequest.ts';
import type { ServiceExplanation } from '../../src/control/explainService.ts';
import { errorOf, json } from '../support/adminAnswers.ts';
import { explainedStatus, SECRET } from '../support/explained.ts';
import { notReadyStatus } from '../support/status.ts';

let status: Status;
let admin: Admin;

before(async () => {
  admin = await startAdmin({ port: 0, bind: '127.0.0.1', status: () => status });
});
after(() => admin.stop());

/** Asks while this is the status. */
async function getWith(shown: Status, path: string, init: RequestInit = {}): Promise<Response> {
  status = shown;
  return fetch(`http://127.0.0.1:${admin.port}${path}`, init);
}

describe('/api/explain', () => {
  const explained = explainedStatus();

  test('tells of a request step by step: what was understood, considered, chosen, sent and to whom', async () => {
    const response = await getWith(
      explained,
      '/api/explain?host=WEB.shop.test:8080&path=/v1/web/x%3Fy%3D1&method=post&header=X-A:%20b&header=X-C:d',
    );
    assert.equal(response.status, 200);
    const body = await json<RequestExplanation>(response);
    assert.deepEqual(Object.keys(body), [
      'summary',
      'forwarded',
      'request',
      'considered',
      'unlisted',
      'winner',
      'sent',
      'backend',
      'answer',
      'hints',
    ]);
    assert.deepEqual(body.request, {
      host: 'web.shop.test',
      method: 'POST',
      target: '/v1/web/x?y=1',
      path: '/v1/web/x',
      headers: ['X-A', 'X-C'],
    });
    assert.deepEqual(
      body.considered.map(({ service, takes }) => [service, takes]),
      [
        ['shop/web', true],
        ['shop/web', true],
      ],
    );
    assert.deepEqual(body.winner?.reasons, [
      'before shop/web ({x:[a-z]+}.shop.test/v1/web): its host is exact',
    ]);
    assert.equal(body.sent?.target, '/x?y=1');
    assert.equal(body.backend?.servers.length, 1);
  });

  test('path and method may be left out or blank, as a form sends them', async () => {
    for (const query of ['host=pay.shop.test', 'host=pay.shop.test&path=&method=&service=']) {
      const body = await json<RequestExplanation>(await getWith(explained, `/api/explain?${query}`));
      assert.deepEqual([body.request.method, body.request.target], ['GET', '/']);
      assert.equal(body.hints[0]?.service, 'shop/pay');
    }
  });

  test('tells of a service how each label was understood', async () => {
    const response = await getWith(explained, '/api/explain?service=shop/api');
    const body = await json<ServiceExplanation>(response);
    assert.deepEqual([body.service, body.state], ['shop/api', 'routed']);
    assert.equal(body.labels.length, 8);
  });

  test('shows no credential of any service, nor does any other answer', async () => {
    for (const { id } of explained.install?.derivation.services ?? []) {
      const response = await getWith(explained, `/api/explain?service=${id}`);
      assert.equal(response.status, 200);
      assert.ok(!(await response.text()).includes(SECRET), id);
    }
    for (const path of [
      '/',
      '/api/routes',
      '/api/services',
      '/api/explain?host=api.shop.test&path=/v1',
      '/explain?host=api.shop.test',
    ]) {
      assert.ok(!(await (await getWith(explained, path)).text()).includes(SECRET), path);
    }
  });

  for (const [query, status, code, says] of [
    ['', 400, 'bad-question', /neither host nor service .*\?host=.*\?service=stack\/name/],
    ['host=a&service=b/c', 400, 'bad-question', /both host and service .*\?host=.*\?service=/],
    ['host=a&host=b', 400, 'bad-question', /host is given more than once/],
    ['host=a&metod=POST', 400, 'bad-question', /no parameter "metod"; there are host, path, method/],
    ['host=a%20b', 400, 'bad-request', /"a b" is not a host/],
    ['host=a&path=x', 400, 'bad-request', /must begin with/],
    ['host=a&method=FETCH', 400, 'bad-request', /the method "FETCH"/],
    [
      'service=shop/wbe',
      404,
      'no-such-service',
      /no service "shop\/wbe" .* nearest one is shop\/web; \/api\/services/,
    ],
    ['service=__proto__', 404, 'no-such-service', /no service "__proto__"/],
  ] as const) {
    test(`?${query} is ${status}, and says why`, async () => {
      const response = await getWith(explained, `/api/explain?${query}`);
      assert.equal(response.status, status);
      const error = await errorOf(response);
      assert.equal(error.code, code);
      assert.match(error.message, says);
    });
  }

  test('answers HEAD, and before the first install 503', async () => {
    const head = await getWith(explained, '/api/explain?service=shop/api', { method: 'HEAD' });
    assert.deepEqual([head.status, await head.text()], [200, '']);
    assert.ok(Number(head.headers.get('content-length')) > 100);
    assert.equal((await getWith(notReadyStatus(), '/api/explain?host=a')).status, 503);
  });
});
