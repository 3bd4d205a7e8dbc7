import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import type { HistoryItem, HistoryView } from '../../../src/admin/history.ts';
import type { SettingName } from '../../../src/settings.ts';
import { bugModule } from '../../support/bugModule.ts';
import { cleanup } from '../../support/cleanup.ts';
import { ADDRESSES, startContainers, webTest } from '../../support/containers.ts';
import { startTestDaemon, type TestDaemon } from '../../support/daemon.ts';
import { daemonEnv, startProgram } from '../../support/program.ts';
import { startStandIn } from '../../support/standIn.ts';

interface History {
  readonly history: readonly HistoryItem[];
}

const STARTED = 'active-lb 0.1.0 started: 1 route, 1 service, 1 server';

/** A stand-in with `web-1`, a state directory, and a way to start one daemon after another with both. */
async function start(t: TestContext) {
  const directory = await mkdtemp(join(tmpdir(), 'active-lb-'));
  cleanup(t, () => rm(directory, { recursive: true, force: true }));
  const port = await startContainers(t, ADDRESSES);
  const metadata = await startStandIn(t, webTest(port, ['web-1']));
  return {
    directory,
    file: join(directory, 'history.jsonl'),
    metadata,
    load: (names: readonly string[], labels: Readonly<Record<string, string>> = {}) => {
      const usual = { 'traefik.enable': 'true', 'traefik.domain': 'local', 'traefik.port': String(port) };
      metadata.set(webTest(port, names, { labels: { ...usual, ...labels } }));
    },
    daemon: (settings: Partial<Record<SettingName, string>> = {}) =>
      startTestDaemon(t, { LB_METADATA_URL: metadata.base, LB_STATE_DIR: directory, ...settings }),
    port,
  };
}

/** The summaries, newest first, once there are so many and the newest one fits. */
async function summaries(lb: TestDaemon, length: number, newest = /./): Promise<readonly string[]> {
  const { history } = await lb.until<History>(
    '/api/history',
    (body) => body.history.length === length && newest.test(body.history[0]?.summary ?? ''),
  );
  return history.map(({ id, summary }) => `${id} ${summary}`);
}

/** Ends a daemon when what it has read is stored, and its first install is in the history. */
async function run(lb: TestDaemon): Promise<void> {
  await lb.logged('state-written');
  await lb.logged('history-written');
  await lb.daemon.stop();
}

suite('the history', { concurrency: 3 }, () => {
  test('tells what went live, when, from which metadata, and what was different', async (t) => {
    const { daemon, load } = await start(t);
    const lb = await daemon({ LB_STATE_DIR: '' });
    assert.deepEqual(await summaries(lb, 1), [`1 ${STARTED}`]);
    load(['web-1', 'web-2']);
    assert.deepEqual(await summaries(lb, 2), ['2 proxy-test/web-test: 1 server added', `1 ${STARTED}`]);

    const { body } = await lb.admin<HistoryView>('/api/history/2');
    const { table } = await lb.overview();
    const { id, kind, comparedWith, tableId, metadataVersion, counts, total, moreChanges } = body;
    assert.deepEqual(
      { id, kind, comparedWith, tableId, metadataVersion, moreChanges },
      {
        id: 2,
        kind: 'change',
        comparedWith: 'live',
        tableId: table?.id,
        metadataVersion: table?.metadataVersion,
        moreChanges: 0,
      },
    );
    assert.ok(Math.abs(Date.parse(body.at) - Date.now()) < 60_000);
    assert.deepEqual(counts.servers, { added: 1, removed: 0, changed: 0 });
    assert.deepEqual(total, { routes: 1, services: 1, servers: 2, errors: 0, warnings: 0 });
    assert.deepEqual(
      body.changes.map(({ kind: how, what, service }) => [how, what, service]),
      [['added', 'server', 'proxy-test/web-test']],
    );
    assert.match(body.changes[0]?.text ?? '', /^\+ server web-2 \(http:\/\/127\.42\.101\.2:\d+\)/);
  });

  test('has an entry where only findings are new, and no value of a label that may be a credential', async (t) => {
    const { daemon, load, file } = await start(t);
    const lb = await daemon();
    await summaries(lb, 1);
    load(['web-1'], { 'traefik.unheard.of': 'x' });
    assert.equal((await summaries(lb, 2))[0], '2 proxy-test/web-test: 1 finding added');
    load(['web-1'], {
      'traefik.frontend.auth.basic': 'ops:swordfish',
      'traefik.frontend.headers.customRequestHeaders': 'Authorization: swordfish',
      'traefik.frontend.rule': 'Host:a.test;Headers:X-Key,swordfish',
    });
    await summaries(lb, 3);
    await lb.logged('history-written', 2);
    const told = JSON.stringify([
      (await lb.admin('/api/history')).body,
      (await lb.admin('/api/history/3')).body,
      (await lb.admin('/api')).body,
      await readFile(file, 'utf8'),
    ]);
    assert.match(told, /answers 503/);
    assert.doesNotMatch(told, /swordfish/);
  });

  test('is asked for by its ids', async (t) => {
    const { daemon } = await start(t);
    const lb = await daemon();
    await summaries(lb, 1);
    for (const [id, status, code] of [
      ['2', 404, 'no-such-entry'],
      ['999999999999999', 404, 'no-such-entry'],
      ['0', 400, 'bad-id'],
      ['1.0', 400, 'bad-id'],
      ['-1', 400, 'bad-id'],
      ['1e0', 400, 'bad-id'],
      ['%31x', 400, 'bad-id'],
      ['__proto__', 400, 'bad-id'],
      ['%ff', 400, 'bad-encoding'],
    ] as const) {
      const { body, ...answer } = await lb.admin<{ error: { code: string; message: string } }>(
        `/api/history/${id}`,
      );
      assert.deepEqual([answer.status, body.error.code], [status, code], id);
    }
    const { body } = await lb.admin<{ error: { message: string } }>('/api/history/7');
    assert.match(body.error.message, /the history has no 7: it has 1 to 1/);
    assert.equal((await lb.admin('/api/history/%31')).status, 200);
  });
});

suite('the history after a restart', { concurrency: 3 }, () => {
  test('goes on, and tells what differs from what was live before', async (t) => {
    const { daemon, load } = await start(t);
    await run(await daemon());
    const second = await daemon();
    assert.deepEqual(await summaries(second, 2, /no change/), [
      `2 ${STARTED}. Since the last run: no change`,
      `1 ${STARTED}`,
    ]);
    await run(second);
    load(['web-2', 'web-3']);
    const third = await daemon();
    assert.equal(
      (await summaries(third, 3, /Since/))[0],
      '3 active-lb 0.1.0 started: 1 route, 1 service, 2 servers. Since the last run: proxy-test/web-test: 2 servers added, 1 removed',
    );
    const { body } = await third.admin<HistoryView>('/api/history/3');
    assert.deepEqual([body.kind, body.comparedWith, body.changes.length], ['start', 'last-run', 3]);
    load(['web-2']);
    assert.equal((await summaries(third, 4))[0], '4 proxy-test/web-test: 1 server removed');
  });

  test('tells of settings that make a difference', async (t) => {
    const { daemon } = await start(t);
    await run(await daemon());
    const second = await daemon({ LB_HOST_TEMPLATE: '{service}-{stack}.{domain}' });
    assert.match(
      (await summaries(second, 2, /Since/))[0] ?? '',
      /Since the last run: proxy-test\/web-test: 1 route added, 1 removed$/,
    );
  });

  test('tells that the first table came from disk, and then what metadata made of it', async (t) => {
    const { daemon, load, metadata } = await start(t);
    await run(await daemon());
    metadata.fault({ kind: 'status', status: 500 });
    const second = await daemon();
    assert.equal(
      (await summaries(second, 2, /Since/))[0],
      '2 active-lb 0.1.0 started from LB_STATE_DIR, since metadata could not be read: 1 route, 1 service, 1 server. Since the last run: no change',
    );
    load(['web-1', 'web-2']);
    metadata.fault(null);
    assert.equal((await summaries(second, 3))[0], '3 proxy-test/web-test: 1 server added');
  });

  test('begins anew without LB_STATE_DIR, or where the file is damaged, which is set aside', async (t) => {
    const { daemon, file } = await start(t);
    await run(await daemon());
    assert.deepEqual(await summaries(await daemon({ LB_STATE_DIR: '' }), 1), [`1 ${STARTED}`]);
    await writeFile(file, (await readFile(file, 'utf8')).replace('1 route', '2 routes'));
    const lb = await daemon();
    // What was live is known nevertheless.
    assert.deepEqual(await summaries(lb, 1, /no change/), [`1 ${STARTED}. Since the last run: no change`]);
    const line = await lb.logged('history-set-aside');
    assert.equal(line.level, 'warn');
    assert.match(line.msg, /does not fit its checksum in line 2; .*history\.jsonl\.corrupt/);
  });
});

test('a process that is killed loses nothing of the history that was written', async (t) => {
  const { metadata, directory, load } = await start(t);
  const env = daemonEnv(metadata.base, { LB_STATE_DIR: directory, LB_LOG_LEVEL: 'debug' });
  const first = startProgram(t, [], { env });
  await first.said(/"event":"history-written"/);
  load(['web-1', 'web-2']);
  await first.said(/(?:"event":"history-written"[^]*){2}/);
  first.child.kill('SIGKILL');
  await first.ended();
  const second = startProgram(t, [], { env });
  await second.said(/"event":"history-written"/);
  const port = await second.portOf('admin-listening');
  const { history } = (await (await fetch(`http://127.0.0.1:${port}/api/history`)).json()) as History;
  assert.deepEqual(
    history.map(({ id, kind }) => [id, kind]),
    [
      [3, 'start'],
      [2, 'change'],
      [1, 'start'],
    ],
  );
});

test('a crash of the refresher thread makes no entry of itself, and the next change is compared with what is live', async (t) => {
  const { metadata, load } = await start(t);
  const module = bugModule({
    thread: 'workerData?.metadata',
    channel: 'http.client.response.finish',
    when: `workerData.resume === null && it.request.path.includes('wait=true')`,
  });
  const program = startProgram(t, [], {
    env: daemonEnv(metadata.base, { LB_REFRESH_INTERVAL: '1h' }),
    nodeFlags: ['--import', module],
  });
  const port = await program.portOf('admin-listening');
  await program.said(/"event":"installed"/);
  load(['web-1', 'web-2']);
  await program.said(/"event":"refresher-crashed"[^]*"event":"installed"/);
  const { history } = (await (await fetch(`http://127.0.0.1:${port}/api/history`)).json()) as History;
  assert.deepEqual(
    history.map(({ summary }) => summary),
    ['proxy-test/web-test: 1 server added', STARTED],
  );
});
