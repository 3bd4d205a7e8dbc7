import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { accessSync, constants, realpathSync } from 'node:fs';
import { copyFile, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { captureAll } from '../../support/captures.ts';
import { HOST, startContainers, webTest } from '../../support/containers.ts';
import { daemonEnv, runProgram, startProgram } from '../../support/program.ts';
import { RawClient } from '../../support/rawClient.ts';
import { startStandIn } from '../../support/standIn.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** The machine's own Node, which is what people run the build with, where it is one that we support; else ours. */
async function machineNode(): Promise<string> {
  for (const directory of (process.env['PATH'] ?? '').split(delimiter)) {
    const node = join(directory, 'node');
    if (directory.includes('node_modules') || !isExecutable(node)) continue;
    if (realpathSync(node).includes('node_modules')) continue;
    const { stdout } = await run(node, ['--version']);
    if (Number(/^v(\d+)/.exec(stdout)?.[1]) >= 20) return node;
  }
  return process.execPath;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

let directory = '';
let node = '';
const built = () => ({ node, script: join(directory, 'dist', 'cli.js') });

before(async () => {
  node = await machineNode();
  directory = await mkdtemp(join(tmpdir(), 'active-lb-dist-'));
  const tsc = join(ROOT, 'node_modules', '.bin', 'tsc');
  await run(tsc, ['-p', join(ROOT, 'tsconfig.build.json'), '--outDir', join(directory, 'dist')]);
  await copyFile(join(ROOT, 'package.json'), join(directory, 'package.json'));
  await symlink(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
});
after(() => rm(directory, { recursive: true }));

suite('what npm run build makes', { concurrency: 3 }, () => {
  test('runs as plain JavaScript', async (t) => {
    const { code, stdout, stderr } = await runProgram(t, ['--version'], built());
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(stdout, /^active-lb \d/);
  });

  test('explains', async (t) => {
    const path = join(directory, 'metadata.json');
    await writeFile(path, JSON.stringify(captureAll('2016-07-29')));
    const { code, stdout, stderr } = await runProgram(t, ['explain', path], built());
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(stdout, /^5 routes\n/);
  });

  test('serves and stops, with its threads, and no warning of Node', async (t) => {
    const port = await startContainers(t, { here: '127.0.0.1' });
    const metadata = await startStandIn(t, webTest(port, ['here']));
    const program = startProgram(t, [], { ...built(), env: daemonEnv(metadata.base) });
    await program.said(/"event":"installed"/);
    const client = await RawClient.connect(t, await program.portOf('listening'));
    const { status, message } = await client.request('GET', '/', [['Host', HOST]]).response();
    assert.deepEqual([status, message.bodyText.split('\n')[0]], [200, 'Real_Server: here']);
    program.child.kill('SIGTERM');
    assert.deepEqual(await program.ended(), { code: 0, signal: null });
    assert.equal(program.stderr, '');
  });
});
