import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import type { Environment, ExternalDescription } from '../../../src/demo/environment.ts';
import { cleanup } from '../../support/cleanup.ts';
import { startContainers } from '../../support/containers.ts';
import { realServer, startTestDaemon } from '../../support/daemon.ts';
import { daemonEnv, startProgram } from '../../support/program.ts';
import { RawClient } from '../../support/rawClient.ts';
import { startStandIn } from '../../support/standIn.ts';

const HOST = 'ext.edge.local';

/** The external service `edge/ext` on this port. */
function edge(port: number, external: ExternalDescription): Environment {
  const labels = { 'traefik.enable': 'true', 'traefik.domain': 'local', 'traefik.port': String(port) };
  return { stacks: [{ name: 'edge', services: [{ name: 'ext', labels, external }] }] };
}

async function start(
  t: TestContext,
  addresses: Readonly<Record<string, string>>,
  external: ExternalDescription,
) {
  const port = await startContainers(t, addresses);
  const metadata = await startStandIn(t, edge(port, external));
  const lb = await startTestDaemon(t, { LB_METADATA_URL: metadata.base });
  await lb.logged('installed');
  return { lb, port, metadata };
}

suite('an external service', { concurrency: 4 }, () => {
  test('is reachable at its addresses, each in turn', async (t) => {
    const addresses = { one: '127.42.7.1', two: '127.42.7.2' };
    const { lb } = await start(t, addresses, { ips: Object.values(addresses) });
    const names = [await lb.whoAnswers(HOST), await lb.whoAnswers(HOST)];
    assert.deepEqual(names.sort(), ['one', 'two']);
  });

  test('is reachable by its name from the first table on: names are resolved before it', async (t) => {
    const { lb } = await start(t, { local: '127.0.0.1' }, { hostname: 'localhost' });
    assert.equal(await lb.whoAnswers(HOST), 'local');
    assert.equal(lb.linesOf('installed').length, 1);
    const { table } = await lb.overview();
    assert.equal(table?.servers, 1);
  });

  test('that gets another name is reachable by that with the table that says so', async (t) => {
    const { lb, metadata, port } = await start(t, { local: '127.0.0.1' }, { ips: ['127.42.7.9'] });
    metadata.set(edge(port, { hostname: 'localhost' }));
    await lb.logged('installed', 1);
    assert.equal(await lb.whoAnswers(HOST), 'local');
  });

  test('whose name is none answers 503, and costs nobody else anything', async (t) => {
    const { lb } = await start(t, { local: '127.0.0.1' }, { hostname: 'no host name' });
    assert.equal(await lb.whoAnswers(HOST), '503');
  });

  test('whose name resolves to another address by now is followed there, without a read of the metadata', async (t) => {
    const addresses = { one: '127.42.7.1', two: '127.42.7.2' };
    const port = await startContainers(t, addresses);
    const directory = await mkdtemp(join(tmpdir(), 'active-lb-'));
    cleanup(t, () => rm(directory, { recursive: true }));
    const zone = join(directory, 'zone');
    await writeFile(zone, addresses.one);
    const metadata = await startStandIn(t, edge(port, { hostname: 'api.test' }));
    const program = startProgram(t, [], {
      env: daemonEnv(metadata.base, { LB_REFRESH_INTERVAL: '1h' }),
      nodeFlags: ['--import', systemResolver(zone)],
    });
    await program.said(/"event":"installed"/);
    const entrypoint = await program.portOf('listening');
    assert.equal(await whoAnswers(t, entrypoint), 'one');
    const reads = () => metadata.requests.filter((path) => path.endsWith('/services')).length;
    const before = reads();
    await writeFile(zone, addresses.two);
    await program.said(/"event":"installed"[^]*"event":"installed"/);
    assert.equal(await whoAnswers(t, entrypoint), 'two');
    assert.equal(reads(), before);
  });
});

/** A module that takes the place of the system's resolver: each name has the address that stands in a file, for a second. */
function systemResolver(file: string): string {
  const code = `
    import { promises as dns } from 'node:dns';
    import { readFile } from 'node:fs/promises';
    const address = () => readFile(${JSON.stringify(file)}, 'utf8');
    const lookup = dns.lookup;
    dns.lookup = async (name, options) =>
      name === 'api.test' ? [{ address: await address(), family: 4 }] : lookup(name, options);
    dns.Resolver.prototype.resolve4 = async () => [{ address: await address(), ttl: 1 }];
    dns.Resolver.prototype.resolve6 = async () => [];
  `;
  return `data:text/javascript,${encodeURIComponent(code)}`;
}

async function whoAnswers(t: TestContext, port: number): Promise<string | undefined> {
  const client = await RawClient.connect(t, port);
  const { message } = await client.request('GET', '/', [['Host', HOST]]).response();
  client.socket.destroy();
  return realServer(message.bodyText);
}
