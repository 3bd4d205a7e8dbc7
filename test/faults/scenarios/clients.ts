import type { Socket } from 'node:net';
import { cleanup } from '../../support/cleanup.ts';
import { eventually, startStage } from '../../stage/daemonProcess.ts';
import type { Failing } from '../../stage/faultyServer.ts';
import { startFleet } from '../../stage/fleet.ts';
import { Load } from '../../stage/load.ts';
import { containersOf, hostOf } from '../../stage/services.ts';
import { client, phases } from '../clientPhases.ts';
import type { Scenario, Scene } from '../scenario.ts';

const SETTINGS = {
  LB_SERVER_IDLE_TIMEOUT: '1s',
  LB_HEADER_TIMEOUT: '1s',
  LB_RESPONSE_TIMEOUT: '2s',
  LB_STREAM_TIMEOUT: '1s',
  LB_IDLE_TIMEOUT: '2s',
};

async function run(scene: Scene, failing: Failing): Promise<void> {
  const { score, isQuick } = scene;
  const fleet = await startFleet(scene, ['victim', 'calm']);
  const [victim, calm] = [fleet.get('victim'), fleet.get('calm')];
  victim.onUpgrade = (_request, socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    socket.pipe(socket);
  };
  const { daemon } = await startStage(
    scene,
    [victim, calm].map((server) => ({
      name: server.name,
      port: fleet.port,
      containers: containersOf([server]),
    })),
    SETTINGS,
  );
  const before = daemon.open;
  const hosts = new Map([[hostOf('calm'), new Set(['calm'])]]);
  const load = Load.start(scene, { port: daemon.port, hosts, clients: 6 });
  const sockets: Socket[] = [];
  cleanup(scene, () => {
    for (const socket of sockets) socket.destroy();
  });
  for (let round = 0; round < (isQuick ? 5 : 30); round++) {
    const clients = phases(hostOf('victim')).map(async (phase) => {
      const socket = await client(daemon.port, phase);
      sockets.push(socket);
      score.faults += 1;
      if (failing === 'reset') socket.resetAndDestroy();
      else if (failing === 'fin') socket.destroy();
      else socket.pause();
    });
    await Promise.all(clients);
  }
  const isGone = (): boolean => victim.inFlight === 0 && victim.openConnections === 0;
  await eventually('every request of a client that left being ended at its server', isGone, 8_000);
  await load.more(20);
  await load.end();
  score.held(load);
  score.nothingWorse(daemon, fleet);
  await score.nothingLeft(daemon, before);
}

export const clientFaults: readonly Scenario[] = [
  { name: 'clients reset connections in every phase', run: (scene) => run(scene, 'reset') },
  { name: 'clients close connections in every phase', run: (scene) => run(scene, 'fin') },
  { name: 'clients fall silent in every phase', run: (scene) => run(scene, 'silent') },
];
