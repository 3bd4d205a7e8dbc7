import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import type { DryRun } from '../../../src/control/dryRun.ts';
import { makeEnvironment, type Environment } from '../../../src/demo/environment.ts';
import { toDocuments } from '../../../src/demo/records.ts';
import { moduleUrl } from '../../support/bugModule.ts';
import { cleanup } from '../../support/cleanup.ts';
import { ADDRESSES, HOST, startContainers, webTest } from '../../support/containers.ts';
import { startTestDaemon, type TestDaemon } from '../../support/daemon.ts';
import { SECRET } from '../../support/explained.ts';
import { daemonEnv, startProgram } from '../../support/program.ts';
import { startStandIn } from '../../support/standIn.ts';

const ID = 'proxy-test/web-test';

interface Told {
  readonly status: number;
  readonly body: DryRun & { readonly error?: { readonly code: string; readonly message: string } };
}

async function post(adminPort: number, proposal: unknown): Promise<Told> {
  const response = await fetch(`http://127.0.0.1:${adminPort}/api/dry-run`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: typeof proposal === 'string' ? proposal : JSON.stringify(proposal),
  });
  return { status: response.status, body: (await response.json()) as Told['body'] };
}

async function start(
  t: TestContext,
  environment: (port: number) => Environment = (port) => webTest(port, ['web-1', 'web-2']),
  settings: Readonly<Record<string, string>> = {},
) {
  const port = await startContainers(t, ADDRESSES);
  const metadata = await startStandIn(t, environment(port));
  const lb = await startTestDaemon(t, { LB_METADATA_URL: metadata.base, ...settings });
  await lb.logged('installed');
  return { lb, metadata, port, ask: (proposal: unknown) => post(lb.daemon.admin.port, proposal) };
}

/** Everything that people are shown of what is installed. */
async function shownBy(lb: TestDaemon): Promise<readonly unknown[]> {
  const { table } = await lb.overview();
  const paths = ['/api/routes', '/api/services', '/api/history', `/api/explain?service=${ID}`];
  const bodies: unknown[] = [];
  for (const path of paths) bodies.push((await lb.admin(path)).body);
  return [table, ...bodies, lb.linesOf('installed').length, lb.linesOf('change').length];
}

/** Who answers requests, one after another, while this is done. */
async function answersDuring(lb: TestDaemon, act: () => Promise<void>): Promise<readonly string[]> {
  const answering = new Set<string>();
  const over = new AbortController();
  const load = async () => {
    while (!over.signal.aborted) answering.add(await lb.whoAnswers(HOST));
    for (let i = 0; i < 2; i++) answering.add(await lb.whoAnswers(HOST));
  };
  await Promise.all([act().finally(() => over.abort()), load()]);
  return [...answering].toSorted();
}

suite('a dry run', { concurrency: 3 }, () => {
  test('tells what labels would change, and changes nothing: requests flow on as before', async (t) => {
    const { lb, ask } = await start(t);
    const before = await shownBy(lb);
    const answering = answersDuring(lb, async () => {
      for (const labels of [
        { 'traefik.enable': 'false' },
        { 'traefik.port': 'x' },
        { 'traefik.enable': null, 'traefik.port': null, 'traefik.domain': null },
        { 'traefik.frontend.auth.basic': 'a:b' },
      ]) {
        const { status, body } = await ask({ service: ID, labels });
        assert.deepEqual([status, body.changes.length > 0], [200, true]);
      }
      const { status, body } = await ask({ services: [] });
      assert.deepEqual([status, body.counts.routes.removed], [200, 1]);
    });
    assert.deepEqual(await answering, ['web-1', 'web-2']);
    assert.deepEqual(await shownBy(lb), before);
  });

  test('comes true when the labels are really changed', async (t) => {
    const { lb, ask, metadata, port } = await start(t);
    const labels = { 'traefik.domain': 'example.test', 'traefik.colour': 'blue' };
    const { body } = await ask({ service: ID, labels });
    const present = { 'traefik.enable': 'true', 'traefik.port': String(port) };
    metadata.set(webTest(port, ['web-1', 'web-2'], { labels: { ...present, ...labels } }));
    await lb.logged('installed', 1);
    const { body: service } = await lb.admin(`/api/services/${ID}`);
    assert.deepEqual(body.service, service);
    const told = lb.linesOf('change').map(({ msg }) => msg);
    assert.deepEqual(
      body.changes.map(({ text }) => text),
      told.slice(-body.changes.length),
    );
    const again = await ask({ service: ID, labels });
    assert.deepEqual(again.body.changes, [], 'it is compared with what is live now');
  });

  test('of a whole metadata document, read as that of a file is', async (t) => {
    const { ask, port } = await start(t);
    const documents = toDocuments(webTest(port, ['web-1', 'web-2', 'web-3']));
    const { status, body } = await ask({ ...documents, services: [...(documents.services as unknown[]), 7] });
    assert.equal(status, 200);
    assert.deepEqual(
      body.changes.filter(({ what }) => what === 'server').map(({ kind, service }) => [kind, service]),
      [['added', ID]],
    );
    assert.deepEqual(
      body.findings.map(({ code, service, isNew }) => [code, service, isNew]),
      [['malformed-service', '?/unnamed-1', true]],
    );
    assert.equal(body.service, null);
  });

  test('publishes a service that has no label yet, also one with an odd name', async (t) => {
    const names = ['web test', '<b>', 'ü%2f"', "';--"];
    const { ask } = await start(t, (port) => ({
      stacks: names.map((name) => ({
        name,
        services: [{ name: 'n', labels: {}, containers: [{ name: `${port}`, address: '127.42.101.1' }] }],
      })),
    }));
    for (const name of names) {
      const labels = { 'traefik.enable': 'true', 'traefik.frontend.rule': 'Host:a.test', 'traefik.port': 80 };
      const { status, body } = await ask({ service: `${name}/n`, labels });
      assert.deepEqual([status, body.service?.id, body.service?.hosts], [200, `${name}/n`, ['a.test']]);
      assert.deepEqual(
        body.changes.map(({ text }) => text),
        [`+ route a.test → ${name}/n (1 server)`],
      );
    }
  });

  test('says what is wrong with the question', async (t) => {
    const { ask } = await start(t);
    for (const [proposal, status, code, says] of [
      ['{', 400, 'not-json', /is not JSON/],
      [{}, 400, 'bad-proposal', /"service" is missing/],
      [{ service: ID, labels: { 'traefik.port': [] } }, 400, 'bad-proposal', /traefik\.port is a list/],
      [{ services: 7 }, 400, 'bad-proposal', /services in the body is 7; a list was expected/],
      [`{"services": ${'['.repeat(500_000)}`, 400, 'not-json', /is not JSON/],
      [`{"services": [${'{},'.repeat(300_000)}{}]}`, 400, 'too-much', /more than 100,000 values/],
      [
        { service: 'proxy-test/web-tset', labels: {} },
        404,
        'no-such-service',
        /nearest one is proxy-test\/web-test$/,
      ],
      [{ service: '__proto__', labels: {} }, 404, 'no-such-service', /no service "__proto__"/],
    ] as const) {
      const told = await ask(proposal);
      assert.deepEqual([told.status, told.body.error?.code], [status, code]);
      assert.match(told.body.error?.message ?? '', says);
    }
    const huge = await ask({ service: ID, labels: { 'traefik.domain': 'x'.repeat(1_000_000) } });
    assert.deepEqual([huge.status, huge.body.state], [200, 'refused']);
    assert.ok(JSON.stringify(huge.body).length < 5_000);
  });

  test('never gives back a credential', async (t) => {
    const auth = { 'traefik.frontend.auth.basic.users': `me:${SECRET}` };
    const { ask, port } = await start(t, (port) =>
      webTest(port, ['web-1'], {
        labels: { 'traefik.enable': 'true', 'traefik.port': String(port), ...auth },
      }),
    );
    const documents = toDocuments(webTest(port, ['web-1'], { labels: auth }));
    for (const proposal of [
      { service: ID, labels: {} },
      { service: ID, labels: { 'traefik.frontend.headers.customRequestHeaders': `A:${SECRET}` } },
      { service: ID, labels: { 'traefik.frontend.auth.basic.users': [SECRET] } },
      {
        service: ID,
        labels: {
          'traefik.frontend.auth.basic.users': null,
          'traefik.frontend.rule': `Host:a;Headers:A,${SECRET}`,
        },
      },
      documents,
      { services: auth },
      `{"traefik.frontend.auth.basic.users": ${SECRET}}`,
    ]) {
      assert.ok(!JSON.stringify(await ask(proposal)).includes(SECRET), JSON.stringify(proposal));
    }
  });

  test('tells what the guard would hold; while something is held, it is compared with what is live', async (t) => {
    const all = Object.keys(ADDRESSES);
    const { lb, ask, metadata, port } = await start(t, (port) => webTest(port, all), {
      LB_REMOVAL_HOLD: '10m',
    });
    const off = { service: ID, labels: { 'traefik.enable': 'false' } };
    assert.deepEqual([(await ask(off)).body.wouldBeHeld, lb.linesOf('removal-held')], [true, []]);
    metadata.set(webTest(port, []));
    await lb.logged('removal-held');
    const { body } = await ask({ service: ID, labels: {} });
    assert.deepEqual([body.changes, body.service?.servers.length], [[], all.length]);
    assert.match(body.notes.join(), /A refresh is held at the moment/);
  });

  test('is 503 as long as no metadata was read', async (t) => {
    const metadata = await startStandIn(t);
    const lb = await startTestDaemon(t, { LB_METADATA_URL: metadata.base });
    await lb.logged('metadata-failed');
    const { status, body } = await post(lb.daemon.admin.port, { service: ID, labels: {} });
    assert.deepEqual([status, body.error?.code], [503, 'no-metadata']);
  });

  test('is worked out among ten thousand services, a few at a time; others are refused', async (t) => {
    const directory = await mkdtemp(join(tmpdir(), 'active-lb-'));
    cleanup(t, () => rm(directory, { recursive: true }));
    const path = join(directory, 'metadata.json');
    const environment = makeEnvironment({ services: 10_000, containersPerService: 1 });
    await writeFile(path, JSON.stringify(toDocuments(environment)));
    const lb = await startTestDaemon(t, { LB_METADATA_URL: `file:${path}` });
    await lb.logged('installed');
    const labels = { 'traefik.frontend.rule': 'Host:service-9999.stack-99.example.local' };
    const ask = () => post(lb.daemon.admin.port, { service: 'stack-0/service-0', labels });
    const { status, body } = await ask();
    assert.equal(status, 200);
    assert.deepEqual(
      body.findings.map(({ code, service, isNew }) => [code, service, isNew]),
      [['host-conflict', 'stack-99/service-9999', true]],
    );
    const many = await Promise.all(Array.from({ length: 8 }, ask));
    const statuses = new Set(many.map((each) => each.status));
    assert.deepEqual(statuses, new Set([200, 503]));
    assert.ok(many.some((each) => each.body.error?.code === 'busy'));
  });
});

suite('a refresher thread that is not there', { concurrency: 2 }, () => {
  test('is told at once, also to whoever waits for it, and the next one is asked again', async (t) => {
    const port = await startContainers(t, ADDRESSES);
    const metadata = await startStandIn(t, webTest(port, ['web-1']));
    const bug = `
      import { parentPort, workerData } from 'node:worker_threads';
      if (workerData?.metadata && workerData.resume === null)
        parentPort.on('message', ({ kind }) => { if (kind === 'dry-run') throw new Error('a bug was put here'); });`;
    const program = startProgram(t, [], {
      env: daemonEnv(metadata.base, { LB_REFRESH_INTERVAL: '1h' }),
      nodeFlags: ['--import', moduleUrl(bug)],
    });
    const adminPort = await program.portOf('admin-listening');
    await program.said(/"event":"installed"/);
    const ask = () => post(adminPort, { service: ID, labels: {} });
    for (const { status, body } of [...(await Promise.all([ask(), ask()])), await ask()]) {
      assert.deepEqual([status, body.error?.code], [503, 'no-answer']);
      assert.match(
        body.error?.message ?? '',
        /the refresher thread crashed, and is started anew in a few seconds/,
      );
    }
    assert.match(program.stdout, /"event":"refresher-crashed"/);
    await program.said(/"event":"installed"[^]*"event":"installed"/);
    assert.equal((await ask()).status, 200);
    assert.equal(program.stderr, '');
  });
});
