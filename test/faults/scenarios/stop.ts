import { get } from 'node:http';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { ask, nextNonce, type Outcome } from '../../stage/ask.ts';
import { startStage, type DaemonProcess } from '../../stage/daemonProcess.ts';
import { startFleet, type Fleet } from '../../stage/fleet.ts';
import { Load } from '../../stage/load.ts';
import { containersOf, hostOf } from '../../stage/services.ts';
import type { Allow, Scenario, Scene } from '../scenario.ts';

const GRACE_MS = 5_000;
/** For threads and process to end after the last request. */
const SLACK_MS = 2_500;

/** From `closedAt` on a request may be refused, or meet with a connection that is being closed: no server has seen it then. */
function allowRefused(fleet: Fleet, closedAt: number): Allow {
  return ({ kind, nonce, status, endedAt }: Outcome) =>
    kind === 'broken' && status === 0 && endedAt >= closedAt && !fleet.seen.has(nonce)
      ? 'not accepted: the listener had closed'
      : null;
}

async function run(scene: Scene, delayMs: number): Promise<void> {
  const { score, isQuick } = scene;
  for (let round = 0; round < (isQuick ? 2 : 6); round++) {
    const fleet = await startFleet(scene, ['shop-1', 'shop-2']);
    const { daemon } = await startStage(
      scene,
      [{ name: 'shop', port: fleet.port, containers: containersOf(fleet.servers) }],
      { LB_STOP_DELAY: `${delayMs}ms`, LB_GRACE_PERIOD: `${GRACE_MS}ms` },
    );
    const servers = new Set(fleet.servers.map(({ name }) => name));
    const load = Load.start(scene, { port: daemon.port, hosts: new Map([[hostOf('shop'), servers]]) });
    await load.more(100);
    const long = askLong(daemon, servers);
    await pause(100);
    const askedAt = performance.now();
    score.faults += 1;
    const ending = daemon.terminate();
    if (delayMs > 0) {
      await pause(delayMs / 2);
      const status = await readyStatus(daemon);
      score.promise(status === 503, `/ready answers ${status} while it stops`);
    }
    // A moment of refusals is enough.
    await pause(askedAt + delayMs + 300 - performance.now());
    await load.end();
    const { code, tookMs } = await ending;
    const limitMs = delayMs + GRACE_MS + SLACK_MS;
    score.promise(code === 0, `the exit status is ${code}`);
    score.promise(tookMs < limitMs, `the stop took ${Math.round(tookMs)} ms`);
    score.held(load, allowRefused(fleet, askedAt + delayMs));
    score.asked(await long);
    score.nothingWorse(daemon, fleet);
  }
}

/** One that is in flight when the stop is asked for, and takes a while. */
function askLong({ port }: DaemonProcess, servers: ReadonlySet<string>): Promise<Outcome> {
  return ask({
    port,
    host: hostOf('shop'),
    servers,
    method: 'POST',
    wish: { nonce: nextNonce(), waitMs: 2_000, size: 20_000 },
    body: Buffer.from('long'),
    framing: 'length',
    agent: null,
  });
}

async function readyStatus({ adminPort }: DaemonProcess): Promise<number> {
  const request = get({ host: '127.0.0.1', port: adminPort, path: '/ready', agent: false });
  const [response] = (await once(request, 'response')) as [{ readonly statusCode: number; resume(): void }];
  response.resume();
  return response.statusCode;
}

export const stops: readonly Scenario[] = [
  { name: 'SIGTERM', run: (scene) => run(scene, 0) },
  { name: 'SIGTERM with a delay', run: (scene) => run(scene, 1_000) },
];
