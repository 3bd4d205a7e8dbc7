import { setTimeout as pause } from 'node:timers/promises';
import { startMetadataServer, type MetadataServer } from '../../../src/demo/metadata.ts';
import type { Fault } from '../../../src/demo/fault.ts';
import { cleanup } from '../../support/cleanup.ts';
import { DaemonProcess, eventually } from '../../stage/daemonProcess.ts';
import { startFleet } from '../../stage/fleet.ts';
import { Load } from '../../stage/load.ts';
import { containersOf, environmentOf, hostOf } from '../../stage/services.ts';
import type { Scenario, Scene } from '../scenario.ts';

/** A way in which metadata fails, and whether the daemon keeps what it has (and says so), or gets through nevertheless. */
interface Mode {
  readonly name: string;
  /** Null: nobody listens. */
  readonly fault: Fault | null;
  readonly requests?: RegExp;
  readonly outcome: 'keeps' | 'gets through';
  /** Whether it says why within a second or two; a hanging answer takes half a minute to be given up. */
  readonly isToldSoon?: boolean;
}

const MODES: readonly Mode[] = [
  { name: 'nobody listens', fault: null, outcome: 'keeps' },
  { name: 'connections are reset', fault: { kind: 'reset' }, outcome: 'keeps' },
  { name: 'it hangs', fault: { kind: 'hang' }, outcome: 'keeps', isToldSoon: false },
  { name: 'all is 404', fault: { kind: 'status', status: 404 }, outcome: 'keeps' },
  { name: 'all is 500', fault: { kind: 'status', status: 500 }, outcome: 'keeps' },
  {
    name: 'services are 503',
    fault: { kind: 'status', status: 503 },
    requests: /\/services/,
    outcome: 'keeps',
  },
  { name: 'half a body', fault: { kind: 'truncated' }, outcome: 'keeps' },
  { name: 'no JSON', fault: { kind: 'notJson' }, outcome: 'keeps' },
  { name: 'empty lists', fault: { kind: 'empty' }, outcome: 'keeps' },
  { name: 'a slow trickle', fault: { kind: 'slow', ms: 300 }, outcome: 'gets through' },
  { name: 'a new version with every question', fault: { kind: 'flapping' }, outcome: 'gets through' },
  { name: 'long polls that do not wait', fault: { kind: 'ignoreWait' }, outcome: 'gets through' },
];

async function run(scene: Scene): Promise<void> {
  const { score, isQuick } = scene;
  const fleet = await startFleet(scene, ['shop-1', 'shop-2', 'shop-3']);
  const environments = [2, 3].map((count) =>
    environmentOf([
      { name: 'shop', port: fleet.port, containers: containersOf(fleet.servers.slice(0, count)) },
    ]),
  );
  let metadata: MetadataServer = await startMetadataServer({ environment: environments[0]! });
  cleanup(scene, () => metadata.close());
  const daemon = await DaemonProcess.start(scene, `${metadata.url}/latest`, { LB_REFRESH_INTERVAL: '1s' });
  const load = Load.start(scene, {
    port: daemon.port,
    hosts: new Map([[hostOf('shop'), new Set(fleet.servers.map(({ name }) => name))]]),
    clients: 6,
  });
  for (const [nth, mode] of MODES.entries()) {
    const next = environments[(nth + 1) % 2]!;
    const servers = ((nth + 1) % 2) + 2;
    const tableBefore = (await daemon.overview()).table?.id;
    score.faults += 1;
    if (mode.fault === null) await metadata.close();
    else {
      metadata.fault(mode.fault, mode.requests);
      metadata.set(next);
    }
    if (mode.outcome === 'keeps') {
      if (mode.isToldSoon !== false)
        await daemon.untilOverview(`an error while ${mode.name}`, (it) => it.metadata.lastError !== null);
      await pause(isQuick ? 400 : 6_000);
      const { table, metadata: status } = await daemon.overview();
      score.promise(table?.id === tableBefore, `while ${mode.name}, another table was installed`);
      score.promise(
        status.lastError !== null || mode.isToldSoon === false,
        `while ${mode.name}, no error is told`,
      );
      const ready = await daemon.api('/ready');
      score.promise(JSON.stringify(ready) === '{"ready":true}', `while ${mode.name}, it is not ready`);
    } else {
      await daemon.untilOverview(`the next table while ${mode.name}`, (it) => it.table?.servers === servers);
    }
    // What hangs is ended by a restart; the others come to themselves.
    if (mode.fault === null || mode.fault.kind === 'hang') {
      const { port } = metadata;
      if (mode.fault !== null) await metadata.close();
      metadata = await startMetadataServer({ environment: next, port });
    } else metadata.fault(null);
    await daemon.untilOverview(
      `the next table after ${mode.name}`,
      (it) => it.table?.servers === servers && it.metadata.lastError === null,
    );
  }
  await eventually('all servers answering', () => load.answers.size === 3);
  await load.end();
  score.held(load);
  score.nothingWorse(daemon, fleet);
}

export const metadataModes: Scenario = { name: 'metadata in every broken mode', run };
