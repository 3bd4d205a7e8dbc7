import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import type { StoreEvent } from '../../../src/control/events.ts';
import { snapshotFile, STORE_FILE } from '../../../src/control/snapshotStore.ts';
import { decodeStored, encodeStored, type StoredSnapshot } from '../../../src/control/storedSnapshot.ts';
import { cleanup } from '../../support/cleanup.ts';
import { containerOf, recordedEnvironment, serviceOf, SETTINGS, snapshotOf } from './environment.ts';

const SOURCE = 'http://rancher-metadata/2016-07-29';

function stored(version: string): StoredSnapshot {
  const snapshot = { ...recordedEnvironment(), version };
  return { readAt: 1_469_793_600_000, source: SOURCE, settings: SETTINGS, snapshot };
}

async function start(t: TestContext) {
  const directory = await mkdtemp(join(tmpdir(), 'active-lb-'));
  cleanup(t, () => rm(directory, { recursive: true, force: true }));
  const events: StoreEvent[] = [];
  const store = snapshotFile(directory, SOURCE, (event) => events.push(event));
  const told = () => events.map(({ what }) => what);
  return { directory, path: join(directory, STORE_FILE), store, events, told };
}

/** Root may write everywhere: for a moment this process is nobody instead. */
async function withoutPrivileges(act: () => Promise<void>): Promise<void> {
  if (process.geteuid?.() !== 0) return act();
  process.seteuid?.(65_534);
  try {
    await act();
  } finally {
    process.seteuid?.(0);
  }
}

suite('the stored snapshot', () => {
  test('is read back as it was saved, by whoever comes next', async (t) => {
    const { directory, store, told } = await start(t);
    assert.equal(await store.load(), null, 'nothing at first');
    await store.save(stored('v1'));
    const other = snapshotFile(directory, SOURCE, () => {});
    assert.deepEqual(await other.load(), stored('v1'));
    assert.deepEqual(told(), ['written']);
  });

  test('keeps findings, external services, names and labels of any kind', () => {
    const labels = { '10': 'ten', '2': 'two', 'a.b': '\ud800 "\\\u0000', constructor: 'x' };
    const finding = { code: 'malformed-container', severity: 'error', label: null, message: 'm' } as const;
    const service = serviceOf('s/a', {
      labels,
      external: { addresses: ['127.0.0.1'], hostname: null },
      containers: [containerOf('a', null, { healthState: null, hostUuid: 'h' })],
      findings: [finding, { ...finding, segment: 'x' }],
    });
    const resolutions = { 'a.test': { addresses: ['127.0.0.1'], error: 'no answer' } };
    const all = { ...stored('v1'), snapshot: { ...snapshotOf(service), resolutions, localHostUuid: 'h' } };
    assert.deepEqual(decodeStored(encodeStored(all)), all);
  });

  test('is for its owner alone, since labels may hold secrets, also where another file stood there', async (t) => {
    const { path, store } = await start(t);
    await writeFile(path, 'x', { mode: 0o666 });
    await writeFile(`${path}.tmp`, 'x', { mode: 0o666 });
    await store.save(stored('v1'));
    assert.equal((await stat(path)).mode & 0o777, 0o600);
  });

  test('is written into no other place that a link in the directory leads to', async (t) => {
    const { directory, path, store } = await start(t);
    const elsewhere = join(directory, 'elsewhere');
    await writeFile(elsewhere, 'precious');
    await symlink(elsewhere, `${path}.tmp`);
    await store.save(stored('v1'));
    assert.equal(await readFile(elsewhere, 'utf8'), 'precious');
    assert.deepEqual(await store.load(), stored('v1'));
  });

  test('is written once at a time: of those that come meanwhile, the last one is, and whole', async (t) => {
    const { directory, store, told } = await start(t);
    const saves = Array.from({ length: 20 }, (_, i) => store.save(stored(`v${i}`)));
    await Promise.all(saves);
    assert.deepEqual(await store.load(), stored('v19'));
    assert.deepEqual(told(), ['written', 'written'], 'the first and the last');
    assert.deepEqual(await readdir(directory), [STORE_FILE], 'nothing is left behind');
  });
});

suite('what another version of this program has written', () => {
  const { settings, ...content } = stored('v1');
  const otherSettings = {
    'no settings': {},
    'settings of another shape': { settings: { ...settings, constraints: 1 } },
  };
  for (const [what, given] of Object.entries(otherSettings)) {
    test(`is read though it has ${what}: those are only compared with`, () => {
      const text = encodeStored({ ...content, ...given } as never);
      assert.deepEqual(decodeStored(text), { ...stored('v1'), settings: null });
    });
  }
});

suite('a file that one can do without', () => {
  test('is read like any other, and left where it is, untold, where it cannot be used', async (t) => {
    const { directory, path, store, told } = await start(t);
    assert.equal(await store.peek(), null);
    await store.save(stored('v1'));
    assert.deepEqual(await store.peek(), stored('v1'));
    assert.equal(await snapshotFile(directory, 'file:/elsewhere', () => {}).peek(), null);
    await writeFile(path, 'x');
    assert.equal(await store.peek(), null);
    assert.deepEqual([await readdir(directory), told()], [[STORE_FILE], ['written']]);
    await rm(path);
    await mkdir(path);
    assert.equal(await store.peek(), null);
  });
});

suite('a disk that cannot be written to', () => {
  test('is told of once until it works again, and keeps the file of before', async (t) => {
    const { directory, path, store, events, told } = await start(t);
    await store.save(stored('v1'));
    // Even root cannot remove a directory as if it were a file.
    await mkdir(`${path}.tmp`);
    for (const version of ['v2', 'v3']) await store.save(stored(version));
    assert.deepEqual(told(), ['written', 'write-failed']);
    assert.match(events[1]?.text ?? '', /LB_STATE_DIR.*snapshot\.json\.tmp/);
    assert.equal(store.isBehind, true);
    assert.deepEqual(await store.load(), stored('v1'));

    await rm(`${path}.tmp`, { recursive: true });
    for (const version of ['v4', 'v5']) await store.save(stored(version));
    assert.deepEqual(told().slice(2), ['write-recovered', 'written']);
    assert.deepEqual([store.isBehind, await readdir(directory)], [false, [STORE_FILE]]);
  });

  test('because the directory may not be written to, is told of and keeps the file of before', async (t) => {
    const { directory, path, store, events, told } = await start(t);
    await store.save(stored('v1'));
    await chmod(directory, 0o555);
    await chmod(path, 0o644);
    await withoutPrivileges(() => store.save(stored('v2')));
    assert.deepEqual(told(), ['written', 'write-failed']);
    assert.match(events[1]?.text ?? '', /EACCES/);
    assert.deepEqual(await store.load(), stored('v1'));
    assert.deepEqual(await readdir(directory), [STORE_FILE]);
  });

  test('that refuses the last step leaves no temporary file', async (t) => {
    const { directory, path, store, told } = await start(t);
    await mkdir(path);
    await store.save(stored('v1'));
    assert.deepEqual([told(), await readdir(directory)], [['write-failed'], [STORE_FILE]]);
  });

  test('because the directory is missing or is a file, is no more than that', async (t) => {
    const { directory } = await start(t);
    await writeFile(join(directory, 'file'), '');
    for (const [name, code] of Object.entries({ missing: /ENOENT/, file: /ENOTDIR/ })) {
      const events: StoreEvent[] = [];
      const store = snapshotFile(join(directory, name), SOURCE, (event) => events.push(event));
      await store.save(stored('v1'));
      assert.equal(await store.load(), null);
      assert.equal(events[0]?.what, 'write-failed');
      assert.match(events[0]?.text ?? '', code);
    }
  });
});

suite('a stored snapshot that cannot be used is set aside:', () => {
  const whole = encodeStored(stored('v1'));
  const content = { readAt: 'never', source: SOURCE, snapshot: {} };
  /** What it holds, and how that is told. */
  const FILES: Readonly<Record<string, readonly [string, RegExp]>> = {
    'an empty one': ['', /is no JSON, or cut off/],
    'one cut off': [whole.slice(0, -100), /is no JSON, or cut off/],
    'one with a bit changed': [whole.replace('127.42.101.11', '127.42.101.10'), /does not fit its checksum/],
    'one of another program': ['{"version":1}', /is no snapshot of this program/],
    'one of a later version': [whole.replace('"version":1', '"version":2'), /in version 1 of its format/],
    'one without content': [whole.replace(/,"content".*/, '}'), /is no snapshot of this program/],
    'JSON that is no object': ['null', /is no snapshot of this program/],
    'one of another source': [
      encodeStored({ ...stored('v1'), source: 'file:/elsewhere' }),
      /another source, file:\/elsewhere/,
    ],
    'one whose content is of another shape': [
      encodeStored(content as never),
      /has an unexpected readAt: .*expected number/,
    ],
  };
  for (const [what, [text, says]] of Object.entries(FILES)) {
    test(what, async (t) => {
      const { directory, path, store, events, told } = await start(t);
      await writeFile(path, text);
      assert.equal(await store.load(), null);
      assert.deepEqual(told(), ['set-aside']);
      assert.match(events[0]?.text ?? '', says);
      assert.deepEqual(await readdir(directory), [`${STORE_FILE}.corrupt`]);
      assert.equal(await readFile(`${path}.corrupt`, 'utf8'), text);
      assert.equal(await store.load(), null);
      assert.deepEqual(told(), ['set-aside'], 'told once');
    });
  }

  test('a named pipe, without waiting for whoever writes to it', async (t) => {
    const { directory, path, store, events } = await start(t);
    execFileSync('mkfifo', [path]);
    assert.equal(await store.load(), null);
    assert.match(events[0]?.text ?? '', /is no file/);
    assert.deepEqual(await readdir(directory), [`${STORE_FILE}.corrupt`]);
  });

  test('or left where it is, where that fails too', async (t) => {
    const { path, store, told } = await start(t);
    await writeFile(path, 'x');
    await mkdir(`${path}.corrupt`);
    assert.equal(await store.load(), null);
    assert.deepEqual(told(), ['read-failed']);
  });
});
