import assert from 'node:assert/strict';
import { suite, test, type TestContext } from 'node:test';
import type { ServiceDescription } from '../../../src/demo/environment.ts';
import type { MetadataServer } from '../../../src/demo/metadata.ts';
import type { Overview } from '../../../src/admin/overview.ts';
import type { ServiceView } from '../../../src/control/views.ts';
import { ADDRESSES, HOST, startContainers, webTest } from '../../support/containers.ts';
import { startTestDaemon, type TestDaemon } from '../../support/daemon.ts';
import type { SettingName } from '../../../src/settings.ts';
import { startStandIn } from '../../support/standIn.ts';

/** How soon a change must be live with the watch: at most one read a second, and time to do it on a busy machine. */
const LIVE_MS = 4_000;

interface Setting {
  readonly lb: TestDaemon;
  readonly metadata: MetadataServer;
  /** Loads web-test with these containers, and resolves when it is installed. Milliseconds that it took. */
  readonly change: (names: readonly string[], overrides?: Partial<ServiceDescription>) => Promise<number>;
  /** Loads the same, without waiting. */
  readonly load: (names: readonly string[], overrides?: Partial<ServiceDescription>) => string;
}

async function start(
  t: TestContext,
  names: readonly string[],
  settings: Partial<Record<SettingName, string>> = {},
): Promise<Setting> {
  const port = await startContainers(t, ADDRESSES);
  const metadata = await startStandIn(t, webTest(port, names));
  const lb = await startTestDaemon(t, { LB_METADATA_URL: metadata.base, ...settings });
  await lb.logged('installed');
  const load: Setting['load'] = (next, overrides) => metadata.set(webTest(port, next, overrides));
  return {
    lb,
    metadata,
    load,
    async change(next, overrides) {
      const installs = lb.linesOf('installed').length;
      const startedAt = performance.now();
      load(next, overrides);
      await lb.logged('installed', installs);
      return performance.now() - startedAt;
    },
  };
}

/** Who answers when asked so often, without repetition. */
async function answering(lb: TestDaemon, times = 10): Promise<string[]> {
  const names = new Set<string>();
  for (let i = 0; i < times; i++) names.add(await lb.whoAnswers(HOST));
  return [...names].sort();
}

/** What the log says at `info`, from the nth install on. */
function told(lb: TestDaemon, install = 0): string[] {
  const from = lb.lines.indexOf(lb.linesOf('installed')[install]!);
  return lb.lines
    .slice(from)
    .filter(({ level }) => level === 'info')
    .map(({ msg }) => msg);
}

/** `web-1` healthy, `web-2` as told. */
function withHealth(healthState: string): ServiceDescription['containers'] & object {
  return [
    { name: 'web-1', address: ADDRESSES['web-1']! },
    { name: 'web-2', address: ADDRESSES['web-2']!, healthState },
  ];
}

suite('a change of the metadata', { concurrency: 4 }, () => {
  test('is live in about a second with the watch, however long the interval is', async (t) => {
    const { lb, change } = await start(t, ['web-1']);
    assert.deepEqual(await answering(lb, 3), ['web-1']);
    const tookMs = await change(['web-2']);
    assert.deepEqual(await answering(lb, 3), ['web-2']);
    assert.ok(tookMs < LIVE_MS, `${tookMs} ms`);
  });

  test('is seen at the interval alone without the watch, which then never asks', async (t) => {
    const { lb, metadata, load } = await start(t, ['web-1'], {
      LB_WATCH: 'false',
      LB_REFRESH_INTERVAL: '2s',
    });
    const first = lb.linesOf('refreshed')[0]!;
    const beganAt = Date.parse(String(first['time'])) - Number(first['durationMs']);
    load(['web-2']);
    const { time } = await lb.logged('installed', 1);
    const elapsedMs = Date.parse(String(time)) - beganAt;
    assert.ok(elapsedMs > 1_950, `${elapsedMs} ms after the read before it began`);
    assert.deepEqual(await answering(lb, 3), ['web-2']);
    assert.deepEqual(
      metadata.requests.filter((path) => path.includes('wait')),
      [],
    );
  });

  test('that scales a service up and down is told in words, and every container has its share', async (t) => {
    const { lb, change } = await start(t, ['web-1', 'web-2', 'web-3']);
    await change(['web-1', 'web-2', 'web-3', 'web-4', 'web-5']);
    assert.deepEqual(await answering(lb), ['web-1', 'web-2', 'web-3', 'web-4', 'web-5']);
    await lb.until<Overview>('/api/overview', ({ table }) => table?.servers === 5);
    const added = told(lb, 1).filter((line) => line.startsWith('+ server'));
    assert.equal(added.length, 2, told(lb, 1).join('\n'));
    await change(['web-1', 'web-2']);
    assert.deepEqual(await answering(lb), ['web-1', 'web-2']);
    const removed = told(lb, 2).filter((line) => line.startsWith('- server'));
    assert.equal(removed.length, 3, told(lb, 2).join('\n'));
  });

  test('that makes a container ill takes it out of rotation, with the reason; healthy again, it returns', async (t) => {
    const { lb, change } = await start(t, ['web-1', 'web-2']);
    await change([], { containers: withHealth('unhealthy') });
    assert.deepEqual(await answering(lb, 4), ['web-1']);
    const { body } = await lb.admin<ServiceView>('/api/services/proxy-test/web-test');
    assert.deepEqual(body.containers, [
      { name: 'web-1', eligible: true, reason: null },
      { name: 'web-2', eligible: false, reason: 'unhealthy' },
    ]);
    await change([], { containers: withHealth('healthy') });
    assert.deepEqual(await answering(lb, 4), ['web-1', 'web-2']);
  });

  test('that leaves no container eligible makes the host answer 503, and it recovers', async (t) => {
    const { lb, change } = await start(t, ['web-1']);
    await change([]);
    assert.deepEqual(await answering(lb, 2), ['503']);
    await change(['web-1']);
    assert.deepEqual(await answering(lb, 2), ['web-1']);
  });

  test('that takes the label away makes the host unknown', async (t) => {
    const { lb, change } = await start(t, ['web-1']);
    await change(['web-1'], { labels: {} });
    assert.deepEqual(await answering(lb, 2), ['404']);
    assert.deepEqual((await lb.admin('/api/services')).body, { services: [] });
  });

  test('to a new version of the same installs and announces nothing, but the version is the new one', async (t) => {
    const { lb, load } = await start(t, ['web-1', 'web-2']);
    const before = (await lb.overview()).table!;
    const toldBefore = told(lb).length;
    const version = load(['web-1', 'web-2']);
    const { table } = await lb.until<Overview>(
      '/api/overview',
      (overview) => overview.table?.metadataVersion === version,
    );
    assert.notEqual(before.metadataVersion, version);
    assert.deepEqual(table, { ...before, metadataVersion: version });
    assert.equal(lb.linesOf('installed').length, 1);
    assert.deepEqual(told(lb).slice(toldBefore), []);
  });

  test('of a container that is not eligible anyhow swaps no table, and yet the admin server tells it', async (t) => {
    const { lb, load } = await start(t, ['web-1']);
    const before = (await lb.overview()).table!;
    load([], {
      containers: [
        { name: 'web-1', address: ADDRESSES['web-1']! },
        { name: 'web-9', address: ADDRESSES['web-2']!, healthState: 'initializing' },
      ],
    });
    const { containers } = await lb.until<ServiceView>(
      '/api/services/proxy-test/web-test',
      (service) => service.containers.length === 2,
    );
    assert.equal(containers[1]?.reason, 'initializing');
    const after = (await lb.overview()).table!;
    assert.deepEqual([after.id, after.installedAt], [before.id, before.installedAt]);
    assert.equal(lb.linesOf('installed').length, 1);
  });
});
