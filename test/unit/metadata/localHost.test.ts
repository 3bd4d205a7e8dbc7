import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { METADATA_VERSIONS } from '../../../src/demo/versions.ts';
import { MetadataError } from '../../../src/metadata/error.ts';
import { LocalHost } from '../../../src/metadata/localHost.ts';
import { readSnapshot, type DocumentName, type Documents } from '../../../src/metadata/snapshot.ts';
import { readOnce } from '../../../src/metadata/source.ts';
import { captureAll } from '../../support/captures.ts';
import { cleanup } from '../../support/cleanup.ts';
import { documentsIn } from '../../support/metadata.ts';
import { service } from '../../support/snapshots.ts';
import { startStandIn } from '../../support/standIn.ts';

const NODE_1 = 'c3e9a882-387f-5ccc-aa34-6db65be1d51e';

/** Documents whose `self/host` is made anew for each read. */
function documentsWhere(selfHost: () => Promise<unknown>, labels: object = {}): Documents {
  const rest = documentsIn({ version: 'v1', services: [service({ labels })] });
  const read = (name: DocumentName) => (name === 'self/host' ? selfHost() : rest.read(name));
  return { ...rest, read };
}

suite('the host that we run on', () => {
  const asking = [
    'traefik.prefer.local',
    'Traefik.Prefer.Local',
    'traefik.api.prefer.local',
    'traefik.API.PREFER.local',
  ];
  for (const label of asking) {
    test(`is read where a service carries ${label}, whatever it says`, async () => {
      const documents = documentsIn({
        version: 'v1',
        services: [service({ labels: { [label]: 'false' } })],
        'self/host': { uuid: 'h1' },
      });
      assert.equal((await readSnapshot(documents)).localHostUuid, 'h1');
    });
  }

  test('is read where the settings ask for it', async () => {
    const documents = documentsIn({ version: 'v1', services: [], 'self/host': { uuid: 'h1' } });
    assert.equal((await readSnapshot(documents, new LocalHost(true))).localHostUuid, 'h1');
  });

  test('is not asked for otherwise', async () => {
    const labels = { 'traefik.enable': 'true', 'traefik.prefer.locals': 'true', 'x.prefer.local': 'true' };
    const documents = documentsIn({
      version: 'v1',
      services: [service({ labels })],
      'self/host': { uuid: 'h1' },
    });
    assert.equal((await readSnapshot(documents)).localHostUuid, null);
    assert.ok(!documents.reads.includes('self/host'));
  });

  const failures: readonly [string, () => Promise<unknown>][] = [
    ['fails', () => Promise.reject(new MetadataError('status', '/self/host', 'answered status 404.'))],
    ['is null', () => Promise.resolve(null)],
    ['has no uuid', () => Promise.resolve({ name: 'node-1' })],
    ['has an empty uuid', () => Promise.resolve({ uuid: '' })],
    ['is no object', () => Promise.resolve('node-1')],
  ];
  for (const [what, fails] of failures) {
    test(`stays as it was known where the answer ${what}, and fails no read`, async () => {
      const localHost = new LocalHost(true);
      const answers = [fails, () => Promise.resolve({ uuid: 'h1' }), fails];
      const uuids: unknown[] = [];
      for (const answer of answers) {
        const { services, localHostUuid } = await readSnapshot(documentsWhere(answer), localHost);
        assert.equal(services.length, 1);
        uuids.push(localHostUuid);
      }
      assert.deepEqual(uuids, [null, 'h1', 'h1']);
    });
  }

  test('a bug is no failure of the metadata', async () => {
    const documents = documentsWhere(() => Promise.reject(new TypeError('a bug')));
    await assert.rejects(readSnapshot(documents, new LocalHost(true)), TypeError);
  });
});

suite('sources', () => {
  for (const version of METADATA_VERSIONS) {
    test(`${version} of rancher-metadata tells the host`, async (t) => {
      const { url } = await startStandIn(t, captureAll('2015-12-19'));
      const { localHostUuid } = await readOnce(`${url}/${version}`, { preferLocal: true });
      assert.equal(localHostUuid, NODE_1);
    });
  }

  for (const kind of ['status', 'reset', 'notJson'] as const) {
    test(`a rancher-metadata whose /self/host fails (${kind}) is read all the same`, async (t) => {
      const metadata = await startStandIn(t, captureAll('2015-12-19'));
      metadata.fault(kind === 'status' ? { kind, status: 404 } : { kind }, /\/self\/host$/);
      const { services, localHostUuid } = await readOnce(metadata.base, { preferLocal: true });
      assert.equal(localHostUuid, null);
      assert.ok(services.length > 0);
      assert.ok(metadata.requests.some((path) => path.endsWith('/self/host')));
    });
  }

  test('a file may tell it as rancher-metadata does, or leave it out', async (t) => {
    const read = await reader(t);
    assert.equal(await read({ services: [], self: { host: { uuid: 'h1' } } }), 'h1');
    for (const self of [undefined, null, {}, { host: null }, { host: {} }, 'x']) {
      assert.equal(await read({ services: [], self }), null);
    }
  });
});

/** Writes a recording and resolves with the host that is read from it. */
async function reader(t: TestContext): Promise<(recording: object) => Promise<string | null>> {
  const directory = await mkdtemp(join(tmpdir(), 'active-lb-'));
  cleanup(t, () => rm(directory, { recursive: true }));
  const path = join(directory, 'metadata.json');
  return async (recording) => {
    await writeFile(path, JSON.stringify(recording));
    return (await readOnce(path, { preferLocal: true })).localHostUuid;
  };
}
