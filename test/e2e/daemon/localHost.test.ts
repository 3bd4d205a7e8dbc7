import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Environment } from '../../../src/demo/environment.ts';
import { ADDRESSES, HOST, startContainers } from '../../support/containers.ts';
import { startTestDaemon } from '../../support/daemon.ts';
import { startStandIn } from '../../support/standIn.ts';

/** Two hosts, and whoever asks is on the first of them; `web-1` is there too, `web-2` on the other. */
function twoHosts(port: number): Environment {
  const labels = { 'traefik.enable': 'true', 'traefik.domain': 'local', 'traefik.port': String(port) };
  const containers = ['web-1', 'web-2'].map((name, host) => ({ name, address: ADDRESSES[name]!, host }));
  return {
    hosts: ['127.168.56.11', '127.168.56.12'],
    stacks: [{ name: 'proxy-test', services: [{ name: 'web-test', labels, containers }] }],
  };
}

suite('the host that the daemon runs on', { concurrency: 3 }, () => {
  test('is asked for with LB_PREFER_LOCAL, and not without', async (t) => {
    for (const preferLocal of [true, false]) {
      const metadata = await startStandIn(t, twoHosts(await startContainers(t, ADDRESSES)));
      const lb = await startTestDaemon(t, {
        LB_METADATA_URL: metadata.base,
        LB_PREFER_LOCAL: String(preferLocal),
      });
      await lb.logged('installed');
      assert.equal(
        metadata.requests.some((path) => path.endsWith('/self/host')),
        preferLocal,
      );
    }
  });

  for (const kind of ['status', 'reset', 'hang'] as const) {
    test(`costs nobody anything where the metadata does not tell it (${kind})`, async (t) => {
      const metadata = await startStandIn(t, twoHosts(await startContainers(t, ADDRESSES)));
      metadata.fault(kind === 'status' ? { kind, status: 404 } : { kind }, /\/self\//);
      const lb = await startTestDaemon(t, { LB_METADATA_URL: metadata.base, LB_PREFER_LOCAL: 'true' });
      await lb.logged('installed');
      assert.deepEqual(lb.linesOf('metadata-failed'), []);
      const names = [await lb.whoAnswers(HOST), await lb.whoAnswers(HOST)];
      assert.deepEqual(names.sort(), ['web-1', 'web-2']);
    });
  }
});
