import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { suite, test, type TestContext } from 'node:test';
import { HOST, startContainers, webTest } from '../../support/containers.ts';
import { isRefused } from '../../support/isRefused.ts';
import { daemonEnv, startProgram, type Program } from '../../support/program.ts';
import { RawClient } from '../../support/rawClient.ts';
import { startStandIn } from '../../support/standIn.ts';

/** Long enough for whatever a test does meanwhile; none waits it out. */
const LONG = '30s';

interface Running {
  readonly program: Program;
  readonly port: number;
  readonly adminPort: number;
  /** Requests for `/slow`, which the server has begun to answer. */
  readonly held: readonly ServerResponse[];
  /** A request for `/slow` whose answer has begun. */
  readonly slow: () => Promise<RawClient>;
}

/** A daemon in a process of its own, whose server answers `/slow` with the first half and no more. */
async function start(t: TestContext, settings: Readonly<Record<string, string>>): Promise<Running> {
  const held: ServerResponse[] = [];
  const port = await startContainers(t, { here: '127.0.0.1' }, (_name, request, response) => {
    if (request.url !== '/slow') {
      response.end('at once');
      return;
    }
    response.write('first half, ');
    held.push(response);
  });
  const metadata = await startStandIn(t, webTest(port, ['here']));
  const program = startProgram(t, [], { env: daemonEnv(metadata.base, settings) });
  const adminPort = await program.portOf('admin-listening');
  await program.said(/"event":"installed"/);
  const httpPort = await program.portOf('listening');
  return {
    program,
    port: httpPort,
    adminPort,
    held,
    async slow() {
      const client = await RawClient.connect(t, httpPort);
      const { message } = await client.request('GET', '/slow', [['Host', HOST]]).responseHead();
      await client.until('the first half', () => message.bodyText === 'first half, ');
      return client;
    },
  };
}

async function ready(port: number): Promise<{ readonly status: number; readonly body: unknown }> {
  const response = await fetch(`http://127.0.0.1:${port}/ready`);
  return { status: response.status, body: await response.json() };
}

/** Ended by itself, in peace, and without a word on standard error (such as a warning of Node). */
async function endsWell(program: Program): Promise<void> {
  assert.deepEqual(await program.ended(), { code: 0, signal: null });
  assert.equal(program.stderr, '');
  assert.match(program.stdout, /"event":"stopped"/);
}

suite('SIGTERM', { concurrency: 4 }, () => {
  test('with nothing to do ends the daemon at once, with exit status 0, also when clients keep connections', async (t) => {
    const { program, port } = await start(t, { LB_GRACE_PERIOD: LONG });
    const client = await RawClient.connect(t, port);
    const { status } = await client.request('GET', '/', [['Host', HOST]]).response();
    assert.equal(status, 200);
    const unused = await RawClient.connect(t, port);
    const signalledAt = performance.now();
    program.child.kill('SIGTERM');
    await Promise.all([client.closed(), unused.closed()]);
    await endsWell(program);
    const tookMs = performance.now() - signalledAt;
    assert.ok(tookMs < 5_000, `${tookMs} ms`);
  });

  test('is announced for LB_STOP_DELAY: not ready, Connection: close, and new connections are still served', async (t) => {
    const { program, port, adminPort } = await start(t, { LB_STOP_DELAY: '1500ms' });
    const kept = await RawClient.connect(t, port);
    await kept.request('GET', '/', [['Host', HOST]]).response();
    assert.equal((await ready(adminPort)).status, 200);
    program.child.kill('SIGTERM');
    await program.said(/"event":"stopping"/);
    assert.deepEqual(await ready(adminPort), {
      status: 503,
      body: { ready: false, reasons: ['the daemon is stopping'] },
    });
    const fresh = await RawClient.connect(t, port);
    for (const client of [kept, fresh]) {
      const { status, message } = await client.request('GET', '/', [['Host', HOST]]).response();
      assert.deepEqual([status, message.get('connection')?.toLowerCase()], [200, 'close']);
      await client.closed();
    }
    assert.equal(program.hasEnded, false);
    await endsWell(program);
    assert.ok(await isRefused(port));
  });

  test('lets what is in flight finish within the grace period, while new connections are refused', async (t) => {
    const { program, port, held, slow } = await start(t, { LB_GRACE_PERIOD: LONG });
    const client = await slow();
    program.child.kill('SIGTERM');
    await program.said(/"event":"stopping"/);
    while (!(await isRefused(port))) await new Promise(setImmediate);
    held[0]!.end('second half');
    await client.closed();
    assert.match(client.seen(), /first half, second half/);
    await endsWell(program);
  });

  test('cuts off what is longer than the grace period, says so, and still ends with exit status 0', async (t) => {
    const { program, slow } = await start(t, { LB_GRACE_PERIOD: '300ms' });
    const client = await slow();
    program.child.kill('SIGTERM');
    await client.closed();
    assert.match(client.seen(), /incomplete/);
    await endsWell(program);
    assert.match(program.stdout, /stopped; 1 connections were cut off/);
  });

  test('before the first table ends the daemon at once', async (t) => {
    const metadata = await startStandIn(t);
    const program = startProgram(t, ['run'], { env: daemonEnv(metadata.base, { LB_GRACE_PERIOD: LONG }) });
    await program.said(/"event":"metadata-failed"/);
    program.child.kill('SIGTERM');
    await endsWell(program);
  });

  test('while the metadata service hangs ends the daemon at once', async (t) => {
    const metadata = await startStandIn(t);
    metadata.fault({ kind: 'hang' });
    const asked = metadata.nextRequest(/2016-07-29/);
    const program = startProgram(t, ['run'], { env: daemonEnv(metadata.base, { LB_GRACE_PERIOD: LONG }) });
    await asked;
    program.child.kill('SIGTERM');
    await endsWell(program);
  });
});

suite('a second signal', { concurrency: 2 }, () => {
  for (const [first, second, code] of [
    ['SIGTERM', 'SIGTERM', 143],
    ['SIGTERM', 'SIGINT', 130],
    ['SIGINT', 'SIGTERM', 143],
  ] as const) {
    test(`ends the daemon at once: ${second} after ${first}`, async (t) => {
      const { program, slow } = await start(t, { LB_GRACE_PERIOD: LONG });
      const client = await slow();
      program.child.kill(first);
      await program.said(/"event":"stopping"/);
      program.child.kill(second);
      assert.deepEqual(await program.ended(), { code, signal: null });
      await client.closed();
    });
  }

  test('that follows at once is the same Ctrl-C, which npm passes on a second time', async (t) => {
    const { program, held, slow } = await start(t, { LB_GRACE_PERIOD: LONG });
    const client = await slow();
    program.child.kill('SIGINT');
    await program.said(/"event":"stopping"/);
    program.child.kill('SIGINT');
    held[0]!.end('second half');
    await client.closed();
    assert.match(client.seen(), /first half, second half/);
    await endsWell(program);
  });
});
