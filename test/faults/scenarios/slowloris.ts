import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { cleanup } from '../../support/cleanup.ts';
import { eventually, startStage } from '../../stage/daemonProcess.ts';
import { startFleet } from '../../stage/fleet.ts';
import { Load } from '../../stage/load.ts';
import { containersOf, hostOf } from '../../stage/services.ts';
import type { Scenario, Scene } from '../scenario.ts';

const TIMEOUT_MS = 2_000;
/** The check runs twice a second, and then the client has two seconds to read why; the rest is for machines that are busy. */
const SLACK_MS = 4_500;
const TRICKLE_MS = 200;
const SETTINGS = {
  LB_HEADER_TIMEOUT: `${TIMEOUT_MS}ms`,
  LB_STREAM_TIMEOUT: `${TIMEOUT_MS}ms`,
  LB_SERVER_IDLE_TIMEOUT: '1s',
};

/** Clients that send a byte now and then, and come again when they are closed. */
class Slow {
  readonly #sockets = new Set<Socket>();
  readonly #port: number;
  readonly #first: string;
  readonly #timer: NodeJS.Timeout;
  readonly #byte: string;
  #isOver = false;
  opened = 0;
  /** The longest that one was held, in milliseconds. */
  longestMs = 0;

  /** Each sends `first` at once and then `byte` again and again; none where that is empty. */
  constructor(port: number, count: number, first: string, byte: string) {
    this.#port = port;
    this.#first = first;
    this.#byte = byte;
    for (let i = 0; i < count; i++) this.#open();
    this.#timer = setInterval(() => {
      if (this.#byte !== '') for (const socket of this.#sockets) socket.write(this.#byte);
    }, TRICKLE_MS);
  }

  end(): void {
    this.#isOver = true;
    clearInterval(this.#timer);
    for (const socket of this.#sockets) socket.destroy();
  }

  #open(): void {
    const openedAt = performance.now();
    const socket = connect(this.#port, '127.0.0.1', () => socket.write(this.#first));
    this.opened += 1;
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.resume();
    socket.on('close', () => {
      this.#sockets.delete(socket);
      if (this.#isOver) return;
      this.longestMs = Math.max(this.longestMs, performance.now() - openedAt);
      this.#open();
    });
  }
}

async function run(scene: Scene): Promise<void> {
  const { score, isQuick } = scene;
  const fleet = await startFleet(scene, ['victim', 'calm']);
  const [victim, calm] = [fleet.get('victim'), fleet.get('calm')];
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
  const load = Load.start(scene, { port: daemon.port, hosts });
  const many = isQuick ? 60 : 150;
  const host = `Host: ${hostOf('victim')}`;
  const heads = new Slow(daemon.port, many, `GET / HTTP/1.1\r\n${host}\r\nX: `, 'x');
  const stalled = new Slow(
    daemon.port,
    many,
    `POST /?wait=0&size=0 HTTP/1.1\r\n${host}\r\nContent-Length: 1000\r\n\r\nhalf`,
    '',
  );
  const bodies = new Slow(
    daemon.port,
    many,
    `POST /?wait=0&size=0 HTTP/1.1\r\n${host}\r\nContent-Length: 100000\r\n\r\n`,
    'x',
  );
  const all = [heads, stalled, bodies];
  cleanup(scene, () => {
    for (const slow of all) slow.end();
  });
  const until = performance.now() + (isQuick ? 7_000 : 20_000);
  while (performance.now() < until) {
    const askedAt = performance.now();
    await daemon.overview();
    const tookMs = performance.now() - askedAt;
    score.promise(tookMs < 2_000, `the admin server took ${Math.round(tookMs)} ms`);
    await pause(250);
  }
  for (const [what, slow] of [
    ['heads', heads],
    ['stalled bodies', stalled],
  ] as const) {
    score.promise(slow.opened > many, `slow ${what} were never closed`);
    score.promise(
      slow.longestMs < TIMEOUT_MS + SLACK_MS,
      `slow ${what} were held for ${Math.round(slow.longestMs)} ms`,
    );
  }
  for (const slow of all) {
    score.faults += slow.opened;
    slow.end();
  }
  const isGone = (): boolean => victim.inFlight === 0 && victim.openConnections === 0;
  await eventually('every slow request being ended at its server', isGone, 8_000);
  await load.end();
  score.held(load);
  score.nothingWorse(daemon, fleet);
  await score.nothingLeft(daemon, before);
}

export const slowloris: Scenario = { name: 'slow heads, slow bodies and stalled bodies by the hundred', run };
