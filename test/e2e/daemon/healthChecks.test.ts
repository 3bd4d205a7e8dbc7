import assert from 'node:assert/strict';
import { suite, test, type TestContext } from 'node:test';
import type { Environment } from '../../../src/demo/environment.ts';
import { answerAsWebTest } from '../../../src/demo/webTest.ts';
import type { Overview } from '../../../src/admin/overview.ts';
import type { ServiceView } from '../../../src/control/views.ts';
import { ADDRESSES, HOST, startContainers, webTest } from '../../support/containers.ts';
import { startTestDaemon, type TestDaemon } from '../../support/daemon.ts';
import { daemonEnv, startProgram } from '../../support/program.ts';
import { startStandIn } from '../../support/standIn.ts';

const CHECKED = {
  'traefik.backend.healthcheck.path': '/health',
  'traefik.backend.healthcheck.interval': '1s',
};

/** `proxy-test/web-test` as Rancher calls it, all healthy, whose checks fail as told here. */
async function startService(t: TestContext) {
  const failing = new Set<string>();
  const port = await startContainers(t, ADDRESSES, (name, request, response) => {
    if (request.url === '/health') response.writeHead(failing.has(name) ? 503 : 200).end();
    else answerAsWebTest(name, request, response);
  });
  const environment = (
    names: readonly string[],
    labels: Readonly<Record<string, string>> = CHECKED,
  ): Environment =>
    webTest(port, names, {
      labels: {
        'traefik.enable': 'true',
        'traefik.domain': 'local',
        'traefik.port': String(port),
        ...labels,
      },
    });
  return { failing, environment };
}

async function start(t: TestContext, names: readonly string[], failingAtFirst: readonly string[] = []) {
  const { failing, environment } = await startService(t);
  for (const name of failingAtFirst) failing.add(name);
  const metadata = await startStandIn(t, environment(names));
  const lb = await startTestDaemon(t, { LB_METADATA_URL: metadata.base });
  await lb.logged('installed');
  return { lb, failing, metadata, environment };
}

/** Who answers when asked a few times, without repetition. */
async function answering(lb: TestDaemon): Promise<string[]> {
  const names = new Set<string>();
  for (let i = 0; i < 8; i++) names.add(await lb.whoAnswers(HOST));
  return [...names].sort();
}

suite('a server whose active check fails', { concurrency: 3 }, () => {
  test('gets no requests though Rancher calls it healthy, is shown with the reason, and comes back', async (t) => {
    const { lb, failing } = await start(t, ['web-1', 'web-2'], ['web-2']);
    const failed = await lb.logged('server-failed');
    assert.match(failed.msg, /server web-2 .* of proxy-test\/web-test fails its health check: answered 503/);
    assert.deepEqual(await answering(lb), ['web-1']);
    const { body } = await lb.admin<ServiceView>('/api/services/proxy-test/web-test');
    assert.deepEqual(
      body.servers.map(({ id, status, reason }) => [id, status, reason]),
      [
        ['web-1', 'active', undefined],
        ['web-2', 'failing', 'answered 503'],
      ],
    );
    assert.deepEqual((await lb.overview()).conditions, {
      failingServers: 1,
      ejectedServers: 0,
      openBreakers: 0,
    });
    failing.clear();
    await lb.logged('server-recovered');
    assert.deepEqual(await answering(lb), ['web-1', 'web-2']);
  });

  test('is answered for with 503 where all fail', async (t) => {
    const { lb } = await start(t, ['web-1', 'web-2'], ['web-1', 'web-2']);
    await lb.until<Overview>('/api/overview', ({ conditions }) => conditions.failingServers === 2);
    assert.deepEqual(await answering(lb), ['503']);
  });

  test('stays out through a table that brings another, and a check that is not wanted any more fails nobody', async (t) => {
    const { lb, metadata, environment } = await start(t, ['web-1', 'web-2'], ['web-2']);
    await lb.logged('server-failed');
    metadata.set(environment(['web-1', 'web-2', 'web-3']));
    await lb.logged('installed', 1);
    assert.deepEqual(await answering(lb), ['web-1', 'web-3']);
    metadata.set(environment(['web-1', 'web-2'], {}));
    await lb.logged('installed', 2);
    assert.deepEqual(await answering(lb), ['web-1', 'web-2']);
  });
});

test('a bug in the health thread costs no request: it is logged, the thread is started anew, and knows who failed', async (t) => {
  const { failing, environment } = await startService(t);
  failing.add('web-2');
  const metadata = await startStandIn(t, environment(['web-1', 'web-2']));
  const program = startProgram(t, [], {
    env: daemonEnv(metadata.base, { LB_REFRESH_INTERVAL: '1h' }),
    nodeFlags: ['--import', bugModule()],
  });
  await program.said(/"event":"server-failed"/);
  await program.said(/"event":"health-crashed"/);
  failing.clear();
  await program.said(/"event":"server-recovered"/);
  assert.equal(program.stdout.match(/"event":"server-failed"/g)?.length, 1);
});

/** A module, loaded by every thread, that throws once out of the event loop of the first health thread: at its third answer. */
function bugModule(): string {
  const code = `
    import { workerData, threadId } from 'node:worker_threads';
    import { subscribe } from 'node:diagnostics_channel';
    let answers = 0;
    const isFirst = workerData?.checks !== undefined && workerData.failing.length === 0;
    if (isFirst) subscribe('http.client.response.finish', () => {
      if (++answers === 3) setImmediate(() => { throw new Error('a bug was put here'); });
    });
  `;
  return `data:text/javascript,${encodeURIComponent(code)}`;
}
