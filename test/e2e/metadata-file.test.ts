import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { SOURCE_LIMITS } from '../../src/metadata/limits.ts';
import { readOnce, startSource } from '../../src/metadata/source.ts';
import { captureAll } from '../support/captures.ts';
import { listen } from '../support/metadata.ts';

const LIMITS = { ...SOURCE_LIMITS, minReadGapMs: 30, backoffMs: 100, fileSettleMs: 10 };
const NEVER_MS = 600_000;

const recording = (...names: string[]) =>
  JSON.stringify({ services: names.map((name) => ({ stack_name: 's', name })) });

async function withDirectory(body: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'active-lb-'));
  try {
    await body(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

interface Options {
  readonly watch?: boolean;
  readonly intervalMs?: number;
  readonly file?: string;
}

async function follow(
  options: Options,
  body: (path: string, listener: ReturnType<typeof listen>) => Promise<void>,
): Promise<void> {
  await withDirectory(async (directory) => {
    const path = join(directory, options.file ?? 'metadata.json');
    if (options.file === undefined) await writeFile(path, recording('a'));
    const listener = listen();
    const source = startSource(
      {
        url: `file:${path}`,
        refreshIntervalMs: options.intervalMs ?? NEVER_MS,
        watch: options.watch ?? true,
        preferLocal: false,
      },
      listener.on,
      LIMITS,
    );
    try {
      await body(path, listener);
    } finally {
      await source.stop();
    }
  });
}

/** Waits for a read that has these services, past failures on the way. */
async function namesBecome(listener: ReturnType<typeof listen>, ...names: string[]): Promise<void> {
  for (;;) {
    const event = await listener.take();
    if (event.kind === 'failed') continue;
    const found = event.snapshot.services.map(({ name }) => name);
    if (JSON.stringify(found) === JSON.stringify(names)) return;
  }
}

suite('a file is followed', () => {
  test('when it is written in place', async () => {
    await follow({}, async (path, listener) => {
      await namesBecome(listener, 'a');
      await writeFile(path, recording('a', 'b'));
      await namesBecome(listener, 'a', 'b');
    });
  });

  test('when another is renamed over it, again and again', async () => {
    await follow({}, async (path, listener) => {
      await namesBecome(listener, 'a');
      for (const name of ['b', 'c', 'd']) {
        await writeFile(`${path}.new`, recording(name));
        await rename(`${path}.new`, path);
        await namesBecome(listener, name);
      }
      assert.ok(listener.heard.every(({ kind }) => kind === 'read'));
    });
  });

  test('when it is read half-written, which is a failure like any other', async () => {
    await follow({}, async (path, listener) => {
      await namesBecome(listener, 'a');
      await writeFile(path, recording('a', 'b').slice(0, 40));
      assert.match(
        (await listener.takeFailure()).error,
        /metadata\.json is not JSON, or was read half-written/,
      );
      await writeFile(path, recording('a', 'b'));
      await namesBecome(listener, 'a', 'b');
    });
  });

  test('when it is not there yet, and neither is its directory', async () => {
    await follow({ file: 'later/metadata.json' }, async (path, listener) => {
      assert.match((await listener.takeFailure()).error, /later\/metadata\.json cannot be read: ENOENT/);
      await mkdir(join(path, '..'));
      await writeFile(path, recording('x'));
      await namesBecome(listener, 'x');
    });
  });

  test('when it is emptied of services, which is a failure for as long as it lasts', async () => {
    await follow({}, async (path, listener) => {
      await namesBecome(listener, 'a');
      await writeFile(`${path}.new`, recording());
      await rename(`${path}.new`, path);
      assert.match((await listener.takeFailure()).error, /has no services/);
      await writeFile(path, recording('b'));
      await namesBecome(listener, 'b');
    });
  });

  test('without the watch only by the interval', async () => {
    await follow({ watch: false, intervalMs: 120 }, async (path, listener) => {
      const first = await listener.takeRead();
      await writeFile(`${path}.new`, recording('b'));
      await rename(`${path}.new`, path);
      const second = await listener.takeRead();
      assert.equal(second.snapshot.services[0]?.name, 'b');
      const elapsedMs = second.at - second.durationMs - (first.at - first.durationMs);
      assert.ok(elapsedMs >= 110, `after ${elapsedMs} ms`);
    });
  });

  test('a file beside it that changes is no news', async () => {
    await follow({}, async (path, listener) => {
      await namesBecome(listener, 'a');
      await writeFile(`${path}.new`, recording('b'));
      await writeFile(`${path}.other`, 'x');
      await rename(`${path}.new`, path);
      await namesBecome(listener, 'b');
      assert.equal(listener.heard.length, 2);
    });
  });
});

suite('readOnce', () => {
  test('takes file:PATH, a file URL and a plain path', async () => {
    await withDirectory(async (directory) => {
      const path = join(directory, 'a b.json');
      await writeFile(path, JSON.stringify(captureAll('2015-07-25')));
      for (const url of [`file:${path}`, pathToFileURL(path).href, path]) {
        const snapshot = await readOnce(url);
        assert.equal(snapshot.services.length, 11, url);
        assert.equal(snapshot.version, 'f5dc9337-0a77-4c4e-a89c-cf9d9be8ffa7');
      }
    });
  });

  test('says what is wrong with a file', async () => {
    await withDirectory(async (directory) => {
      const path = join(directory, 'x.json');
      await assert.rejects(readOnce(path), {
        kind: 'unreadable-file',
        message: /x\.json cannot be read: ENOENT/,
      });
      await assert.rejects(readOnce(directory), { kind: 'unreadable-file', message: /EISDIR/ });
      await writeFile(path, '[]');
      await assert.rejects(readOnce(path), {
        kind: 'wrong-shape',
        message: /is \[\]; an object with the list "services"/,
      });
      await writeFile(path, '{}');
      await assert.rejects(readOnce(path), {
        kind: 'wrong-shape',
        message: /services in .*x\.json is missing/,
      });
      await assert.rejects(readOnce('ftp://127.0.0.1/x'), {
        message: /http:\/\/, https:\/\/ or file: was expected/,
      });
    });
  });

  test('is ended by its signal', async () => {
    await withDirectory(async (directory) => {
      const path = join(directory, 'x.json');
      await writeFile(path, recording('a'));
      await assert.rejects(readOnce(path, { signal: AbortSignal.abort() }), { kind: 'stopped' });
    });
  });
});
