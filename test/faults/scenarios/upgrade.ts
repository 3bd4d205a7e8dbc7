import type { ContainerDescription } from '../../../src/demo/environment.ts';
import { startStage, type Stage } from '../../stage/daemonProcess.ts';
import { startFleet, type EchoServer } from '../../stage/fleet.ts';
import { Load } from '../../stage/load.ts';
import { hostOf } from '../../stage/services.ts';
import type { Scenario, Scene } from '../scenario.ts';
import { Moments } from '../../stage/moments.ts';

/** How an old container leaves: after the balancer was told, or at once while the metadata lags behind. */
type Leaving = 'told first' | 'at once';

const BATCH = 2;

function container({ name, address }: EchoServer, state: string, healthState: string): ContainerDescription {
  return { name, address, state, healthState };
}

/**
 * Rancher's in-service upgrade, started before stopping: new containers come as initializing, get healthy, and the old ones of
 * their batch are stopping, then stopped until the upgrade is finished.
 */
async function upgrade(
  stage: Stage,
  port: number,
  servers: { readonly old: readonly EchoServer[]; readonly fresh: readonly EchoServer[] },
  leave: (server: EchoServer) => Promise<void>,
  leaving: Leaving,
): Promise<void> {
  const { old, fresh } = servers;
  const show = (left: number, come: number, starting: number) => [
    {
      name: 'shop',
      port,
      containers: [
        ...old.map((server, k) => container(server, k < left ? 'stopping' : 'running', 'healthy')),
        ...fresh.slice(0, come).map((server) => container(server, 'running', 'healthy')),
        ...fresh.slice(come, come + starting).map((server) => container(server, 'running', 'initializing')),
      ],
    },
  ];
  for (let done = 0; done < old.length; done += BATCH) {
    await stage.install(show(done, done, BATCH));
    await stage.install(show(done, done + BATCH, 0));
    const batch = old.slice(done, done + BATCH);
    if (leaving === 'at once') await Promise.all(batch.map(leave));
    await stage.install(show(done + BATCH, done + BATCH, 0));
    if (leaving === 'told first') await Promise.all(batch.map(leave));
  }
  // Upgrade finished: the old ones are removed.
  await stage.install([
    { name: 'shop', port, containers: fresh.map((server) => container(server, 'running', 'healthy')) },
  ]);
}

function namesOf(kind: string): readonly string[] {
  return Array.from({ length: 4 }, (_, k) => `${kind}-${k + 1}`);
}

async function run(scene: Scene, leaving: Leaving): Promise<void> {
  const { score } = scene;
  const fleet = await startFleet(scene, [...namesOf('old'), ...namesOf('new')]);
  const [old, fresh] = [fleet.servers.slice(0, 4), fleet.servers.slice(4)];
  const containers = old.map((server) => container(server, 'running', 'healthy'));
  const stage = await startStage(scene, [{ name: 'shop', port: fleet.port, containers }]);
  const load = Load.start(scene, {
    port: stage.daemon.port,
    hosts: new Map([[hostOf('shop'), new Set(fleet.servers.map(({ name }) => name))]]),
  });
  const moments = new Moments();
  await load.more(50);
  await upgrade(
    stage,
    fleet.port,
    { old, fresh },
    async (server) => {
      moments.now();
      score.faults += 1;
      await server.stop();
    },
    leaving,
  );
  const before = new Map(load.answers);
  await load.more(100);
  await load.end();
  // Stopping by itself, a server finishes what it has; only what was sent to it as it closed an idle connection is lost.
  score.held(load, leaving === 'told first' ? () => null : moments.allow);
  for (const { name } of old)
    score.promise(load.answers.get(name) === before.get(name), `${name} answered after it had left`);
  for (const { name } of fresh) score.promise(load.answers.has(name), `${name} never answered`);
  score.nothingWorse(stage.daemon, fleet);
}

export const upgrades: readonly Scenario[] = [
  { name: 'in-service upgrade, old containers stop when told', run: (scene) => run(scene, 'told first') },
  { name: 'in-service upgrade, old containers stop at once', run: (scene) => run(scene, 'at once') },
];
