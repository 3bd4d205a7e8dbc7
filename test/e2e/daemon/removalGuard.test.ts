import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import type { Overview } from '../../../src/admin/overview.ts';
import type { ContainerDescription, Environment } from '../../../src/demo/environment.ts';
import { cleanup } from '../../support/cleanup.ts';
import { ADDRESSES, HOST, startContainers } from '../../support/containers.ts';
import { startTestDaemon, type LogLine, type TestDaemon } from '../../support/daemon.ts';
import { startStandIn } from '../../support/standIn.ts';

/** Six servers, so that one that is left is less than a fifth. */
const CONTAINERS = { ...ADDRESSES, 'web-6': '127.42.101.6' };
const ALL = Object.keys(CONTAINERS) as readonly (keyof typeof CONTAINERS)[];
/** Longer than any test. */
const LONG = '10m';

/** That of `web-1` for `new-web-1`, too. */
function addressOf(name: string): string {
  return new Map(Object.entries(CONTAINERS)).get(name.replace('new-', '')) ?? '';
}

function web(
  names: readonly string[],
  given: Partial<ContainerDescription> = {},
): readonly ContainerDescription[] {
  return names.map((name) => ({ name, address: addressOf(name), ...given }));
}

/** A way to say which containers of `web-test` there are, and which of `other`. */
async function start(t: TestContext, settings: Readonly<Record<string, string>> = {}) {
  const port = await startContainers(t, CONTAINERS);
  const labels = { 'traefik.enable': 'true', 'traefik.domain': 'local', 'traefik.port': String(port) };
  const environment = (
    shown: readonly ContainerDescription[],
    other: readonly string[] = [],
  ): Environment => {
    const containers = other.map((name) => ({ name, address: CONTAINERS['web-6'] }));
    const services = [
      { name: 'web-test', labels, containers: shown },
      { name: 'other', labels, containers },
    ];
    return { stacks: [{ name: 'proxy-test', services }] };
  };
  const metadata = await startStandIn(t, environment(web(ALL)));
  const lb = await startTestDaemon(t, {
    LB_METADATA_URL: metadata.base,
    LB_REMOVAL_HOLD: LONG,
    ...settings,
  });
  await lb.logged('installed');
  const load = (containers: readonly ContainerDescription[], other: readonly string[] = []) =>
    metadata.set(environment(containers, other));
  return { lb, metadata, load };
}

/** Waits for a refresh that is held. */
async function heldRefresh(lb: TestDaemon, nth = 0): Promise<LogLine> {
  for (let i = 0; ; i++) {
    const line = await lb.logged('refreshed', i);
    if (line['isHeld'] === true && nth-- === 0) return line;
  }
}

async function heldIn(lb: TestDaemon): Promise<Overview['metadata']['held']> {
  return (await lb.overview()).metadata.held;
}

/** Who answers as many requests as there are servers. */
async function answering(lb: TestDaemon): Promise<readonly string[]> {
  const names = new Set<string>();
  for (let i = 0; i < ALL.length; i++) names.add(await lb.whoAnswers(HOST));
  return [...names].sort();
}

suite('a refresh that would remove more than 80 % of the servers', { concurrency: 3 }, () => {
  test('is held: every server that was there is still asked, and none that it adds', async (t) => {
    const { lb, load } = await start(t);
    load([], ['other-1']);
    await heldRefresh(lb);
    assert.deepEqual(await answering(lb), ALL);
    assert.equal((await lb.ask('other.proxy-test.local')).status, 503);
    assert.equal(lb.linesOf('installed').length, 1);
  });

  test('is seen in the log once, in the overview, and is no failure', async (t) => {
    const { lb, load } = await start(t);
    const before = await lb.overview();
    load([]);
    const line = await lb.logged('removal-held');
    assert.equal(line.level, 'warn');
    const url = `http://127\\.0\\.0\\.1:${lb.daemon.admin.port}/api/release`;
    assert.match(
      line.msg,
      new RegExp(
        `would leave 0 of 6 servers, none of them of proxy-test/web-test; it is held for 10 min, until .*curl -X POST ${url}$`,
      ),
    );
    await heldRefresh(lb);
    load(web([]), ['other-1']);
    await heldRefresh(lb, 1);
    assert.equal(lb.linesOf('removal-held').length, 1);

    const { metadata, table } = await lb.overview();
    assert.deepEqual(
      [metadata.held?.serversBefore, metadata.held?.serversAfter, metadata.stale, metadata.lastError],
      [6, 1, false, null],
    );
    assert.equal(Date.parse(metadata.held!.until) - Date.parse(metadata.held!.since), 600_000);
    assert.ok(metadata.lastSuccessAt! > before.metadata.lastSuccessAt!);
    assert.deepEqual(table, before.table, 'what is installed is of the version that it was');
    assert.deepEqual((await lb.admin('/ready')).body, { ready: true });
  });

  test('is held where containers are only unhealthy, too', async (t) => {
    const { lb, load } = await start(t);
    load(web(ALL, { healthState: 'unhealthy' }));
    await heldRefresh(lb);
    assert.deepEqual(await answering(lb), ALL);
  });

  test('goes live when LB_REMOVAL_HOLD is over, which others that are held meanwhile do not put off', async (t) => {
    const { lb, load } = await start(t, { LB_REMOVAL_HOLD: '3s' });
    load([]);
    const { until } = await lb.logged('removal-held');
    load([], ['other-1']);
    const { time: heldAgainAt } = await heldRefresh(lb, 1);
    assert.deepEqual(await answering(lb), ALL);
    const { time: endedAt, by } = await lb.logged('removal-hold-ended');
    assert.equal(by, 'time');
    const since = (before: unknown) => Date.parse(String(endedAt)) - Date.parse(String(before));
    // Timers and the time of day round differently.
    assert.ok(since(until) > -20, `${since(until)} ms after it was due`);
    assert.ok(since(heldAgainAt) < 3_000, `${since(heldAgainAt)} ms after the second one`);
    await lb.logged('installed', 1);
    assert.equal(await lb.whoAnswers(HOST), '503');
    assert.equal((await lb.ask('other.proxy-test.local')).status, 200);
    assert.equal(await heldIn(lb), null);
  });

  test('goes live at once when it is released; then there is nothing to release', async (t) => {
    const { lb, load } = await start(t);
    assert.equal(lb.daemon.release(), false);
    load([]);
    await heldRefresh(lb);
    assert.equal(lb.daemon.release(), true);
    assert.equal((await lb.logged('removal-hold-ended'))['by'], 'release');
    await lb.logged('installed', 1);
    assert.equal(await lb.whoAnswers(HOST), '503');
    assert.equal(lb.daemon.release(), false);

    // What was released is what the next refresh is compared with.
    load(web(ALL));
    await lb.logged('installed', 2);
    load([]);
    await lb.logged('removal-held', 1);
    assert.deepEqual(await answering(lb), ALL);
  });

  test('is dropped when the servers come back, as soon as metadata says so', async (t) => {
    const { lb, load } = await start(t);
    load([]);
    await heldRefresh(lb);
    load(web(['web-1', 'web-2']));
    assert.equal((await lb.logged('removal-hold-ended'))['by'], 'return');
    await lb.logged('installed', 1);
    assert.deepEqual(await answering(lb), ['web-1', 'web-2']);
    assert.equal(await heldIn(lb), null);
  });

  test('stays held while metadata fails, and an answer without any service is refused for longer than that', async (t) => {
    const { lb, load, metadata } = await start(t, { LB_REMOVAL_HOLD: '4s' });
    load([]);
    await heldRefresh(lb);
    metadata.fault({ kind: 'empty' });
    metadata.set({ stacks: [] });
    assert.match((await lb.logged('metadata-failed')).msg, /has no services/);
    assert.notEqual(await heldIn(lb), null);
    await lb.logged('removal-hold-ended');
    await lb.logged('installed', 1);
    assert.equal((await lb.overview()).table?.routes, 2, 'what was held, not the answer without services');
  });
});

suite('a refresh is not held', { concurrency: 3 }, () => {
  test('that replaces every container by a new one at once', async (t) => {
    const { lb, load } = await start(t);
    load(web(ALL.map((name) => `new-${name}`)));
    await lb.logged('installed', 1);
    assert.deepEqual(lb.linesOf('removal-held'), []);
  });

  test('that leaves a third of the servers', async (t) => {
    const { lb, load } = await start(t);
    load(web(['web-1', 'web-2']));
    await lb.logged('installed', 1);
    assert.deepEqual(await answering(lb), ['web-1', 'web-2']);
  });

  test('that removes the last of fewer than five', async (t) => {
    const { lb, load } = await start(t);
    load(web(['web-1', 'web-2', 'web-3', 'web-4']));
    await lb.logged('installed', 1);
    load([]);
    await lb.logged('installed', 2);
    assert.equal(await lb.whoAnswers(HOST), '503');
  });

  test('where LB_REMOVAL_HOLD is 0', async (t) => {
    const { lb, load } = await start(t, { LB_REMOVAL_HOLD: '0' });
    load([]);
    await lb.logged('installed', 1);
    assert.equal(await lb.whoAnswers(HOST), '503');
  });
});

async function startWithDirectory(t: TestContext) {
  const directory = await mkdtemp(join(tmpdir(), 'active-lb-'));
  cleanup(t, () => rm(directory, { recursive: true, force: true }));
  const setting = await start(t, { LB_STATE_DIR: directory });
  await setting.lb.logged('state-written');
  return { ...setting, directory, file: join(directory, 'snapshot.json') };
}

suite('with LB_STATE_DIR', { concurrency: 2 }, () => {
  test('what is live is stored, never what is held, until that goes live', async (t) => {
    const { lb, load, file } = await startWithDirectory(t);
    const before = await readFile(file, 'utf8');
    load([]);
    await heldRefresh(lb);
    assert.equal(lb.linesOf('state-written').length, 1);
    assert.equal(await readFile(file, 'utf8'), before);
    lb.daemon.release();
    await lb.logged('state-written', 1);
    assert.doesNotMatch(await readFile(file, 'utf8'), /web-1/);
  });

  test('what was stored is what the first answer after an outage is compared with', async (t) => {
    const { lb: first, metadata, load, directory } = await startWithDirectory(t);
    await first.daemon.stop();
    metadata.fault({ kind: 'status', status: 500 });
    load([]);
    const settings = { LB_METADATA_URL: metadata.base, LB_STATE_DIR: directory, LB_REMOVAL_HOLD: LONG };
    const lb = await startTestDaemon(t, settings);
    await lb.logged('restored');
    await lb.logged('installed');
    metadata.fault(null);
    await heldRefresh(lb);
    assert.deepEqual(await answering(lb), ALL);
    const { metadata: shown } = await lb.overview();
    assert.deepEqual([shown.stale, shown.held?.serversBefore], [false, ALL.length]);
    assert.notEqual(shown.fromState, null, 'what is installed comes from disk still');
    lb.daemon.release();
    await lb.logged('installed', 1);
    assert.equal((await lb.overview()).metadata.fromState, null);
  });
});
