import assert from 'node:assert/strict';
import { suite, test, type TestContext } from 'node:test';
import type { HealthView } from '../../../src/admin/traefik/health.ts';
import type { RouteView } from '../../../src/control/views.ts';
import { answerAsWebTest } from '../../../src/demo/webTest.ts';
import { ADDRESSES, HOST, startContainers, webTest, type Answer } from '../../support/containers.ts';
import { Crowd } from '../../support/crowd.ts';
import { startTestDaemon } from '../../support/daemon.ts';
import { EventReader } from '../../support/eventStream.ts';
import { startStandIn } from '../../support/standIn.ts';

const SERVICE = 'proxy-test/web-test';

async function start(
  t: TestContext,
  names: readonly string[],
  { settings = {}, answer = answerAsWebTest }: { settings?: object; answer?: Answer } = {},
) {
  const port = await startContainers(t, ADDRESSES, answer);
  const metadata = await startStandIn(t, webTest(port, names));
  const lb = await startTestDaemon(t, { LB_METADATA_URL: metadata.base, ...settings });
  const reader = await EventReader.open(t, lb.daemon.admin.port);
  await lb.logged('installed');
  return { lb, metadata, reader, load: (next: readonly string[]) => metadata.set(webTest(port, next)) };
}

suite('the event stream of a daemon', { concurrency: 3 }, () => {
  test('tells of each install with its changes, when the admin server shows it', async (t) => {
    const { lb, reader, load } = await start(t, ['web-1']);
    const hello = await reader.nth('hello');
    assert.equal(
      hello.data.startedAt,
      (await lb.admin<{ startedAt: string }>('/api/version')).body.startedAt,
    );
    load(['web-1', 'web-2']);
    const { data, id } = await reader.where('installed', ({ changes }) =>
      changes.some(({ text }) => text.includes('web-2')),
    );
    const { table } = await lb.overview();
    assert.deepEqual([data.tableId, data.metadataVersion], [table?.id, table?.metadataVersion]);
    assert.deepEqual(
      data.changes.map(({ kind, what, service }) => [kind, what, service]),
      [['added', 'server', SERVICE]],
    );
    const again = await EventReader.open(t, lb.daemon.admin.port);
    const { historyId, tableId } = (await again.nth('hello')).data;
    assert.deepEqual([String(historyId), tableId], [id, table?.id]);
  });

  test('has rates of requests in total, by service and by route, and no more of them when there are none', async (t) => {
    const { lb, reader } = await start(t, ['web-1'], {
      answer: (name, request, response) => {
        if (request.url !== '/bad') return answerAsWebTest(name, request, response);
        response.writeHead(500).end();
      },
    });
    await reader.nth('statistics');
    for (let n = 0; n < 4; n += 1) await lb.ask(HOST, n === 0 ? '/bad' : '/');
    const busy = await reader.where('statistics', ({ services }) => SERVICE in services);
    const { services, total, routes, routesOf, seconds } = busy.data;
    const [perSecond, errors, p50Ms] = services[SERVICE]!;
    assert.ok(perSecond > 0 && errors < perSecond && p50Ms! > 0);
    assert.equal(total.requestsPerSecond, perSecond);
    assert.ok(seconds > 0.5 && seconds < 20);
    const { tableId, routes: shown } = (
      await lb.admin<{ tableId: string; routes: readonly RouteView[] }>('/api/routes')
    ).body;
    assert.equal(routesOf, tableId);
    assert.ok(routes.every(([index]) => shown[index]?.service === SERVICE));
    await reader.where('statistics', (data) => data.at > busy.data.at && !(SERVICE in data.services));
  });

  test('tells of an ejection, and of what it ends', async (t) => {
    const { lb, reader } = await start(t, ['web-1', 'web-2'], {
      answer: (name, request, response) => {
        if (name === 'web-2') response.destroy();
        else answerAsWebTest(name, request, response);
      },
    });
    for (let n = 0; n < 10; n += 1) assert.equal(await lb.whoAnswers(HOST), 'web-1');
    const { data } = await reader.nth('ejected');
    assert.deepEqual(
      [data.services, data.server, data.state, data.reason],
      [[SERVICE], 'web-2', 'ejected', 'broke off before it answered, 3 times in a row'],
    );
    const frame = await reader.where('statistics', ({ servers }) => servers.length > 0);
    assert.deepEqual(frame.data.servers, [[SERVICE, 'web-2', 0, 1, 0]]);
  });

  test('tells of metadata that fails and recovers', async (t) => {
    const { lb, metadata, reader, load } = await start(t, ['web-1']);
    metadata.fault({ kind: 'status', status: 500 }, /(services|containers|hosts|networks|version)$/);
    load(['web-2']);
    const failing = await reader.nth('metadata-failing');
    assert.match(failing.data.error, /answered status 500/);
    const statistics = await reader.where('statistics', (data) => data.metadata.lastError !== null);
    assert.match(statistics.data.metadata.lastError!.message, /answered status 500/);
    await lb.logged('metadata-failed', 1);
    metadata.fault(null);
    await reader.nth('metadata-recovered');
    await reader.where('installed', ({ changes }) => changes.some(({ text }) => text.includes('web-2')));
    assert.equal(reader.named('metadata-failing').length, 1);
  });

  test('tells that a refresh is held, and when none is any more', async (t) => {
    const { reader, load } = await start(t, Object.keys(ADDRESSES), {
      settings: { LB_REMOVAL_HOLD: '10m' },
    });
    load([]);
    await reader.nth('held');
    load(Object.keys(ADDRESSES));
    await reader.nth('hold-ended');
    assert.equal(reader.named('held').length, 1);
  });

  test('goes on through a stop, says so, and ends with the admin server', async (t) => {
    const { lb, reader } = await start(t, ['web-1']);
    const stopped = lb.daemon.stop({ delayMs: 2_500 });
    await reader.where('statistics', ({ notReady }) => notReady.includes('the daemon is stopping'));
    await reader.closed();
    assert.ok(reader.response.complete);
    await stopped;
  });
});

test('nobody sees negative rates, nor all requests again, when a thread is replaced', async (t) => {
  const crowd = await Crowd.start(t);
  const reader = await EventReader.open(t, crowd.adminPort);
  const victim = await crowd.connectTo('proxy-1');
  const kept = await crowd.connectTo('proxy-2');
  for (let n = 0; n < 200; n += 1) for (const client of [victim, kept]) await crowd.ask(client);
  await reader.where('statistics', ({ services }) => SERVICE in services);
  await reader.where('statistics', ({ services }) => !(SERVICE in services));
  const before = reader.named('statistics').length;
  crowd.meetBug(victim);
  await victim.closed();
  await crowd.program.said(/"event":"proxy-restarted","thread":"proxy-1"/);
  const newcomer = await crowd.connectTo('proxy-1');
  for (let n = 0; n < 3; n += 1) await crowd.ask(newcomer);
  await reader.nth('statistics', before + 3);
  const since = reader.named('statistics').slice(before);
  for (const { data } of since) {
    const [perSecond = 0, errors = 0] = data.services[SERVICE] ?? [];
    assert.ok(perSecond >= 0 && perSecond < 50, JSON.stringify(data));
    assert.ok(errors >= 0 && data.total.requestsPerSecond >= perSecond);
  }
});

test('/health tells scripts that were written for Traefik 1.7 what they ask for', async (t) => {
  const { lb } = await start(t, ['web-1']);
  for (let n = 0; n < 3; n += 1) await lb.ask(HOST, '/');
  await lb.ask('nobody.test', '/secret?token=1');
  for (;;) {
    const { body } = await lb.admin<HealthView>('/health');
    if (body.total_count < 4) continue;
    assert.deepEqual(body.total_status_code_count, { 200: 3, 404: 1 });
    assert.equal(body.pid, process.pid);
    assert.ok(body.uptime_sec > 0 && body.average_response_time_sec > 0);
    assert.deepEqual(
      body.recent_errors.map(({ status_code, host, path }) => [status_code, host, path]),
      [[404, 'nobody.test', '/secret']],
    );
    break;
  }
});
