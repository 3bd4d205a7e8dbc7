import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { buildImage, requireTools, type BuiltImage } from './builder.ts';
import { startContainer, type Container } from './container.ts';

const repository = join(import.meta.dirname, '../..');
const installed = 'opt/active-lb';

let image: BuiltImage;
before(
  async () => {
    await requireTools();
    image = await buildImage(repository);
  },
  { timeout: 600_000 },
);
after(() => image?.remove());

test('it runs as a fixed user that is not root, by number, so that an engine can tell', () => {
  const [uid, gid] = image.config.User.split(':').map(Number);
  assert.ok(uid! > 0 && gid! > 0, `USER ${image.config.User}`);
});

test('signals reach the daemon: the entrypoint has exec form, no shell stands between', () => {
  assert.deepEqual(image.config.Entrypoint, ['node', `/${installed}/dist/cli.js`]);
});

test('it says which ports it serves and which version it is', () => {
  const { version } = z.object({ version: z.string() }).parse(readJson('package.json'));
  assert.deepEqual(Object.keys(image.config.ExposedPorts).sort(), ['8000/tcp', '8080/tcp']);
  assert.equal(image.config.Labels['org.opencontainers.image.version'], version);
});

test('it carries the program and its production dependencies, no source, no tests, no development tools', () => {
  assert.deepEqual(readdirSync(join(image.rootDir, installed)).sort(), [
    'LICENSE',
    'dist',
    'node_modules',
    'package.json',
  ]);
  const files = readdirSync(join(image.rootDir, installed), { recursive: true, encoding: 'utf8' });
  assert.deepEqual(
    files.filter((file) => /\.([cm]?ts|map)$|^dist\/(.*\/)?(tests?\/|[^/]*\.test\.)/.test(file)),
    [],
  );
  const packages = files
    .filter((file) => file.endsWith('/package.json'))
    .flatMap((file) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\/package\.json$/.exec(file)?.[1] ?? []);
  assert.deepEqual(packages.sort(), productionPackages());
});

test('nothing of the machine that built it stays: no npm, no cache, no configuration of a registry', () => {
  const homeFiles = readdirSync(join(image.rootDir, 'root')).filter(
    (file) => !/^\.(bashrc|profile)$/.test(file),
  );
  assert.deepEqual(homeFiles, []);
  assert.deepEqual(readdirSync(join(image.rootDir, 'usr/local/bin')).sort(), ['active-lb', 'node']);
});

test('it is as small as Debian and Node allow', (t) => {
  const [whole, node, ours] = [bytesOnDisk('.'), bytesOnDisk('usr/local/bin/node'), bytesOnDisk(installed)];
  t.diagnostic(`whole ${whole / 1e6} MB, of which node ${node / 1e6} MB and active-lb ${ours / 1e6} MB`);
  // Debian about 90 MB on disk, Node 116 MB without its symbols (150 MB with them), ours 16 MB when this was written.
  assert.ok(ours < 16e6, 'active-lb and its dependencies under 16 MB');
  assert.ok(whole < 235e6, 'everything under 235 MB');
});

test('its C library starts threads under the seccomp profile of Docker 17.03: older than glibc 2.34', () => {
  const libraries = readdirSync(join(image.rootDir, 'lib/x86_64-linux-gnu'));
  const version = libraries.flatMap((name) => /^libc-2\.(\d+)\.so$/.exec(name)?.[1] ?? []);
  assert.equal(version.length, 1);
  assert.ok(Number(version[0]) < 34, `glibc 2.${version[0]}`);
});

test(
  'under an engine of 2017 it starts, answers /ping, shows its dashboard, is healthy, and SIGTERM ends it with 0',
  { timeout: 60_000 },
  async (t) => {
    const [httpPort, adminPort, closedPort] = await freePorts(3);
    const container = await startContainer(image, {
      LB_HTTP_PORT: String(httpPort),
      LB_HTTP_BIND: '127.0.0.1',
      LB_ADMIN_PORT: String(adminPort),
      LB_ADMIN_BIND: '127.0.0.1',
      LB_METADATA_URL: `http://127.0.0.1:${closedPort}/2016-07-29`,
    });
    t.after(() => container.remove());
    assert.deepEqual(await ping(adminPort!, container), { status: 200, body: 'OK' });
    const page = await (await fetch(`http://127.0.0.1:${adminPort}/`)).text();
    assert.match(
      page,
      /<script>[^]*\/api\/events[^]*<\/script>/,
      'the dashboard, bundled when the image was built',
    );

    const uid = await container.exec([
      'bash',
      '-c',
      'grep ^Uid: /proc/1/status; grep ^Seccomp: /proc/1/status',
    ]);
    assert.match(uid.output, /Uid:\s+10001\s+10001\s+10001\s+10001\nSeccomp:\s+2/);

    const [form, ...check] = image.config.Healthcheck.Test;
    assert.equal(form, 'CMD');
    assert.deepEqual(await container.exec(check), { code: 0, output: '' });
    const dead = await container.exec(check, { LB_ADMIN_PORT: String(closedPort) });
    assert.notEqual(dead.code, 0, 'nobody listens there: unhealthy');

    const version = await container.exec(['active-lb', '--version']);
    assert.equal(version.code, 0, version.output);

    container.signal('SIGTERM');
    const { code, output } = await container.ended;
    assert.equal(code, 0, output);
  },
);

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(join(repository, path), 'utf8'));
}

function bytesOnDisk(path: string): number {
  const printed = execFileSync('du', ['-sx', '--block-size=1', join(image.rootDir, path)], {
    encoding: 'utf8',
  });
  return Number.parseInt(printed, 10);
}

/** The names of the packages that package-lock.json does not mark as needed for development only. */
function productionPackages(): readonly string[] {
  const lockEntry = z.object({ dev: z.boolean().optional() });
  const lock = z.object({ packages: z.record(z.string(), lockEntry) }).parse(readJson('package-lock.json'));
  return Object.entries(lock.packages)
    .filter(([path, { dev }]) => path !== '' && dev !== true && !path.includes('/node_modules/'))
    .map(([path]) => path.replace('node_modules/', ''))
    .sort();
}

/** Ports that were free a moment ago: the daemon in the container cannot tell us which one it would get for port 0. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => {
    const address = server.address();
    assert.ok(address !== null && typeof address === 'object');
    return address.port;
  });
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

/** Asks until somebody answers; fails with the container's output if it ends instead. */
async function ping(port: number, container: Container): Promise<{ status: number; body: string }> {
  const ended = container.ended.then(({ code, output }) => {
    throw new Error(`the container ended with ${code}: ${output}`);
  });
  const answer = async () => {
    for (;;) {
      const response = await fetch(`http://127.0.0.1:${port}/ping`).catch(() => delay(20));
      if (response !== undefined) return { status: response.status, body: await response.text() };
    }
  };
  return Promise.race([answer(), ended]);
}
