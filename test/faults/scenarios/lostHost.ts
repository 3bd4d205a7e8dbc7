import { startUnresponsiveServer } from '../../support/unresponsiveServer.ts';
import { startStage } from '../../stage/daemonProcess.ts';
import { EchoServer } from '../../stage/fleet.ts';
import { Load } from '../../stage/load.ts';
import { Seen } from '../../stage/seen.ts';
import { containersOf, hostOf } from '../../stage/services.ts';
import { cleanup } from '../../support/cleanup.ts';
import type { Scenario, Scene } from '../scenario.ts';

const CONNECT_TIMEOUT_MS = 1_000;

/** Connections to one of three servers are neither made nor refused. Nothing was sent to it, so nothing at all is lost. */
async function run(scene: Scene): Promise<void> {
  const { score, isQuick } = scene;
  const { port } = await startUnresponsiveServer(scene);
  const seen = new Seen();
  const servers = ['127.45.1.1', '127.45.1.2'].map(
    (address, k) => new EchoServer(`shop-${k}`, address, seen),
  );
  for (const server of servers) {
    await server.start(port);
    cleanup(scene, () => server.kill('fin'));
  }
  const gone = { name: 'gone', address: '127.0.0.1' };
  const { daemon } = await startStage(
    scene,
    [{ name: 'shop', port, containers: containersOf([...servers, gone]) }],
    { LB_CONNECT_TIMEOUT: `${CONNECT_TIMEOUT_MS}ms` },
  );
  const names = new Set(servers.map(({ name }) => name));
  const load = Load.start(scene, { port: daemon.port, hosts: new Map([[hostOf('shop'), names]]) });
  score.faults += 1;
  await load.more(isQuick ? 150 : 600);
  await load.end();
  score.held(load);
  score.nothingWorse(daemon, { seen });
}

export const lostHost: Scenario = { name: 'a host is gone: connections are neither made nor refused', run };
