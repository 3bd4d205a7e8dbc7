import assert from 'node:assert/strict';
import { closeSync, openSync } from 'node:fs';
import { suite, test, type TestContext } from 'node:test';
import { cleanup } from '../../support/cleanup.ts';
import { HOST, startContainers, webTest } from '../../support/containers.ts';
import { namedPipe, type NamedPipe } from '../../support/namedPipe.ts';
import { daemonEnv, startProgram, type Program, type ProgramOptions } from '../../support/program.ts';
import { RawClient } from '../../support/rawClient.ts';
import { startStandIn } from '../../support/standIn.ts';

type Line = Readonly<Record<string, unknown>>;

/** A daemon in a process of its own, with one container behind it. */
async function start(
  t: TestContext,
  settings: Readonly<Record<string, string>>,
  options: ProgramOptions = {},
): Promise<Program> {
  const port = await startContainers(t, { here: '127.0.0.1' }, (_name, _request, response) =>
    response.end('hello'),
  );
  const metadata = await startStandIn(t, webTest(port, ['here']));
  return startProgram(t, [], { env: daemonEnv(metadata.base, settings), ...options });
}

async function routes(program: Program): Promise<{ readonly port: number; readonly adminPort: number }> {
  await program.said(/"event":"installed"/);
  return { port: await program.portOf('listening'), adminPort: await program.portOf('admin-listening') };
}

/** The whole lines of its standard output that are JSON. */
function jsonLines(program: Program): readonly Line[] {
  return program.stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line);
}

/** Asks for `/<n>xxx…` so many times, on one connection. All are answered. */
async function askOften(t: TestContext, port: number, times: number, length: number): Promise<void> {
  const client = await RawClient.connect(t, port, { keepBodies: false });
  const AT_A_TIME = 100;
  for (let asked = 0; asked < times; asked += AT_A_TIME) {
    for (let n = asked; n < asked + AT_A_TIME; n += 1) {
      client.request('GET', `/${n}`.padEnd(length, 'x'), [['Host', 'nobody.test']]);
    }
    for (let n = 0; n < AT_A_TIME; n += 1) assert.equal((await client.response()).status, 404);
  }
  client.socket.destroy();
}

async function answers(port: number, path: string): Promise<number> {
  return (await fetch(`http://127.0.0.1:${port}${path}`)).status;
}

test('json: a line for each request, among the lines of the log; all are there at the end', async (t) => {
  const program = await start(t, { LB_ACCESS_LOG: 'json' });
  const { port } = await routes(program);
  const client = await RawClient.connect(t, port);
  await client.request('GET', '/a?token=secret', [['Host', HOST]]).response();
  await client.request('POST', '/b', [['Host', HOST]], 'body').response();
  await client.request('GET', '/c', [['Host', 'nobody.test']]).response();
  program.child.kill('SIGTERM');
  assert.deepEqual(await program.ended(), { code: 0, signal: null });
  const lines = jsonLines(program);
  const requests = lines.filter(({ event }) => event === 'request');
  assert.deepEqual(
    requests.map(({ method, path, status, service, failure }) => [method, path, status, service, failure]),
    [
      ['GET', '/a', 200, 'proxy-test/web-test', null],
      ['POST', '/b', 200, 'proxy-test/web-test', null],
      ['GET', '/c', 404, null, 'no-route'],
    ],
  );
  assert.deepEqual([requests[0]?.['host'], requests[0]?.['client']], [HOST, '127.0.0.1']);
  assert.equal(lines.at(-1)?.['event'], 'stopped');
});

test('common: a line of the Common Log Format for each request', async (t) => {
  const program = await start(t, { LB_ACCESS_LOG: 'common' });
  const { port } = await routes(program);
  const client = await RawClient.connect(t, port);
  await client.request('GET', '/a?token=secret', [['Host', HOST]]).response();
  await program.said(
    /^127\.0\.0\.1 - - \[\d\d\/[A-Z][a-z]{2}\/\d{4}(:\d\d){3} \+0000\] "GET \/a HTTP\/1\.1" 200 [-\d]+$/m,
  );
});

test('off: no line for a request', async (t) => {
  const program = await start(t, {});
  const { port } = await routes(program);
  const client = await RawClient.connect(t, port);
  await client.request('GET', '/a', [['Host', HOST]]).response();
  program.child.kill('SIGTERM');
  await program.ended();
  assert.deepEqual(
    jsonLines(program).filter(({ event }) => event === 'request'),
    [],
  );
});

/** More than 8 MiB of lines, and more than a pipe holds. */
const TOO_MANY = 8_000;
const MANY = 200;

interface Stalled {
  readonly program: Program;
  readonly pipe: NamedPipe;
  readonly port: number;
  readonly adminPort: number;
}

/** A daemon that was read until it routed, and has been asked so many times since. */
async function stall(t: TestContext, requests: number, leave: (pipe: NamedPipe) => void): Promise<Stalled> {
  const pipe = namedPipe(t);
  const program = await start(t, { LB_ACCESS_LOG: 'json', LB_GRACE_PERIOD: '0s' }, { stdout: pipe.writeEnd });
  program.readFrom(pipe.reader);
  const ports = await routes(program);
  leave(pipe);
  await askOften(t, ports.port, requests, 1_024);
  return { program, pipe, ...ports };
}

suite('where nobody reads standard output', { concurrency: 2 }, () => {
  test('requests and the admin server are answered, and once it is read again a line says how many were dropped', async (t) => {
    const { program, pipe, port, adminPort } = await stall(t, TOO_MANY, ({ reader }) => reader.pause());
    assert.deepEqual(
      [await answers(adminPort, '/ping'), await answers(adminPort, '/api/overview')],
      [200, 200],
    );
    await askOften(t, port, 100, 10);
    pipe.reader.resume();
    await program.said(/"event":"lines-dropped".*\n/);
    await askOften(t, port, 100, 10);
    program.child.kill('SIGTERM');
    await program.said(/"event":"stopped".*\n/);
    const lines = jsonLines(program);
    const kept = lines.filter(({ event }) => event === 'request').length;
    const gaps = lines.filter(({ event }) => event === 'lines-dropped');
    const [gap] = gaps;
    assert.deepEqual([gaps.length, gap?.['level'], gap?.['kind']], [1, 'warn', 'access']);
    assert.equal(kept + Number(gap?.['dropped']), TOO_MANY + 200);
    assert.ok(kept > 200, 'what waited was kept');
  });

  test('the daemon ends in time', async (t) => {
    const { program } = await stall(t, MANY, ({ reader }) => reader.pause());
    const signalledAt = performance.now();
    program.child.kill('SIGTERM');
    assert.deepEqual(await program.ended(), { code: 0, signal: null });
    const tookMs = performance.now() - signalledAt;
    assert.ok(tookMs < 20_000, `${tookMs} ms`);
  });

  test('because the reader is gone, all goes on', async (t) => {
    const { program, adminPort } = await stall(t, MANY, ({ reader }) => reader.destroy());
    assert.equal(await answers(adminPort, '/ping'), 200);
    program.child.kill('SIGTERM');
    assert.deepEqual(await program.ended(), { code: 0, signal: null });
    assert.equal(program.stderr, '');
  });
});

test('where standard output is on a full disk, all goes on', async (t) => {
  const fd = openSync('/dev/full', 'w');
  cleanup(t, () => closeSync(fd));
  // It cannot say its port; nobody else has this address.
  const address = `127.${[1, 2, 3].map(() => 1 + Math.floor(Math.random() * 254)).join('.')}`;
  const settings = { LB_ACCESS_LOG: 'json', LB_ADMIN_BIND: address, LB_ADMIN_PORT: '8000' };
  const program = await start(t, settings, { stdout: fd });
  const ready = async (): Promise<boolean> => {
    try {
      return (await fetch(`http://${address}:8000/ready`)).ok;
    } catch {
      return false;
    }
  };
  while (!(await ready())) assert.equal(program.hasEnded, false, program.stderr);
  program.child.kill('SIGTERM');
  assert.deepEqual(await program.ended(), { code: 0, signal: null });
  assert.equal(program.stderr, '');
});
