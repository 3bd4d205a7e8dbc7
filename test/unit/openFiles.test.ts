import { writeFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import assert from 'node:assert/strict';
import { openFileLimit, openFilesFor } from '../../src/openFiles.ts';

async function limitIn(t: TestContext, text: string): Promise<number | null> {
  const directory = await mkdtemp(join(tmpdir(), 'active-lb-limits-'));
  t.after(() => rm(directory, { recursive: true }));
  const path = join(directory, 'limits');
  await writeFile(path, text);
  return openFileLimit(path);
}

suite('the limit of open files', () => {
  test('is the soft one that Linux tells', async (t) => {
    const text =
      'Limit                     Soft Limit           Hard Limit           Units     \nMax processes             1024                 2048                 processes \nMax open files            4096                 524288               files     \n';
    assert.equal(await limitIn(t, text), 4096);
  });

  test('is unknown where nothing tells it, or there is none', async (t) => {
    assert.equal(openFileLimit('/nowhere/limits'), null);
    assert.equal(await limitIn(t, 'Max open files   unlimited   unlimited   files\n'), null);
  });

  test('must be more than two for each connection', () => {
    assert.ok(openFilesFor(20_000) > 40_000);
  });
});
