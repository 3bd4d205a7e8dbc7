import assert from 'node:assert/strict';
import { suite, test, type TestContext } from 'node:test';
import { ADDRESSES, HOST, startContainers, webTest } from '../../support/containers.ts';
import { realServer } from '../../support/daemon.ts';
import { daemonEnv, startProgram, type Program } from '../../support/program.ts';
import { RawClient } from '../../support/rawClient.ts';
import { startStandIn } from '../../support/standIn.ts';

/** Node's name for what happens in a thread, and in which thread it is to meet with a bug. */
interface Bug {
  readonly thread: 'isMainThread' | 'workerData?.settings' | 'workerData?.metadata';
  readonly channel: string;
  /** Of the message on that channel, as `it`. */
  readonly when: string;
}

/** A module, loaded by every thread, that throws out of the event loop of one of them. */
function bugModule({ thread, channel, when }: Bug): string {
  const code = `
    import { isMainThread, workerData } from 'node:worker_threads';
    import { subscribe } from 'node:diagnostics_channel';
    if (${thread}) subscribe('${channel}', (it) => { if (${when}) throw new Error('a bug was put here'); });
  `;
  return `data:text/javascript,${encodeURIComponent(code)}`;
}

async function start(t: TestContext, bug: Bug) {
  const containerPort = await startContainers(t, ADDRESSES);
  const metadata = await startStandIn(t, webTest(containerPort, ['web-1']));
  const program = startProgram(t, [], {
    // The delay must not be waited for when there is nothing left that serves.
    env: daemonEnv(metadata.base, { LB_STOP_DELAY: '1h', LB_REFRESH_INTERVAL: '1h' }),
    nodeFlags: ['--import', bugModule(bug)],
  });
  const adminPort = await program.portOf('admin-listening');
  await program.said(/"event":"installed"/);
  const port = await program.portOf('listening');
  return { program, metadata, containerPort, adminPort, port };
}

/** The lines that tell of something worse than a warning. */
function complaints(program: Program): readonly Record<string, unknown>[] {
  return program.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ level }) => level === 'error' || level === 'fatal');
}

async function whoAnswers(t: TestContext, port: number): Promise<string | undefined> {
  const client = await RawClient.connect(t, port);
  const { message } = await client.request('GET', '/', [['Host', HOST]]).response();
  client.socket.destroy();
  return realServer(message.bodyText);
}

suite('a bug', { concurrency: 3 }, () => {
  test('in the proxy thread ends the daemon at once, logged and with a status that makes Rancher start it anew', async (t) => {
    const { program, port } = await start(t, {
      thread: 'workerData?.settings',
      channel: 'http.server.request.start',
      when: 'true',
    });
    const client = await RawClient.connect(t, port);
    client.request('GET', '/', [['Host', HOST]]);
    await client.closed();
    assert.deepEqual(await program.ended(), { code: 1, signal: null });
    const [line, ...more] = complaints(program);
    assert.deepEqual(more, []);
    assert.deepEqual(
      [line?.['level'], line?.['msg']],
      ['fatal', 'the proxy thread crashed: a bug was put here'],
    );
    assert.match(JSON.stringify(line?.['err']), /"stack":"Error: a bug was put here/);
    assert.equal(program.stderr, '');
  });

  test('in main ends the daemon at once, logged and with a status of its own', async (t) => {
    const { program, adminPort } = await start(t, {
      thread: 'isMainThread',
      channel: 'http.server.request.start',
      when: 'true',
    });
    // It may or may not be answered.
    await fetch(`http://127.0.0.1:${adminPort}/ready`).catch(() => undefined);
    assert.deepEqual(await program.ended(), { code: 70, signal: null });
    assert.deepEqual(
      complaints(program).map(({ level, event }) => [level, event]),
      [['fatal', 'bug']],
    );
    assert.equal(program.stderr, '');
  });

  test('in the refresher thread costs no request: it is logged, and the thread is started anew', async (t) => {
    const { program, metadata, containerPort, port } = await start(t, {
      thread: 'workerData?.metadata',
      channel: 'http.client.response.finish',
      // The first change that the watch sees.
      when: `it.request.path.includes('wait=true')`,
    });
    metadata.set(webTest(containerPort, ['web-2']));
    await program.said(/"event":"refresher-crashed"/);
    assert.equal(await whoAnswers(t, port), 'web-1');
    await program.said(/"event":"installed"[^]*"event":"installed"/);
    assert.equal(await whoAnswers(t, port), 'web-2');
    assert.deepEqual(
      complaints(program).map(({ level, event }) => [level, event]),
      [['error', 'refresher-crashed']],
    );
    assert.equal(program.stderr, '');
  });
});
