import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServiceView } from '../../../src/control/views.ts';
import { answerAsWebTest } from '../../../src/demo/webTest.ts';
import { ADDRESSES, HOST, startContainers, webTest } from '../../support/containers.ts';
import { startTestDaemon } from '../../support/daemon.ts';
import { startStandIn } from '../../support/standIn.ts';

test('a server that keeps failing is logged, shown with the reason, counted, and not asked', async (t) => {
  const port = await startContainers(t, ADDRESSES, (name, request, response) => {
    if (name === 'web-2') response.destroy();
    else answerAsWebTest(name, request, response);
  });
  const metadata = await startStandIn(t, webTest(port, ['web-1', 'web-2']));
  const lb = await startTestDaemon(t, { LB_METADATA_URL: metadata.base });
  await lb.logged('installed');
  for (let n = 0; n < 10; n += 1) assert.equal(await lb.whoAnswers(HOST), 'web-1');
  const { msg } = await lb.logged('server-ejected');
  assert.match(msg, /server web-2 .* of proxy-test\/web-test is ejected: it broke off before it answered/);
  const { body } = await lb.admin<ServiceView>('/api/services/proxy-test/web-test');
  const [well, sick] = body.servers;
  assert.deepEqual([well?.status, well?.reason], ['active', undefined]);
  assert.equal(sick?.status, 'ejected');
  assert.match(
    sick?.reason ?? '',
    /broke off before it answered, 3 times in a row; it gets no requests until/,
  );
  assert.equal((await lb.overview()).conditions.ejectedServers, 1);
  metadata.set(webTest(port, ['web-1', 'web-3']));
  await lb.logged('installed', 1);
  assert.equal((await lb.overview()).conditions.ejectedServers, 0, 'it left');
});
