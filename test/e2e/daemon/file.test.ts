import assert from 'node:assert/strict';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import type { Overview } from '../../../src/admin/overview.ts';
import { toDocuments } from '../../../src/demo/records.ts';
import { cleanup } from '../../support/cleanup.ts';
import { ADDRESSES, HOST, startContainers, webTest } from '../../support/containers.ts';
import { startTestDaemon, type TestDaemon } from '../../support/daemon.ts';

interface Setting {
  readonly lb: TestDaemon;
  readonly path: string;
  /** The recording in which web-test has these containers. */
  readonly recording: (...names: string[]) => string;
}

/** A daemon that follows a file in which web-test has `web-1`. */
async function start(t: TestContext): Promise<Setting> {
  const directory = await mkdtemp(join(tmpdir(), 'active-lb-'));
  cleanup(t, () => rm(directory, { recursive: true }));
  const path = join(directory, 'metadata.json');
  const port = await startContainers(t, ADDRESSES);
  const recording = (...names: string[]) => JSON.stringify(toDocuments(webTest(port, names)));
  await writeFile(path, recording('web-1'));
  const lb = await startTestDaemon(t, { LB_METADATA_URL: `file:${path}` });
  await lb.logged('installed');
  assert.equal(await lb.whoAnswers(HOST), 'web-1');
  return { lb, path, recording };
}

suite('a file as the source', { concurrency: 3 }, () => {
  test('that is written anew is live without waiting for the interval', async (t) => {
    const { lb, path, recording } = await start(t);
    await writeFile(path, recording('web-2'));
    await lb.until('/api/routes', (body) => JSON.stringify(body).includes('"web-2"'));
    assert.equal(await lb.whoAnswers(HOST), 'web-2');
  });

  test('that is replaced by renaming is live, again and again, and never read half-written', async (t) => {
    const { lb, path, recording } = await start(t);
    for (const [nth, name] of ['web-2', 'web-3'].entries()) {
      await writeFile(`${path}.new`, recording(name));
      await rename(`${path}.new`, path);
      await lb.logged('installed', nth + 1);
      assert.equal(await lb.whoAnswers(HOST), name);
    }
    assert.deepEqual(lb.linesOf('metadata-failed'), []);
  });

  test('that is broken or gone costs no request, is told once, and is followed again when it is whole', async (t) => {
    const { lb, path, recording } = await start(t);
    await writeFile(path, recording('web-2').slice(0, 100));
    assert.match(
      (await lb.logged('metadata-failed')).msg,
      /metadata\.json is not JSON.*what is installed stays/,
    );
    await rm(path);
    await lb.until<Overview>('/api/overview', ({ metadata }) =>
      /cannot be read: ENOENT/.test(metadata.lastError?.message ?? ''),
    );
    assert.equal(await lb.whoAnswers(HOST), 'web-1');
    assert.equal((await lb.admin('/ready')).status, 200);
    await writeFile(path, recording('web-2'));
    await lb.logged('metadata-recovered');
    await lb.logged('installed', 1);
    assert.equal(await lb.whoAnswers(HOST), 'web-2');
    assert.equal(lb.lines.filter(({ level }) => level === 'warn').length, 1);
    assert.equal((await lb.overview()).metadata.lastError, null);
  });
});
