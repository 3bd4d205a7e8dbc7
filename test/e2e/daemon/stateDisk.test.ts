import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { decodeHistory } from '../../../src/control/storedHistory.ts';
import { decodeStored } from '../../../src/control/storedSnapshot.ts';
import { bugModule, moduleUrl } from '../../support/bugModule.ts';
import { cleanup } from '../../support/cleanup.ts';
import { ADDRESSES, HOST, startContainers, webTest } from '../../support/containers.ts';
import { realServer } from '../../support/daemon.ts';
import { daemonEnv, startProgram, type Program } from '../../support/program.ts';
import { RawClient } from '../../support/rawClient.ts';
import { startStandIn } from '../../support/standIn.ts';

/** A daemon in a process of its own, with `web-1` and a state directory; every thread of it imports the module. */
async function start(t: TestContext, module: string | null = null) {
  const directory = await mkdtemp(join(tmpdir(), 'active-lb-'));
  cleanup(t, () => rm(directory, { recursive: true, force: true }));
  const containerPort = await startContainers(t, ADDRESSES);
  const metadata = await startStandIn(t, webTest(containerPort, ['web-1']));
  const settings = { LB_STATE_DIR: directory, LB_LOG_LEVEL: 'debug', LB_REFRESH_INTERVAL: '1h' };
  const program = startProgram(t, [], {
    env: daemonEnv(metadata.base, settings),
    nodeFlags: module === null ? [] : ['--import', module],
  });
  const port = await program.portOf('listening');
  return {
    program,
    directory,
    load: (name: string) => metadata.set(webTest(containerPort, [name])),
    whoAnswers: async () => {
      const client = await RawClient.connect(t, port);
      const { message } = await client.request('GET', '/', [['Host', HOST]]).responseHead();
      await client.until('its name', () => realServer(message.bodyText) !== undefined);
      client.socket.destroy();
      return realServer(message.bodyText);
    },
  };
}

/** The containers that are stored. */
async function stored(directory: string): Promise<readonly string[]> {
  const content = decodeStored(await readFile(join(directory, 'snapshot.json'), 'utf8'));
  if (typeof content === 'string') throw new Error(`the stored snapshot ${content}`);
  return content.snapshot.services.flatMap(({ containers }) => containers.map(({ name }) => name));
}

/** No file may grow beyond so many bytes: a write that would is done in part and then fails, as on a disk that is full. */
function limitFiles({ child }: Program, bytes: number | 'unlimited'): void {
  execFileSync('prlimit', ['--pid', String(child.pid), `--fsize=${bytes}:unlimited`]);
}

/** The nth line of that event. */
function nth(event: string, n: number): RegExp {
  return new RegExp(`(?:"event":"${event}"[^]*){${n}}`);
}

suite('a full disk', { concurrency: 3 }, () => {
  test('in the middle of a write costs one warning, leaves the file of before whole and nothing beside it, and is made up for', async (t) => {
    const { program, directory, load, whoAnswers } = await start(t);
    await program.said(nth('state-written', 1));
    limitFiles(program, 100);
    for (const [i, name] of ['web-2', 'web-3'].entries()) {
      load(name);
      await program.said(nth('installed', i + 2));
      assert.equal(await whoAnswers(), name);
    }
    const [, text = ''] = await program.said(/"event":"state-write-failed","msg":"([^"]*)"/);
    assert.match(text, /LB_STATE_DIR.*(EFBIG|ENOSPC)/);
    assert.deepEqual(await stored(directory), ['web-1']);

    limitFiles(program, 'unlimited');
    load('web-4');
    await program.said(nth('state-write-recovered', 1));
    // A refresh in between makes up for it with what there was before.
    if (!(await stored(directory)).includes('web-4')) await program.said(nth('state-written', 2));
    assert.deepEqual(await stored(directory), ['web-4']);
    await program.said(nth('history-write-recovered', 1));
    program.child.kill('SIGTERM');
    await program.ended();
    assert.deepEqual((await readdir(directory)).sort(), ['history.jsonl', 'snapshot.json']);
    const warnings = program.stdout.match(/(?<="level":"(?:warn|error|fatal)",.*"event":")[\w-]*/g);
    assert.deepEqual(warnings?.sort(), ['history-write-failed', 'state-write-failed'], 'one for each file');
    const history = decodeHistory(await readFile(join(directory, 'history.jsonl'), 'utf8'));
    if (typeof history === 'string') throw new Error(`the stored history ${history}`);
    assert.deepEqual(
      history.map(({ summary }) => /: (.*)$/.exec(summary)?.[1]),
      [
        '1 server added, 1 removed',
        '1 server added, 1 removed',
        '1 server added, 1 removed',
        '1 route, 1 service, 1 server',
      ],
    );
  });
});

/** Has the refresher thread rename files only after it was asked to finish, or never. */
function slowDisk(isEverDone: boolean): string {
  return moduleUrl(`
    import { parentPort, workerData } from 'node:worker_threads';
    import { once } from 'node:events';
    import { syncBuiltinESMExports } from 'node:module';
    import files from 'node:fs/promises';
    if (workerData?.metadata) {
      const asked = once(parentPort, 'message');
      const { rename } = files;
      files.rename = async (...names) => {
        await asked;
        ${isEverDone ? '' : 'await new Promise(() => {});'}
        await rename(...names);
      };
      syncBuiltinESMExports();
    }
  `);
}

suite('what was published just before SIGTERM', { concurrency: 3 }, () => {
  test('is stored before the end', async (t) => {
    const { program, directory } = await start(t, slowDisk(true));
    await program.said(nth('installed', 1));
    assert.equal((await readdir(directory)).includes('snapshot.json'), false, 'not yet');
    program.child.kill('SIGTERM');
    assert.deepEqual(await program.ended(), { code: 0, signal: null });
    assert.deepEqual(await stored(directory), ['web-1']);
    assert.match(program.stdout, /"event":"stopping"[^]*"event":"state-written"/);
    assert.equal(program.stderr, '');
  });

  test('is given up where the disk does not answer within a second', async (t) => {
    const { program, directory } = await start(t, slowDisk(false));
    await program.said(nth('installed', 1));
    const signalledAt = performance.now();
    program.child.kill('SIGTERM');
    assert.deepEqual(await program.ended(), { code: 0, signal: null });
    const tookMs = performance.now() - signalledAt;
    assert.ok(tookMs < 5_000, `${tookMs} ms`);
    assert.equal((await readdir(directory)).includes('snapshot.json'), false);
  });
});

test('after a crash of the refresher thread, what is read next is stored', async (t) => {
  const module = bugModule({
    thread: 'workerData?.metadata',
    channel: 'http.client.response.finish',
    when: `workerData.resume === null && it.request.path.includes('wait=true')`,
  });
  const { program, directory, load } = await start(t, module);
  await program.said(nth('state-written', 1));
  load('web-2');
  await program.said(nth('refresher-crashed', 1));
  assert.deepEqual(await stored(directory), ['web-1']);
  await program.said(nth('state-written', 2));
  assert.deepEqual(await stored(directory), ['web-2']);
  assert.doesNotMatch(program.stdout, /"event":"restored"/);
});
