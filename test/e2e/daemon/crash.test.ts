import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:net';
import { suite, test, type TestContext } from 'node:test';
import { answerAsWebTest } from '../../../src/demo/webTest.ts';
import { bugModule, moduleUrl, type Bug } from '../../support/bugModule.ts';
import { ADDRESSES, HOST, startContainers, webTest } from '../../support/containers.ts';
import { realServer } from '../../support/daemon.ts';
import { isRefused } from '../../support/isRefused.ts';
import { daemonEnv, startProgram, type Program } from '../../support/program.ts';
import { RawClient } from '../../support/rawClient.ts';
import { startStandIn } from '../../support/standIn.ts';

/** A daemon that meets with a bug; its server answers `/slow` with the first half and no more. */
async function start(t: TestContext, bug: Bug, settings: Readonly<Record<string, string>> = {}) {
  const held: ServerResponse[] = [];
  const containerPort = await startContainers(t, ADDRESSES, (name, request, response) => {
    if (request.url !== '/slow') return answerAsWebTest(name, request, response);
    response.write('first half, ');
    held.push(response);
  });
  const metadata = await startStandIn(t, webTest(containerPort, ['web-1']));
  const program = startProgram(t, [], {
    // The delay must not be waited for: it is for a daemon in good health.
    env: daemonEnv(metadata.base, {
      LB_STOP_DELAY: '1h',
      LB_REFRESH_INTERVAL: '1h',
      // Where the bugs of proxy threads are put.
      LB_FAST_LANE: 'off',
      ...settings,
    }),
    nodeFlags: ['--import', bugModule(bug)],
  });
  const adminPort = await program.portOf('admin-listening');
  await program.said(/"event":"installed"/);
  const port = await program.portOf('listening');
  return {
    program,
    metadata,
    containerPort,
    port,
    held,
    /** Asks the admin server for what makes main meet with its bug. It may or may not be answered. */
    meetBug: () => fetch(`http://127.0.0.1:${adminPort}/bug`).catch(() => undefined),
    /** A request whose answer has begun. */
    slow: async () => {
      const client = await RawClient.connect(t, port);
      const { message } = await client.request('GET', '/slow', [['Host', HOST]]).responseHead();
      await client.until('the first half', () => message.bodyText === 'first half, ');
      return client;
    },
  };
}

/** The lines that tell of something worse than a warning. */
function complaints(program: Program): readonly Record<string, unknown>[] {
  return program.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ level }) => level === 'error' || level === 'fatal');
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function whoAnswers(t: TestContext, port: number): Promise<string | undefined> {
  const client = await RawClient.connect(t, port);
  const { message } = await client.request('GET', '/', [['Host', HOST]]).response();
  client.socket.destroy();
  return realServer(message.bodyText);
}

/** Of a request that is on the full lane, by its method: Node tells of no others. */
const IN_PROXY: Bug = {
  thread: 'workerData?.settings',
  channel: 'http.server.request.start',
  when: `it.request.url === '/bug'`,
};

suite('a bug', { concurrency: 3 }, () => {
  test('in the only proxy thread costs its connections: it is logged, and the thread is started anew at once', async (t) => {
    const { program, port } = await start(t, IN_PROXY);
    const client = await RawClient.connect(t, port);
    client.request('PURGE', '/bug', [['Host', HOST]]);
    await client.closed();
    const [, tookMs] = await program.said(/"event":"proxy-restarted","thread":"proxy-1","ms":(\d+)/);
    // Of which a machine that is busy with other tests may need several.
    assert.ok(Number(tookMs) < 10_000, `${tookMs} ms`);
    assert.equal(await whoAnswers(t, port), 'web-1');
    const [line, ...more] = complaints(program);
    assert.deepEqual(more, []);
    assert.deepEqual([line?.['level'], line?.['event']], ['error', 'proxy-crashed']);
    assert.match(
      String(line?.['msg']),
      /the proxy thread proxy-1 crashed: a bug was put here; its connections/,
    );
    assert.match(JSON.stringify(line?.['err']), /"stack":"Error: a bug was put here/);
    assert.equal(program.stderr, '');
  });

  test('that a proxy thread meets with again and again ends the daemon, with a status that makes Rancher start it anew', async (t) => {
    const { program, port } = await start(t, IN_PROXY);
    for (let crashes = 0; crashes < 5; crashes += 1) {
      const client = await RawClient.connect(t, port);
      client.request('PURGE', '/bug', [['Host', HOST]]);
      await client.closed();
      if (crashes < 4) await program.said(new RegExp(`(?:"event":"proxy-restarted"[^]*){${crashes + 1}}`));
    }
    assert.deepEqual(await program.ended(), { code: 1, signal: null });
    const told = complaints(program);
    assert.deepEqual(
      told.map(({ level, event }) => `${String(level)} ${String(event)}`),
      [...Array.from({ length: 5 }, () => 'error proxy-crashed'), 'fatal failed'],
    );
    assert.match(
      String(told.at(-1)?.['msg']),
      /crashed 5 times within 30 s, the last time: a bug was put here/,
    );
    assert.equal(program.stderr, '');
  });

  test('in the only proxy thread ends the daemon where its port is taken until another is there, and says so', async (t) => {
    const metadata = await startStandIn(t, webTest(80, ['web-1']));
    const port = await freePort();
    // Whenever a thread is started besides the proxy thread and the refresher: it works where the proxy thread is no more.
    const squat = moduleUrl(`
      import { isMainThread } from 'node:worker_threads';
      import { subscribe } from 'node:diagnostics_channel';
      import { createServer } from 'node:net';
      let n = 0;
      if (isMainThread)
        subscribe('worker_threads', () => {
          if (++n > 2) createServer().on('error', () => {}).listen(${port}, '127.0.0.1').unref();
        });
    `);
    const program = startProgram(t, [], {
      env: daemonEnv(metadata.base, { LB_FAST_LANE: 'off', LB_HTTP_PORT: String(port) }),
      nodeFlags: ['--import', bugModule(IN_PROXY), '--import', squat],
    });
    await program.said(/"event":"installed"/);
    const client = await RawClient.connect(t, port);
    client.request('PURGE', '/bug', [['Host', HOST]]);
    assert.deepEqual(await program.ended(), { code: 1, signal: null });
    assert.deepEqual(events(program), [
      ['error', 'proxy-crashed'],
      ['fatal', 'failed'],
    ]);
    assert.match(program.stdout, new RegExp(`cannot listen: port ${port} is taken by another process`));
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

const IN_MAIN: Bug = {
  thread: 'isMainThread',
  channel: 'http.server.request.start',
  when: `it.request.url === '/bug'`,
};

function events(program: Program): readonly unknown[] {
  return complaints(program).map(({ level, event }) => [level, event]);
}

suite('a bug in main', { concurrency: 3 }, () => {
  for (const [how, event] of [
    ['throw', 'uncaughtException'],
    ['reject', 'unhandledRejection'],
  ] as const) {
    test(`is logged and ends the daemon with a status of its own, after requests in flight: ${event}`, async (t) => {
      const { program, port, held, meetBug, slow } = await start(
        t,
        { ...IN_MAIN, how },
        { LB_GRACE_PERIOD: '30s' },
      );
      const client = await slow();
      await meetBug();
      await program.said(/"event":"bug"/);
      while (!(await isRefused(port))) await new Promise(setImmediate);
      held[0]!.end('second half');
      await client.closed();
      assert.match(client.seen(), /first half, second half/);
      assert.deepEqual(await program.ended(), { code: 70, signal: null });
      assert.deepEqual(events(program), [['fatal', 'bug']]);
      assert.match(JSON.stringify(complaints(program)[0]), new RegExp(`a bug was put here.*${event}`));
      assert.equal(program.stderr, '');
    });
  }

  test('cuts off what is longer than the grace period', async (t) => {
    const { program, meetBug, slow } = await start(t, IN_MAIN, { LB_GRACE_PERIOD: '300ms' });
    const client = await slow();
    await meetBug();
    await client.closed();
    assert.match(client.seen(), /incomplete/);
    assert.deepEqual(await program.ended(), { code: 70, signal: null });
  });

  test('that is the second one ends it at once: nothing works any more', async (t) => {
    const { program, meetBug, slow } = await start(t, IN_MAIN, { LB_GRACE_PERIOD: '1h' });
    const client = await slow();
    await meetBug();
    await program.said(/"event":"bug"/);
    await meetBug();
    await client.closed();
    assert.deepEqual(await program.ended(), { code: 70, signal: null });
    assert.deepEqual(events(program), [
      ['fatal', 'bug'],
      ['fatal', 'bug'],
    ]);
  });

  test('during the stop after SIGTERM bounds what is left of it, LB_STOP_DELAY too', async (t) => {
    const { program, meetBug } = await start(t, IN_MAIN, { LB_GRACE_PERIOD: '0s' });
    program.child.kill('SIGTERM');
    await program.said(/"event":"stopping"/);
    await meetBug();
    assert.deepEqual(await program.ended(), { code: 70, signal: null });
  });

  test('is not made good by a SIGTERM that follows: the status stays', async (t) => {
    const { program, held, meetBug, slow } = await start(t, IN_MAIN, { LB_GRACE_PERIOD: '30s' });
    const client = await slow();
    await meetBug();
    await program.said(/"event":"bug"/);
    program.child.kill('SIGTERM');
    held[0]!.end('second half');
    await client.closed();
    assert.deepEqual(await program.ended(), { code: 70, signal: null });
  });
});
