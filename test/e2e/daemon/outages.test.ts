import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { suite, test, type TestContext } from 'node:test';
import type { Overview } from '../../../src/admin/overview.ts';
import type { Fault } from '../../../src/demo/fault.ts';
import type { MetadataServer } from '../../../src/demo/metadata.ts';
import { cleanup } from '../../support/cleanup.ts';
import { ADDRESSES, HOST, startContainers, webTest } from '../../support/containers.ts';
import { startTestDaemon, type TestDaemon } from '../../support/daemon.ts';
import { startStandIn } from '../../support/standIn.ts';

interface Setting {
  readonly lb: TestDaemon;
  readonly metadata: MetadataServer;
  readonly load: (names: readonly string[]) => string;
}

async function start(t: TestContext, settings: Readonly<Record<string, string>> = {}): Promise<Setting> {
  const port = await startContainers(t, ADDRESSES);
  const metadata = await startStandIn(t, webTest(port, ['web-1']));
  const lb = await startTestDaemon(t, { LB_METADATA_URL: metadata.base, ...settings });
  await lb.logged('installed');
  return { lb, metadata, load: (names) => metadata.set(webTest(port, names)) };
}

/** Of full reads, not of the watch, so that a change is noticed at once. */
const FULL_READS = /(services|containers|hosts|networks|version)$/;

/** Ways of breaking every full read, and what the log says of each. */
const OUTAGES: readonly (readonly [what: string, Fault, says: RegExp])[] = [
  ['answers 404', { kind: 'status', status: 404 }, /answered status 404/],
  ['answers 500', { kind: 'status', status: 500 }, /answered status 500/],
  ['breaks off in the middle of its answer', { kind: 'truncated' }, /broke off in the middle of its answer/],
  ['answers HTML instead of JSON', { kind: 'notJson' }, /a JSON document was expected/],
  ['has no services any more', { kind: 'empty' }, /has no services, where the last good answer had 1/],
  ['resets the connection', { kind: 'reset' }, /cannot be reached|broke off/],
];

suite('a metadata service that', { concurrency: 4 }, () => {
  for (const [what, fault, says] of OUTAGES) {
    test(`${what} costs no request, is told once, and is followed again when it recovers`, async (t) => {
      const { lb, metadata, load } = await start(t);
      metadata.fault(fault, FULL_READS);
      load(['web-2']);
      const warning = await lb.logged('metadata-failed', 0);
      assert.equal(warning.level, 'warn');
      assert.match(warning.msg, says);
      assert.match(warning.msg, /what is installed stays/);
      assert.equal(await lb.whoAnswers(HOST), 'web-1');

      const { lastError, ageSeconds, stale, lastSuccessAt } = (await lb.overview()).metadata;
      assert.match(lastError?.message ?? '', says);
      assert.ok(Date.parse(lastError?.at ?? '') > Date.parse(lastSuccessAt ?? ''));
      assert.deepEqual([typeof ageSeconds, stale], ['number', false]);
      assert.equal((await lb.admin('/ready')).status, 200);

      await lb.logged('metadata-failed', 1);
      metadata.fault(null);
      const recovery = await lb.logged('metadata-recovered');
      assert.equal(recovery.level, 'info');
      await lb.logged('installed', 1);
      assert.equal(await lb.whoAnswers(HOST), 'web-2');
      assert.equal((await lb.overview()).metadata.lastError, null);

      const warnings = lb.lines.filter(({ level }) => level === 'warn');
      assert.deepEqual([warnings.length, lb.linesOf('metadata-recovered').length], [1, 1]);
    });
  }

  test('stays away for five refresh intervals makes what is installed stale, which is told once, and once when it is over', async (t) => {
    const { lb, metadata } = await start(t, { LB_REFRESH_INTERVAL: '1s' });
    // Where the machine is busy, the start alone may take so long.
    const before = lb.linesOf('metadata-stale').length;
    metadata.fault({ kind: 'status', status: 500 });
    const { time: failedAt } = await lb.logged('metadata-failed');
    const line = await lb.logged('metadata-stale', before);
    assert.equal(line.level, 'warn');
    assert.match(
      line.msg,
      /was last read at .* and is stale: .*answered status 500.* — what is installed stays$/,
    );
    const afterMs = Date.parse(String(line['time'])) - Date.parse(String(line['since']));
    assert.ok(afterMs >= 4_990 && failedAt! < line['time']!, `after ${afterMs} ms`);
    assert.equal((await lb.overview()).metadata.stale, true);
    assert.deepEqual((await lb.admin('/ready')).body, { ready: true });
    assert.equal(await lb.whoAnswers(HOST), 'web-1');

    metadata.fault(null);
    assert.match(
      (await lb.logged('metadata-recovered')).msg,
      /after \d+ failed tries, and is stale no more$/,
    );
    assert.equal((await lb.overview()).metadata.stale, false);
    assert.equal(lb.linesOf('metadata-stale').length, before + 1);
  });

  test('fails a second time is told of a second time', async (t) => {
    const { lb, metadata, load } = await start(t);
    for (const [nth, name] of ['web-2', 'web-3'].entries()) {
      metadata.fault({ kind: 'notJson' }, FULL_READS);
      load([name]);
      await lb.logged('metadata-failed', lb.linesOf('metadata-failed').length);
      metadata.fault(null);
      await lb.logged('installed', nth + 1);
    }
    const levels = lb.lines.filter(({ level }) => level === 'warn').map(({ event }) => event);
    assert.deepEqual(levels, ['metadata-failed', 'metadata-failed']);
    assert.equal(lb.linesOf('metadata-recovered').length, 2);
  });

  test('is gone for good leaves what is installed to be served, and counts as stale after five intervals', async (t) => {
    const port = await startContainers(t, ADDRESSES);
    const metadata = await startStandIn(t, webTest(port, ['web-1']));
    const lb = await startTestDaemon(t, { LB_METADATA_URL: metadata.base, LB_REFRESH_INTERVAL: '1s' });
    await lb.logged('installed');
    await metadata.close();
    const { metadata: shown } = await lb.until<Overview>(
      '/api/overview',
      (overview) => overview.metadata.stale,
    );
    assert.ok((shown.ageSeconds ?? 0) >= 5, `${shown.ageSeconds} s`);
    assert.match(shown.lastError?.message ?? '', /ECONNREFUSED/);
    assert.equal(await lb.whoAnswers(HOST), 'web-1');
  });

  test('knows nothing yet keeps the entrypoint closed, with the reason; it opens by itself later', async (t) => {
    const port = await startContainers(t, ADDRESSES);
    const metadata = await startStandIn(t);
    const httpPort = await freePort();
    const lb = await startTestDaemon(t, { LB_METADATA_URL: metadata.base, LB_HTTP_PORT: String(httpPort) });
    const warning = await lb.logged('metadata-failed');
    assert.match(warning.msg, /answered status 404 .*nothing is installed yet/);
    const ready = await lb.admin<{ readonly reasons: readonly string[] }>('/ready');
    assert.equal(ready.status, 503);
    assert.match(ready.body.reasons.join('\n'), /no table is installed yet: .*answered status 404/);
    assert.equal((await lb.admin('/api/routes')).status, 503);
    await assert.rejects(fetch(`http://127.0.0.1:${httpPort}/`), 'the entrypoint must not listen yet');

    metadata.set(webTest(port, ['web-1']));
    assert.equal(await lb.port(), httpPort);
    assert.equal(await lb.whoAnswers(HOST), 'web-1');
    assert.deepEqual((await lb.admin('/ready')).body, { ready: true });
  });
});

test('a port that is taken while metadata is awaited ends the daemon, with a clear message', async (t) => {
  const metadata = await startStandIn(t);
  const httpPort = await freePort();
  const lb = await startTestDaemon(t, { LB_METADATA_URL: metadata.base, LB_HTTP_PORT: String(httpPort) });
  const squatter = createServer().listen(httpPort, '127.0.0.1');
  await once(squatter, 'listening');
  cleanup(t, () => squatter.close());
  metadata.set(webTest(80, ['web-1']));
  await assert.rejects(lb.daemon.failed, /taken by another process/);
  const line = await lb.logged('failed');
  assert.equal(line.level, 'fatal');
  assert.match(
    line.msg,
    new RegExp(`the HTTP entrypoint cannot listen: port ${httpPort} is taken .*LB_HTTP_PORT`),
  );
  await lb.daemon.stop();
});

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
