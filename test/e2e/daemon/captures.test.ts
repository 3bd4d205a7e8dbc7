import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import type { ServiceView } from '../../../src/control/views.ts';
import type { MetadataDocuments } from '../../../src/demo/records.ts';
import { METADATA_VERSIONS } from '../../../src/demo/versions.ts';
import { captureAll } from '../../support/captures.ts';
import { cleanup } from '../../support/cleanup.ts';
import { startContainers } from '../../support/containers.ts';
import { realServer, startTestDaemon, type TestDaemon } from '../../support/daemon.ts';
import { startStandIn } from '../../support/standIn.ts';

/** Every container of the captures that is healthy, and two that listen although they must get nothing. */
const CONTAINERS = {
  'proxy-test-web-test-1': '127.42.101.11',
  'proxy-test-web-test-2': '127.42.102.12',
  'proxy-test-web-test-3': '127.42.103.13',
  'proxy-test-mixed-1': '127.42.110.1',
  'proxy-test-mixed-2': '127.42.110.2',
  'proxy-test-mixed-4': '127.42.110.4',
  'proxy-test-mixed-5': '127.42.110.5',
  'proxy-test-no-check-1': '127.42.120.1',
};

/** The documents as they were recorded; only the port is one that is free here. */
function withPort<T extends MetadataDocuments>(documents: T, port: number): T {
  const text = JSON.stringify(documents.services).replaceAll(
    '"traefik.port":"8080"',
    `"traefik.port":"${port}"`,
  );
  return { ...documents, services: JSON.parse(text) };
}

/** Asks again and again, on connections of their own; resolves with who answered, in order. */
async function answerers(lb: TestDaemon, host: string, times: number): Promise<string[]> {
  const names: string[] = [];
  for (let i = 0; i < times; i++) names.push(await lb.whoAnswers(host));
  return names;
}

/** What every version of the captures must bring about. */
async function checkRouting(lb: TestDaemon): Promise<void> {
  const web = await answerers(lb, 'web-test.proxy-test.local', 9);
  const all = ['proxy-test-web-test-1', 'proxy-test-web-test-2', 'proxy-test-web-test-3'];
  for (const from of [0, 3, 6]) assert.deepEqual(web.slice(from, from + 3).sort(), all);

  const mixed = await answerers(lb, 'mixed.proxy-test.local', 6);
  assert.deepEqual([...new Set(mixed)].sort(), ['proxy-test-mixed-1', 'proxy-test-mixed-5']);

  for (const host of ['no-check.proxy-test.local', 'idle.proxy-test.local']) {
    const { status, message } = await lb.ask(host);
    assert.deepEqual([host, status, message.get('retry-after')], [host, 503, '1']);
    assert.match(message.bodyText, /^[^\n]+\n$/);
  }
  assert.equal((await lb.ask('ext-api.edge.local')).status, 502, 'nothing listens there');
  for (const host of ['unknown.local', 'web-test.proxy-test.local.example', 'lb.edge.local']) {
    assert.equal((await lb.ask(host)).status, 404, host);
  }
}

/** Why nothing is behind three of the hosts, as the admin server has it. */
async function checkExplanation(lb: TestDaemon): Promise<void> {
  const { services } = (await lb.admin<{ readonly services: readonly ServiceView[] }>('/api/services')).body;
  const brief = services.map(({ id, routed, hosts, findings }) => [
    id.toLowerCase(),
    routed,
    hosts,
    findings.map(({ code }) => code),
  ]);
  assert.deepEqual(brief, [
    ['edge/ext-api', true, ['ext-api.edge.local'], []],
    ['proxy-test/idle', true, ['idle.proxy-test.local'], ['no-health-check']],
    ['proxy-test/mixed', true, ['mixed.proxy-test.local'], []],
    ['proxy-test/no-check', true, ['no-check.proxy-test.local'], ['no-health-check']],
    ['proxy-test/web-test', true, ['web-test.proxy-test.local'], []],
  ]);
  const reasons = (id: string) =>
    services.find((service) => service.id === id)?.containers.map(({ reason }) => reason);
  assert.deepEqual(reasons('proxy-test/mixed'), [
    null,
    'unhealthy',
    'initializing',
    'not-running',
    null,
    'initializing',
  ]);
  assert.deepEqual(reasons('proxy-test/no-check'), ['no-health-state', 'no-health-state']);
}

async function startOn(t: TestContext, url: string): Promise<TestDaemon> {
  const lb = await startTestDaemon(t, { LB_METADATA_URL: url });
  await lb.logged('installed');
  return lb;
}

suite('the recorded environment', { concurrency: 2 }, () => {
  for (const version of [...METADATA_VERSIONS, 'latest']) {
    test(`is routed as its labels say, read from version ${version}`, async (t) => {
      const port = await startContainers(t, CONTAINERS);
      const metadata = await startStandIn(t, withPort(captureAll('2015-12-19'), port));
      const lb = await startOn(t, `${metadata.url}/${version}`);
      await checkRouting(lb);
      await checkExplanation(lb);
    });
  }

  for (const version of METADATA_VERSIONS) {
    test(`is routed from a file with the very documents of version ${version}`, async (t) => {
      const port = await startContainers(t, CONTAINERS);
      const directory = await mkdtemp(join(tmpdir(), 'active-lb-'));
      cleanup(t, () => rm(directory, { recursive: true }));
      const path = join(directory, 'metadata.json');
      await writeFile(path, JSON.stringify(withPort(captureAll(version), port)));
      const lb = await startOn(t, `file:${path}`);
      await checkRouting(lb);
      await checkExplanation(lb);
    });
  }

  test('answers the curl line with what the container received, told who asked', async (t) => {
    const port = await startContainers(t, CONTAINERS);
    const metadata = await startStandIn(t, withPort(captureAll('2016-07-29'), port));
    const lb = await startOn(t, metadata.base);
    const client = await lb.connect();
    client
      .expecting('GET')
      .send(
        [
          'GET /some/path?q=1 HTTP/1.1',
          'Host:web-test.proxy-test.local',
          'User-Agent: curl/8.0',
          'Accept: */*',
          '',
          '',
        ].join('\r\n'),
      );
    const { status, message } = await client.response();
    assert.equal(status, 200);
    assert.match(realServer(message.bodyText) ?? '', /^proxy-test-web-test-[123]$/);
    const lines = message.bodyText.split('\n');
    for (const line of [
      'GET /some/path?q=1 HTTP/1.1',
      'Host: web-test.proxy-test.local',
      'User-Agent: curl/8.0',
      'Accept: */*',
      'X-Forwarded-For: 127.0.0.1',
      'X-Forwarded-Proto: http',
      'X-Forwarded-Host: web-test.proxy-test.local',
      'X-Real-Ip: 127.0.0.1',
    ]) {
      assert.ok(lines.includes(line), `${line} in:\n${message.bodyText}`);
    }
  });
});
