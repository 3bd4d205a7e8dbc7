import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import type { DryRun } from '../../../src/control/dryRun.ts';
import type { RequestExplanation } from '../../../src/control/explainRequest.ts';
import { captureAll } from '../../support/captures.ts';
import { cleanup } from '../../support/cleanup.ts';
import { ADDRESSES, startContainers, webTest } from '../../support/containers.ts';
import { realServer, startTestDaemon } from '../../support/daemon.ts';
import { runProgram, startProgram } from '../../support/program.ts';
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

  test('refuses a URL with a password, and does not repeat it', async (t) => {
    const { code, stderr } = await runProgram(t, ['explain', 'http://me:secret@127.0.0.1/latest']);
    assert.equal(code, 2);
    assert.equal(
      stderr,
      'active-lb: http://…@127.0.0.1/latest cannot be read; a URL without user and password was expected.\n',
    );
  });

  test('is no failure where the reader wants no more, as with a pipe to head', async (t) => {
    const path = await file(t, JSON.stringify(captureAll('2016-07-29')));
    const program = startProgram(t, ['explain', path]);
    program.child.stdout?.destroy();
    assert.deepEqual(await program.ended(), { code: 0, signal: null });
    assert.equal(program.stderr, '');
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

function source(t: TestContext): Promise<string> {
  return file(t, JSON.stringify(captureAll('2016-07-29')));
}

suite('explain one request or service', { concurrency: 3 }, () => {
  const HOST = 'web-test.proxy-test.local';

  test('a request that reaches a server ends with 0, one that does not with 1', async (t) => {
    const path = await source(t);
    const routed = await runProgram(t, ['explain', path, '--host', HOST, '--path', '/x', '--method', 'POST']);
    assert.deepEqual([routed.code, routed.stderr], [0, '']);
    assert.match(
      routed.stdout,
      /^POST web-test\.proxy-test\.local\/x goes to proxy-test\/web-test, to one of 3\n +servers/,
    );
    const lost = await runProgram(t, ['explain', path, '--host', 'web-tset.proxy-test.local']);
    assert.equal(lost.code, 1);
    assert.match(lost.stdout, /nearest host that is published is\n? +web-test\.proxy-test\.local/);
  });

  test('a service that is routed ends with 0, one without servers with 1', async (t) => {
    const path = await source(t);
    const routed = await runProgram(t, ['explain', path, '--service', 'proxy-test/web-test']);
    assert.deepEqual([routed.code, routed.stderr], [0, '']);
    assert.match(routed.stdout, /^proxy-test\/web-test: routed\n/);
    const idle = await runProgram(t, ['explain', path, '--service', 'proxy-test/no-check']);
    assert.equal(idle.code, 1);
    assert.match(idle.stdout, /^proxy-test\/no-check: no servers\n/);
  });

  test('--json is what the admin server answers', async (t) => {
    const { stdout } = await runProgram(t, ['explain', await source(t), '--host', HOST, '--json']);
    const explanation = JSON.parse(stdout) as RequestExplanation;
    assert.deepEqual([explanation.forwarded, explanation.winner?.service], [true, 'proxy-test/web-test']);
  });

  test('what cannot be asked ends with 2 and says what would be right', async (t) => {
    const path = await source(t);
    for (const [args, says] of [
      [['--host', 'http://web.test/x'], /is not a host; .* here web\.test, and "\/x" as the path/],
      [['--service', 'proxy-test/web'], /no service "proxy-test\/web" .*nearest one is proxy-test\/web-test/],
      [['--path', '/x'], /--path: only with --host/],
    ] as const) {
      const { code, stdout, stderr } = await runProgram(t, ['explain', path, ...args]);
      assert.deepEqual([code, stdout], [2, '']);
      assert.match(stderr, says);
    }
  });
});

suite('explain one service with other labels', { concurrency: 3 }, () => {
  const ID = 'proxy-test/web-test';

  test('tells what would differ; it ends with 0 where all would be well, else with 1', async (t) => {
    const path = await source(t);
    for (const [args, status, says] of [
      [
        ['--with-label', 'traefik.domain=a.test'],
        0,
        /\n {2}\+ route web-test\.proxy-test\.a\.test → proxy-test\/web-test \(3\n? +servers\)/,
      ],
      [
        ['--with-label', 'traefik.port=8081', '--without-label=traefik.tags'],
        0,
        /\nchanges: 3 servers changed\n/,
      ],
      [['--without-label', 'traefik.enable'], 1, /^dry run: .*\n\nproxy-test\/web-test: not enabled\n/],
      [['--with-label=traefik.port=http'], 1, /\n {2}error invalid-port \(traefik\.port\), new\n/],
    ] as const) {
      const { code, stdout, stderr } = await runProgram(t, ['explain', path, '--service', ID, ...args]);
      assert.deepEqual([code, stderr], [status, ''], args.join(' '));
      assert.match(stdout, says);
    }
  });

  test('--json is what the admin server answers', async (t) => {
    const port = await startContainers(t, ADDRESSES);
    const metadata = await startStandIn(t, webTest(port, ['web-1', 'web-2']));
    const lb = await startTestDaemon(t, { LB_METADATA_URL: metadata.base });
    await lb.logged('installed');
    const labels = { 'traefik.domain': 'a.test', 'traefik.frontend.auth.basic.users': 'me:secret' };
    const response = await fetch(`http://127.0.0.1:${lb.daemon.admin.port}/api/dry-run`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ service: ID, labels: { ...labels, 'traefik.port': null } }),
    });
    const flags = Object.entries(labels).flatMap(([key, value]) => ['--with-label', `${key}=${value}`]);
    const asked = ['--service', ID, ...flags, '--without-label', 'traefik.port', '--json'];
    const { code, stdout } = await runProgram(t, ['explain', metadata.base, ...asked]);
    assert.equal(code, 1);
    assert.deepEqual(JSON.parse(stdout), await response.json());
    assert.doesNotMatch(stdout, /secret/);
  });

  test('resolves the name of an external service that would be published', async (t) => {
    const path = await source(t);
    const asked = ['--service', 'edge/ext-host', '--with-label', 'traefik.enable=true', '--json'];
    const { code, stdout } = await runProgram(t, ['explain', path, ...asked]);
    const { service, notes } = JSON.parse(stdout) as DryRun;
    assert.deepEqual([code, notes, service?.servers.length], [0, [], 1]);
  });

  test('what cannot be asked ends with 2', async (t) => {
    const path = await source(t);
    for (const [args, says] of [
      [
        ['--service', 'proxy-test/web'],
        /there is no service "proxy-test\/web" in the metadata; the nearest one is proxy-test\/web-test/,
      ],
      [[], /--with-label: only with --service/],
    ] as const) {
      const asked = ['explain', path, ...args, '--with-label', 'traefik.enable=true'];
      const { code, stdout, stderr } = await runProgram(t, asked);
      assert.deepEqual([code, stdout], [2, '']);
      assert.match(stderr, says);
    }
  });
});

test('what is explained is what the proxy does: the server, the target, and the text of its own answers', async (t) => {
  const port = await startContainers(t, ADDRESSES);
  const labels = { 'traefik.enable': 'true', 'traefik.port': String(port) };
  const service = (name: string, more: Readonly<Record<string, string>>, containers: readonly string[]) => ({
    name,
    labels: { ...labels, ...more },
    containers: containers.map((each) => ({ name: each, address: ADDRESSES[each] ?? '' })),
  });
  const services = [
    service('api', { 'traefik.frontend.rule': 'Host:a.test;PathPrefixStrip:/api;Headers:X-V,2' }, ['web-1']),
    service('web', { 'traefik.frontend.rule': 'Host:a.test;PathPrefix:/api' }, ['web-2', 'web-3']),
    service('any', { 'traefik.frontend.rule': 'HostRegexp:{x:[a-z]+}.test;PathPrefix:/any' }, ['web-4']),
    service('auth', { 'traefik.domain': 'test', 'traefik.frontend.auth.basic': 'a:b' }, ['web-5']),
    service('empty', { 'traefik.domain': 'test' }, []),
  ];
  const metadata = await startStandIn(t, { stacks: [{ name: 's', services }] });
  const lb = await startTestDaemon(t, { LB_METADATA_URL: metadata.base });
  await lb.daemon.ready;
  const seen = new Set<number>();
  for (const [host, path, field] of [
    ['A.test:80', '/api/x?y=1', 'X-V: 2'],
    ['a.test', '/api/x', null],
    ['a.test', '/apis', null],
    ['a.test', '/any/%7ea', null],
    ['b.test', '/any', 'X-V: 2'],
    ['b.test', '/..%2fany', null],
    ['auth.s.test', '/', null],
    ['empty.s.test', '/', null],
    ['nothing.at.all', '/', null],
  ] as const) {
    const query = new URLSearchParams({ host, path, ...(field === null ? {} : { header: field }) });
    const { body } = await lb.admin<RequestExplanation>(`/api/explain?${query.toString()}`);
    const [name = '', value = ''] = field?.split(': ') ?? [];
    const { status, message } = await lb.ask(host, path, field === null ? [] : [[name, value]]);
    seen.add(status);
    if (body.answer !== null) {
      assert.deepEqual([status, message.bodyText], [body.answer.status, `${body.answer.text}\n`]);
      continue;
    }
    assert.equal(status, 200);
    const receiving = body.backend?.servers.filter(({ receives }) => receives).map(({ id }) => id) ?? [];
    assert.ok(receiving.includes(realServer(message.bodyText) ?? ''), message.bodyText);
    const prefix = body.sent?.forwardedPrefix ?? null;
    assert.ok(message.bodyText.includes(`GET ${body.sent?.target} HTTP/1.1\n`), message.bodyText);
    assert.ok(message.bodyText.includes(`\nHost: ${body.sent?.host}\n`), message.bodyText);
    assert.equal(/^X-Forwarded-Prefix: (.*)$/m.exec(message.bodyText)?.[1] ?? null, prefix);
  }
  assert.deepEqual(
    [...seen].toSorted((a, b) => a - b),
    [200, 400, 404, 503],
  );
});
