import assert from 'node:assert/strict';
import { suite, test, type TestContext } from 'node:test';
import type { ContainerDescription, Environment } from '../../../src/demo/environment.ts';
import { ADDRESSES, HOST, startContainers } from '../../support/containers.ts';
import { startTestDaemon, type TestDaemon } from '../../support/daemon.ts';
import { startStandIn } from '../../support/standIn.ts';

/** `web-1` on our own host, the others on another. */
const CONTAINERS = ['web-1', 'web-2', 'web-3'].map((name, i): ContainerDescription => {
  return { name, address: ADDRESSES[name] ?? null, host: Math.min(i, 1) };
});

async function start(t: TestContext, label: string | null, preferLocal: boolean) {
  const port = await startContainers(t, ADDRESSES);
  const labels = {
    'traefik.enable': 'true',
    'traefik.domain': 'local',
    'traefik.port': String(port),
    ...(label === null ? {} : { 'traefik.prefer.local': label }),
  };
  const environment = (containers: readonly ContainerDescription[]): Environment => ({
    hosts: ['127.168.56.11', '127.168.56.12'],
    stacks: [{ name: 'proxy-test', services: [{ name: 'web-test', labels, containers }] }],
  });
  const metadata = await startStandIn(t, environment(CONTAINERS));
  const lb = await startTestDaemon(t, {
    LB_METADATA_URL: metadata.base,
    LB_PREFER_LOCAL: String(preferLocal),
  });
  await lb.logged('installed');
  return { lb, load: (containers: readonly ContainerDescription[]) => metadata.set(environment(containers)) };
}

/** Who answers when asked a few times, without repetition. */
async function answering(lb: TestDaemon): Promise<string[]> {
  const names = new Set<string>();
  for (let i = 0; i < 9; i++) names.add(await lb.whoAnswers(HOST));
  return [...names].sort();
}

suite('servers on our own host', { concurrency: 3 }, () => {
  test('get all requests with LB_PREFER_LOCAL, and others none while one of them is eligible', async (t) => {
    const { lb, load } = await start(t, null, true);
    assert.deepEqual(await answering(lb), ['web-1']);
    load(CONTAINERS.slice(1));
    await lb.logged('installed', 1);
    assert.deepEqual(await answering(lb), ['web-2', 'web-3']);
    load(CONTAINERS);
    await lb.logged('installed', 2);
    assert.deepEqual(await answering(lb), ['web-1']);
  });

  test('get all requests of a service that asks for it by its label', async (t) => {
    const { lb } = await start(t, 'true', false);
    assert.deepEqual(await answering(lb), ['web-1']);
  });

  test('are like all others where the label says so, whatever the setting', async (t) => {
    const { lb } = await start(t, 'false', true);
    assert.deepEqual(await answering(lb), ['web-1', 'web-2', 'web-3']);
  });
});
