import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { suite, test } from 'node:test';
import { runDemo } from '../../../src/demo/demo.ts';
import { canSharePort } from '../../../src/listen.ts';
import { cleanup } from '../../support/cleanup.ts';
import { realServer, startTestDaemon, type TestDaemon } from '../../support/daemon.ts';
import { runProgram, startProgram } from '../../support/program.ts';
import { RawClient } from '../../support/rawClient.ts';
import { Watch } from '../../support/watch.ts';

/** Between two steps of the scenario. The daemon of that test reads once a second, so that it sees each by itself. */
const STEP_MS = 2_000;
const ANY_PORTS = ['--http-port', '0', '--admin-port', '0'];

suite('the demo', { concurrency: 3 }, () => {
  test('prints a curl line that works and whose Real_Server changes, and where to browse; Ctrl-C ends it', async (t) => {
    const demo = startProgram(t, ['demo', ...ANY_PORTS]);
    const [, host, port] = await demo.said(/curl -H Host:(\S+) http:\/\/127\.0\.0\.1:(\d+)\/\n/);
    const [, adminUrl] = await demo.said(/browse +(http:\/\/127\.0\.0\.1:\d+\/)\n/);
    await demo.said(/end +Ctrl-C/);
    const names: (string | undefined)[] = [];
    for (let i = 0; i < 3; i++) {
      const client = await RawClient.connect(t, Number(port));
      const { status, message } = await client.request('GET', '/', [['Host', host!]]).response();
      assert.equal(status, 200);
      assert.match(message.bodyText, new RegExp(`^Host: ${host!}$`, 'm'));
      names.push(realServer(message.bodyText));
    }
    assert.deepEqual(
      new Set(names),
      new Set(['proxy-test-web-test-1', 'proxy-test-web-test-2', 'proxy-test-web-test-3']),
    );
    assert.match(await (await fetch(adminUrl!)).text(), /web-test\.proxy-test\.local/);
    demo.child.kill('SIGINT');
    assert.deepEqual(await demo.ended(), { code: 0, signal: null });
    assert.equal(demo.stderr, '');
  });

  test(
    'listens on loopback alone, whatever the shell has set',
    { skip: process.platform !== 'linux' },
    async (t) => {
      const demo = startProgram(t, ['demo', ...ANY_PORTS], {
        env: {
          LB_HTTP_BIND: '0.0.0.0',
          LB_ADMIN_BIND: '::',
          LB_METADATA_URL: 'http://rancher-metadata/latest',
        },
      });
      await demo.said(/end +Ctrl-C/);
      const addresses = await listeningAddresses(demo.child.pid!);
      // The stand-in, five containers, the entrypoint with its listeners, and the admin server.
      const entrypoint = canSharePort() ? 8 : 1;
      assert.equal(addresses.length, 1 + 5 + entrypoint + 1, addresses.join(' '));
      for (const address of addresses) assert.match(address, /^127\.0\.0\.\d+$/);
    },
  );

  for (const [flag, other] of [
    ['--http-port', '--admin-port'],
    ['--admin-port', '--http-port'],
  ] as const) {
    test(`says that the ${flag} is taken, and how to choose another`, async (t) => {
      const squatter = createServer().listen(0, '127.0.0.1');
      await once(squatter, 'listening');
      cleanup(t, () => squatter.close());
      const { port } = squatter.address() as AddressInfo;
      const { code, stderr } = await runProgram(t, ['demo', flag, String(port), other, '0']);
      assert.equal(code, 1);
      assert.match(stderr, new RegExp(`^active-lb: port ${port} is taken by another process; .*\n`));
      assert.match(stderr, /\nfor example: npm run demo -- --http-port 8081 --admin-port 8001\n$/);
    });
  }

  test('--scenario tells its steps, each of which is installed and shown, and goes on until it is ended', async (t) => {
    const said: string[] = [];
    const watch = new Watch();
    const end = new AbortController();
    cleanup(t, () => end.abort());
    const daemons: TestDaemon[] = [];
    const demo = runDemo({
      stepMs: STEP_MS,
      signal: end.signal,
      say(line) {
        said.push(line);
        watch.changed();
      },
      async startDaemon(metadataUrl) {
        const lb = await startTestDaemon(t, {
          LB_METADATA_URL: metadataUrl,
          LB_WATCH: 'false',
          LB_REFRESH_INTERVAL: '1s',
        });
        daemons.push(lb);
        const { port } = await lb.daemon.ready;
        return { httpPort: port, adminPort: lb.daemon.admin.port, stop: () => lb.daemon.stop() };
      },
    });
    await watch.until(
      'end of the scenario',
      () => said.find((line) => line.startsWith('the scenario is over')),
      () => said.join('\n'),
      10 * STEP_MS,
    );
    const [running] = daemons as [TestDaemon];
    await running.logged('installed', 5);
    assert.deepEqual(
      said.filter((line) => line.startsWith('step')).map((line) => line.replace(/: .*/, '')),
      [1, 2, 3, 4, 5].map((step) => `step ${step} of 5`),
    );
    assert.deepEqual(
      running.linesOf('installed').map(({ servers }) => servers),
      [3, 5, 2, 3, 2, 3],
    );
    assert.equal((await running.overview()).table?.servers, 3);
    end.abort();
    await demo;
    await assert.rejects(running.admin('/ping'));
  });

  test('that is ended in the middle of the scenario ends at once', async (t) => {
    const demo = startProgram(t, ['demo', '--scenario', ...ANY_PORTS]);
    await demo.said(
      /scenario: repeat the curl line, or keep the dashboard open, and watch; a step every 8 s/,
    );
    demo.child.kill('SIGINT');
    assert.deepEqual(await demo.ended(), { code: 0, signal: null });
    assert.doesNotMatch(demo.stdout, /step 1/);
  });
});

/** The IPv4 or IPv6 addresses that a process listens on, as Linux tells them; IPv6 in hexadecimal. */
async function listeningAddresses(pid: number): Promise<string[]> {
  const links = await Promise.all(
    (await readdir(`/proc/${pid}/fd`)).map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')),
  );
  const inodes = new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []));
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((name) => readFile(`/proc/${pid}/net/${name}`, 'utf8').catch(() => '')),
  );
  return tables
    .flatMap((text) => text.split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , state, , , , , , inode]) => state === '0A' && inodes.has(inode ?? ''))
    .map(([, local = '']) => addressOf(local.split(':')[0] ?? ''));
}

/** `0100007F` is 127.0.0.1: the kernel writes the address as a number of this machine's byte order. */
function addressOf(hex: string): string {
  return hex.length === 8 ? [...Buffer.from(hex, 'hex')].toReversed().join('.') : hex;
}
