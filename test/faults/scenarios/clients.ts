import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { cleanup } from '../../support/cleanup.ts';
import { nextNonce } from '../../stage/ask.ts';
import { eventually, startStage } from '../../stage/daemonProcess.ts';
import { targetOf } from '../../stage/echo.ts';
import type { Failing } from '../../stage/faultyServer.ts';
import { startFleet } from '../../stage/fleet.ts';
import { Load } from '../../stage/load.ts';
import { containersOf, hostOf } from '../../stage/services.ts';
import type { Scenario, Scene } from '../scenario.ts';

/** What a client sends, and whether it waits for something before it leaves. */
interface Phase {
  readonly name: string;
  readonly bytes: string;
  readonly leaves: 'once sent' | 'at the first byte' | 'later';
}

const HOST = `Host: ${hostOf('victim')}`;
/** Longer than anything that is waited for here: a server must be told that nobody waits for it any more. */
const LONG_MS = 60_000;

function target(waitMs: number, size = 0): string {
  return targetOf({ nonce: nextNonce(), waitMs, size });
}

function get(path: string): string {
  return `GET ${path} HTTP/1.1\r\n${HOST}\r\n\r\n`;
}

function phases(): readonly Phase[] {
  const post = () => `POST ${target(0)} HTTP/1.1\r\n${HOST}\r\nContent-Length: 1000\r\n\r\n`;
  const chunked = `POST ${target(0)} HTTP/1.1\r\n${HOST}\r\nTransfer-Encoding: chunked\r\n\r\n`;
  const upgrade = `GET ${target(0)} HTTP/1.1\r\n${HOST}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`;
  return [
    { name: 'before the head', bytes: '', leaves: 'once sent' },
    { name: 'in the head', bytes: 'GET /in-the-head HT', leaves: 'once sent' },
    { name: 'after the head', bytes: post(), leaves: 'once sent' },
    { name: 'in the body', bytes: `${post()}half of it`, leaves: 'once sent' },
    { name: 'in a chunk', bytes: `${chunked}ff\r\nhalf of it`, leaves: 'once sent' },
    { name: 'before the response', bytes: get(target(LONG_MS)), leaves: 'later' },
    { name: 'in the response body', bytes: get(target(0, 20_000_000)), leaves: 'at the first byte' },
    { name: 'after the last byte', bytes: get(target(0)), leaves: 'at the first byte' },
    { name: 'on an idle connection', bytes: get(target(0)), leaves: 'later' },
    { name: 'in a tunnel', bytes: upgrade, leaves: 'at the first byte' },
    {
      name: 'with more requests sent than answered',
      bytes: get(target(20)).repeat(20),
      leaves: 'at the first byte',
    },
  ];
}

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
    const clients = phases().map(async (phase) => {
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

/** Connects, sends, and waits as its phase wants. */
async function client(port: number, { bytes, leaves }: Phase): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  if (bytes !== '') await new Promise((resolve) => socket.write(bytes, resolve));
  if (leaves === 'at the first byte') await once(socket, 'readable');
  else await pause(leaves === 'later' ? 100 : 5);
  return socket;
}

export const clientFaults: readonly Scenario[] = [
  { name: 'clients reset connections in every phase', run: (scene) => run(scene, 'reset') },
  { name: 'clients close connections in every phase', run: (scene) => run(scene, 'fin') },
  { name: 'clients fall silent in every phase', run: (scene) => run(scene, 'silent') },
];
