import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { captureAll } from '../../support/captures.ts';
import { cleanup } from '../../support/cleanup.ts';
import { webTest } from '../../support/containers.ts';
import { runProgram } from '../../support/program.ts';
import { startStandIn } from '../../support/standIn.ts';

async function file(t: TestContext, text: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'active-lb-'));
  cleanup(t, () => rm(directory, { recursive: true }));
  const path = join(directory, 'metadata.json');
  await writeFile(path, text);
  return path;
}

suite('explain', { concurrency: 3 }, () => {
  test('reads a URL once and tells what is routed and why not, without a daemon', async (t) => {
    const metadata = await startStandIn(t, captureAll('2015-12-19'));
    const { code, stdout, stderr } = await runProgram(t, ['explain', metadata.base]);
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(stdout, /^5 routes\n/);
    assert.match(stdout, /web-test\.proxy-test\.local\/\n +-> proxy-test\/web-test, 3 servers/);
    assert.match(stdout, /no requests: its health check fails \(unhealthy\)/);
    assert.match(stdout, /warning no-health-check/);
    assert.equal(metadata.requests.filter((path) => path.endsWith('/services')).length, 1);
    assert.ok(!metadata.requests.some((path) => path.includes('wait')));
  });

  test('reads a file, by path and by URL, and says the same of it', async (t) => {
    const path = await file(t, JSON.stringify(captureAll('2016-07-29')));
    const byPath = await runProgram(t, ['explain', path]);
    const byUrl = await runProgram(t, ['explain', `file:${path}`]);
    assert.deepEqual([byPath.code, byPath.stderr], [0, '']);
    assert.match(byPath.stdout, /^5 routes\n/);
    assert.equal(byUrl.stdout, byPath.stdout);
  });

  test('takes its source from LB_METADATA_URL, and settings as the daemon does', async (t) => {
    const path = await file(t, JSON.stringify(captureAll('2016-07-29')));
    const { code, stdout } = await runProgram(t, ['explain', '--health-required', 'false'], {
      env: { LB_METADATA_URL: `file:${path}` },
    });
    assert.equal(code, 0);
    assert.match(stdout, /no-check\.proxy-test\.local\/\n +-> proxy-test\/no-check, 2 servers/);
  });

  test('--json is what the admin server answers, for scripts', async (t) => {
    const path = await file(t, JSON.stringify(captureAll('2016-07-29')));
    const { code, stdout } = await runProgram(t, ['explain', path, '--json']);
    assert.equal(code, 0);
    const { routes, services } = JSON.parse(stdout) as {
      routes: readonly { host: string }[];
      services: readonly { id: string }[];
    };
    assert.deepEqual(
      routes.map(({ host }) => host),
      [
        'ext-api.edge.local',
        'idle.proxy-test.local',
        'mixed.proxy-test.local',
        'no-check.proxy-test.local',
        'web-test.proxy-test.local',
      ],
    );
    assert.ok(services.some(({ id }) => id === 'proxy-test/web-test'));
  });

  test('ends with 1 where a service is refused, and says why', async (t) => {
    const labels = { 'traefik.enable': 'true', 'traefik.port': 'http' };
    const metadata = await startStandIn(t, webTest(0, ['web-1'], { labels }));
    const { code, stdout, stderr } = await runProgram(t, ['explain', metadata.base]);
    assert.deepEqual([code, stderr], [1, '']);
    assert.match(stdout, /error invalid-port \(traefik\.port\)/);
  });

  test('ends with 2 where the source cannot be read, and says what is wrong with it', async (t) => {
    const metadata = await startStandIn(t);
    const broken = await file(t, '{"services": [');
    for (const [source, says] of [
      [metadata.base, /answered status 404 .* 200 was expected/],
      [`${metadata.url}/2014-01-01`, /the URL must name one of the versions 2015-07-25/],
      ['http://127.0.0.1:1/latest', /cannot be reached: .*ECONNREFUSED/],
      ['/nowhere/metadata.json', /\/nowhere\/metadata\.json cannot be read: ENOENT/],
      [broken, /metadata\.json is not JSON/],
      ['ftp://127.0.0.1/x', /http:\/\/, https:\/\/ or file: was expected/],
    ] as const) {
      const { code, stdout, stderr } = await runProgram(t, ['explain', source]);
      assert.deepEqual([source, code, stdout], [source, 2, '']);
      assert.match(stderr, says);
      assert.equal(stderr.trimEnd().split('\n').length, 1, stderr);
    }
  });
});
