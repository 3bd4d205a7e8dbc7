import { setTimeout as pause } from 'node:timers/promises';
import { ask, nextNonce, type Outcome, type Question } from '../../stage/ask.ts';
import { startStage } from '../../stage/daemonProcess.ts';
import { PHASES, startFaultyServer, type Failing, type Phase } from '../../stage/faultyServer.ts';
import { startFleet } from '../../stage/fleet.ts';
import { Load } from '../../stage/load.ts';
import { containersOf, hostOf } from '../../stage/services.ts';
import type { Allow, Scenario, Scene } from '../scenario.ts';

/** What is asked of each pair of a faulty server and a good one; an odd number, so that each meets both. */
const REQUESTS: readonly Pick<Question, 'method' | 'body'>[] = [
  { method: 'GET', body: null },
  { method: 'POST', body: Buffer.alloc(5_000, 'body ') },
  { method: 'DELETE', body: null },
  { method: 'POST', body: null },
  { method: 'PUT', body: Buffer.alloc(50, 'body ') },
];

/** So long that a server sees a part of it first; its echo would be lost with a reset after it, so others are short. */
const LONG_BODY = Buffer.alloc(300_000, 'body ');

/** How late a time-out may be. */
const SLACK_MS = 1_500;
const TIMEOUT_MS = 1_000;
const SETTINGS = {
  LB_SERVER_IDLE_TIMEOUT: '1s',
  LB_RESPONSE_TIMEOUT: `${TIMEOUT_MS}ms`,
  LB_STREAM_TIMEOUT: `${TIMEOUT_MS}ms`,
};

/** What may be lost to a server that breaks off in this phase: exactly what is unsafe to repeat. */
function allowBroken(phase: Phase): Allow {
  const at = PHASES.indexOf(phase);
  if (at >= PHASES.indexOf('after the last byte')) return () => null;
  if (at >= PHASES.indexOf('after the response head'))
    return ({ kind }) => (kind === 'broken' ? 'its response had begun' : null);
  return ({ isSafe }) => (isSafe ? null : 'unsafe to repeat, and a server may have had it');
}

/** Nothing is repeated after a time-out, but each request has an end soon after it. */
const allowSilent: Allow = ({ startedAt, endedAt, status }) => {
  const isInTime = endedAt - startedAt < TIMEOUT_MS + SLACK_MS;
  return isInTime && [0, 200, 408, 504].includes(status)
    ? 'its server fell silent; nothing is repeated then'
    : null;
};

function allowFor(phase: Phase, failing: Failing): Allow {
  return failing === 'silent' ? allowSilent : allowBroken(phase);
}

async function run(scene: Scene, failings: readonly Failing[]): Promise<void> {
  const { score, isQuick } = scene;
  const fleet = await startFleet(scene, ['good', 'calm']);
  const [good, calm] = [fleet.get('good'), fleet.get('calm')];
  const fates = PHASES.flatMap((phase) => failings.map((failing) => ({ phase, failing })));
  const parts = await Promise.all(
    fates.map(async ({ phase, failing }, nth) => {
      // Beside the good one, whose addresses end in 1 and 2.
      const place = {
        name: 'faulty',
        address: good.address.replace(/\d+$/, String(nth + 3)),
        port: fleet.port,
      };
      const faulty = await startFaultyServer(scene, place, { phase, failing });
      return { phase, failing, place, faulty, service: `faulty-${nth}` };
    }),
  );
  const { daemon } = await startStage(
    scene,
    [
      { name: 'calm', port: fleet.port, containers: containersOf([calm]) },
      ...parts.map(({ service, place }) => ({
        name: service,
        port: fleet.port,
        containers: containersOf([place, good]),
      })),
    ],
    SETTINGS,
  );
  const before = daemon.open;
  const load = Load.start(scene, {
    port: daemon.port,
    hosts: new Map([[hostOf('calm'), new Set(['calm'])]]),
    clients: 6,
  });
  await Promise.all(
    parts.map(async ({ phase, failing, faulty, service }) => {
      for (let i = 0; i < (isQuick ? 10 : 40) * (failing === 'silent' ? 1 : 2); i++) {
        const request = REQUESTS[i % REQUESTS.length]!;
        const body = phase === 'in the body' && request.body !== null ? LONG_BODY : request.body;
        const outcome = await askOnce(daemon.port, hostOf(service), { ...request, body });
        score.asked(outcome, allowFor(phase, failing), `${failing} ${phase}`);
        // So that what happens to an idle connection has happened.
        await pause(phase === 'on an idle connection' || phase === 'after the last byte' ? 80 : 10);
      }
      score.faults += faulty.faults;
      score.promise(faulty.faults > 0, `nothing failed ${phase} (${failing})`);
      for (const nonce of faulty.seen.repeated)
        score.broken.push(`${nonce} reached a server twice (${phase})`);
    }),
  );
  await load.end();
  score.held(load);
  score.nothingWorse(daemon, fleet);
  await score.nothingLeft(daemon, before);
}

function askOnce(port: number, host: string, request: Pick<Question, 'method' | 'body'>): Promise<Outcome> {
  return ask({
    port,
    host,
    servers: new Set(['good', 'faulty']),
    ...request,
    wish: { nonce: nextNonce(), waitMs: 0, size: 200 },
    framing: 'length',
    agent: null,
  });
}

export const serverFaults: readonly Scenario[] = [
  { name: 'servers reset connections in every phase', run: (scene) => run(scene, ['reset']) },
  { name: 'servers close connections in every phase', run: (scene) => run(scene, ['fin']) },
  { name: 'servers fall silent in every phase', run: (scene) => run(scene, ['silent']) },
];
