import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { suite, test, type TestContext } from 'node:test';
import { SETTINGS } from '../../../src/settings.ts';
import { cleanup } from '../../support/cleanup.ts';
import { webTest } from '../../support/containers.ts';
import { daemonEnv, runProgram, startProgram } from '../../support/program.ts';
import { startStandIn } from '../../support/standIn.ts';

/** A port on which somebody else listens. */
async function takenPort(t: TestContext): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanup(t, () => server.close());
  return (server.address() as AddressInfo).port;
}

suite('the command line', { concurrency: 3 }, () => {
  test('--help and --version answer and end', async (t) => {
    const help = await runProgram(t, ['--help']);
    assert.deepEqual([help.code, help.stderr], [0, '']);
    for (const name of Object.keys(SETTINGS)) assert.ok(help.stdout.includes(name), name);
    assert.ok(help.stdout.includes('--http-port'));
    const version = await runProgram(t, ['--version']);
    assert.deepEqual([version.code, version.stderr], [0, '']);
    assert.match(version.stdout, /^active-lb \d+\.\d+\.\d+\n$/);
  });

  test('mistakes in settings are all told at once, with the variable, the value and what is allowed', async (t) => {
    const { code, stdout, stderr } = await runProgram(t, ['run', '--admin-port', '70000'], {
      env: {
        LB_HTTP_PORT: 'http',
        LB_REFRESH_INTERVAL: 'soon',
        LB_WATCH: 'maybe',
        LB_METADATA_URL: 'ftp://x',
      },
    });
    assert.deepEqual([code, stdout], [2, '']);
    const lines = stderr.trimEnd().split('\n').sort();
    assert.equal(lines.length, 5, stderr);
    assert.match(
      lines[0]!,
      /^active-lb: --admin-port \(LB_ADMIN_PORT\): "70000" is not allowed; allowed: a whole number/,
    );
    assert.match(
      lines[1]!,
      /^active-lb: LB_HTTP_PORT: "http" is not allowed; allowed: a whole number from 0 to 65535/,
    );
    assert.match(
      lines[2]!,
      /^active-lb: LB_METADATA_URL: "ftp:\/\/x" is not allowed; allowed: a URL such as/,
    );
    assert.match(
      lines[3]!,
      /^active-lb: LB_REFRESH_INTERVAL: "soon" is not allowed; allowed: a duration such as/,
    );
    assert.match(lines[4]!, /^active-lb: LB_WATCH: "maybe" is not allowed; allowed: true or false/);
  });

  test('unknown commands and flags, and flags in the wrong place, are all told at once', async (t) => {
    const { code, stdout, stderr } = await runProgram(t, ['serve', '--port', '80', '--json', '--admin-port']);
    assert.deepEqual([code, stdout], [2, '']);
    for (const told of [
      /serve: no such command; there are run, demo, explain/,
      /--port: no such flag/,
      /--json: only for explain/,
      /--admin-port: a value is missing/,
    ]) {
      assert.match(stderr, told);
    }
  });

  test('one port for both servers is a mistake', async (t) => {
    const { code, stderr } = await runProgram(t, ['--http-port', '18080', '--admin-port', '18080']);
    assert.equal(code, 2);
    assert.match(stderr, /LB_HTTP_PORT and LB_ADMIN_PORT are both 18080/);
  });

  for (const [name, flag] of [
    ['LB_HTTP_PORT', '--http-port'],
    ['LB_ADMIN_PORT', '--admin-port'],
  ] as const) {
    test(`a taken ${name} is told at start, also before there is any metadata`, async (t) => {
      const port = await takenPort(t);
      const metadata = await startStandIn(t);
      const { code, stderr } = await runProgram(t, [flag, String(port)], { env: daemonEnv(metadata.base) });
      assert.equal(code, 1);
      assert.equal(
        stderr,
        `active-lb: port ${port} is taken by another process; stop it or choose another port (${name} is ${port}, on 127.0.0.1)\n`,
      );
      assert.deepEqual(metadata.requests, []);
    });
  }

  test('a flag wins over its variable, and an empty variable counts as unset', async (t) => {
    const metadata = await startStandIn(t, webTest(80, []));
    const program = startProgram(t, ['--metadata-url', `${metadata.base}/`, '--log-level=warn'], {
      env: daemonEnv(`file:/nowhere`, { LB_DEFAULT_DOMAIN: '', LB_LOG_LEVEL: 'info' }),
    });
    await metadata.nextRequest(/services/);
    program.child.kill('SIGTERM');
    assert.deepEqual(await program.ended(), { code: 0, signal: null });
    assert.deepEqual([program.stdout, program.stderr], ['', '']);
  });

  test('a variable that looks like a setting and is none is warned of', async (t) => {
    const metadata = await startStandIn(t);
    const program = startProgram(t, [], { env: daemonEnv(metadata.base, { LB_HTP_PORT: '8080' }) });
    await program.said(/"level":"warn".*"event":"unknown-setting".*LB_HTP_PORT is no setting of active-lb/);
  });

  test('every line of the log is JSON with an event of its own', async (t) => {
    const metadata = await startStandIn(t, webTest(80, ['web-1']));
    const program = startProgram(t, [], { env: daemonEnv(metadata.base) });
    await program.said(/"event":"installed".*\n.*"event":"change".*\n/);
    for (const line of program.stdout.trimEnd().split('\n')) {
      const { level, time, event, msg } = JSON.parse(line) as Record<string, unknown>;
      for (const part of [level, time, event, msg]) assert.equal(typeof part, 'string', line);
    }
  });
});
