import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import type { Overview } from '../../../src/admin/overview.ts';
import type { Fault } from '../../../src/demo/fault.ts';
import { toDocuments } from '../../../src/demo/records.ts';
import { cleanup } from '../../support/cleanup.ts';
import { ADDRESSES, HOST, startContainers, webTest } from '../../support/containers.ts';
import { startTestDaemon, type TestDaemon } from '../../support/daemon.ts';
import { startStandIn } from '../../support/standIn.ts';

const AWAY: Fault = { kind: 'status', status: 500 };

async function temporaryDirectory(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'active-lb-'));
  cleanup(t, () => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** A stand-in with `web-1`, and a way to start one daemon after another with the same state directory. */
async function start(t: TestContext) {
  const directory = await temporaryDirectory(t);
  const port = await startContainers(t, ADDRESSES);
  const metadata = await startStandIn(t, webTest(port, ['web-1']));
  const daemon = (stateDir = directory) =>
    startTestDaemon(t, { LB_METADATA_URL: metadata.base, LB_STATE_DIR: stateDir });
  const load = (...names: string[]) => metadata.set(webTest(port, names));
  return { directory, file: join(directory, 'snapshot.json'), metadata, daemon, load };
}

/** The same after a first daemon has stored what it read and has stopped, and metadata has gone. */
async function startDuringOutage(t: TestContext, fault = AWAY) {
  const setting = await start(t);
  const first = await setting.daemon();
  await first.logged('state-written');
  await first.daemon.stop();
  setting.metadata.fault(fault);
  return setting;
}

/** What there is of the snapshot; the history is written at its own pace. */
async function snapshotFiles(directory: string): Promise<readonly string[]> {
  return (await readdir(directory)).filter((name) => name.startsWith('snapshot')).sort();
}

function warnings(lb: TestDaemon): readonly string[] {
  return lb.lines.filter(({ level }) => level === 'warn').map(({ event }) => event);
}

suite('the last good metadata on disk', { concurrency: 3 }, () => {
  test('is routed by after a restart during an outage, marked stale, and says how old it is', async (t) => {
    const { daemon, file } = await startDuringOutage(t);
    const lb = await daemon();
    assert.equal(await lb.whoAnswers(HOST), 'web-1');
    const line = await lb.logged('restored');
    assert.equal(line.level, 'warn');
    assert.match(line.msg, /the snapshot kept on disk .* was read \d+ s ago/);
    assert.deepEqual(warnings(lb), ['metadata-failed', 'restored']);

    const { metadata, table } = await lb.overview();
    assert.deepEqual([metadata.stale, metadata.lastSuccessAt, table?.routes], [true, null, 1]);
    assert.ok(Date.parse(metadata.fromState?.readAt ?? '') <= Date.now());
    assert.match(metadata.lastError?.message ?? '', /answered status 500/);
    assert.deepEqual((await lb.admin('/ready')).body, { ready: true });
    assert.match(String((await lb.admin('/')).body), /Metadata is stale/);
    assert.equal((await stat(file)).mode & 0o777, 0o600);
  });

  test('is replaced as soon as metadata answers', async (t) => {
    const { daemon, metadata, load } = await startDuringOutage(t);
    const lb = await daemon();
    assert.equal(await lb.whoAnswers(HOST), 'web-1');
    load('web-2');
    metadata.fault(null);
    await lb.logged('installed', 1);
    assert.equal(await lb.whoAnswers(HOST), 'web-2');
    const { metadata: shown } = await lb.overview();
    assert.deepEqual([shown.stale, shown.fromState], [false, null]);
    await lb.logged('metadata-recovered');
    await lb.logged('state-written');
  });

  test('is not installed a second time where metadata then says the same, but is stale no more', async (t) => {
    const { daemon, metadata } = await startDuringOutage(t);
    const lb = await daemon();
    await lb.logged('installed');
    metadata.fault(null);
    const refreshed = await lb.logged('refreshed');
    assert.equal(refreshed['isNew'], false);
    const { metadata: shown } = await lb.overview();
    assert.deepEqual([shown.stale, shown.fromState, shown.lastError], [false, null, null]);
    assert.deepEqual([lb.linesOf('installed').length, lb.linesOf('state-written').length], [1, 0]);
  });

  test('counts as the last good answer: one without services is refused after a restart, too', async (t) => {
    const { daemon } = await startDuringOutage(t, { kind: 'empty' });
    const lb = await daemon();
    assert.equal(await lb.whoAnswers(HOST), 'web-1');
    assert.match(
      (await lb.logged('metadata-failed')).msg,
      /has no services, where the last good answer had 1/,
    );
    assert.deepEqual(lb.linesOf('state-written'), []);
  });

  test('is not looked at where metadata answers', async (t) => {
    const { daemon, file } = await start(t);
    await writeFile(file, 'no snapshot');
    const lb = await daemon();
    assert.equal(await lb.whoAnswers(HOST), 'web-1');
    await lb.logged('state-written');
    assert.deepEqual(warnings(lb), []);
  });

  test('that is damaged is set aside and costs nothing more: metadata is awaited as without it', async (t) => {
    const { daemon, metadata, directory, file } = await startDuringOutage(t);
    await writeFile(file, '{"format":"active-lb snapshot"');
    const lb = await daemon();
    assert.match(
      (await lb.logged('state-set-aside')).msg,
      /is no JSON, or cut off; .*snapshot\.json\.corrupt/,
    );
    assert.equal((await lb.admin('/ready')).status, 503);
    const { metadata: shown } = await lb.overview();
    assert.deepEqual([shown.stale, shown.fromState], [false, null]);

    metadata.fault(null);
    assert.equal(await lb.whoAnswers(HOST), 'web-1');
    await lb.logged('state-written');
    assert.deepEqual(await snapshotFiles(directory), ['snapshot.json', 'snapshot.json.corrupt']);
  });

  test('that cannot be written costs one warning, and is written when that is possible again', async (t) => {
    const { daemon, directory, load } = await start(t);
    const missing = join(directory, 'missing');
    const lb = await daemon(missing);
    assert.match((await lb.logged('state-write-failed')).msg, /LB_STATE_DIR.*ENOENT/);
    load('web-2');
    await lb.logged('installed', 1);
    assert.equal(await lb.whoAnswers(HOST), 'web-2');
    await mkdir(missing);
    load('web-3');
    await lb.logged('state-write-recovered');
    assert.deepEqual(await snapshotFiles(missing), ['snapshot.json']);
    assert.deepEqual(
      warnings(lb).filter((event) => event.startsWith('state')),
      ['state-write-failed'],
    );
  });
});

test('a file as the source that is gone after a restart is stood in for in the same way', async (t) => {
  const directory = await temporaryDirectory(t);
  const port = await startContainers(t, ADDRESSES);
  const recording = join(directory, 'metadata.json');
  const settings = { LB_METADATA_URL: `file:${recording}`, LB_STATE_DIR: directory };
  const write = (name: string) => writeFile(recording, JSON.stringify(toDocuments(webTest(port, [name]))));
  await write('web-1');
  const first = await startTestDaemon(t, settings);
  await first.logged('state-written');
  await first.daemon.stop();
  await rm(recording);

  const lb = await startTestDaemon(t, settings);
  assert.equal(await lb.whoAnswers(HOST), 'web-1');
  await write('web-2');
  await lb.until<Overview>('/api/overview', ({ metadata }) => !metadata.stale);
  await lb.logged('installed', 1);
  assert.equal(await lb.whoAnswers(HOST), 'web-2');
});
