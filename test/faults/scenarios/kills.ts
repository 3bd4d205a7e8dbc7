import { containersOf, hostOf } from '../../stage/services.ts';
import { startFleet, type Death } from '../../stage/fleet.ts';
import { Load } from '../../stage/load.ts';
import { eventually, startStage } from '../../stage/daemonProcess.ts';
import { Moments } from '../../stage/moments.ts';
import type { Scenario, Scene } from '../scenario.ts';

async function run(scene: Scene): Promise<void> {
  const { score, isQuick } = scene;
  const fleet = await startFleet(scene, ['shop-1', 'shop-2', 'shop-3', 'shop-4', 'blog-1']);
  const shop = fleet.servers.slice(0, 4);
  const blog = fleet.servers.slice(4);
  const { daemon } = await startStage(scene, [
    { name: 'shop', port: fleet.port, containers: containersOf(shop) },
    { name: 'blog', port: fleet.port, containers: containersOf(blog) },
  ]);
  const load = Load.start(scene, {
    port: daemon.port,
    hosts: new Map([
      [hostOf('shop'), new Set(shop.map(({ name }) => name))],
      [hostOf('blog'), new Set(blog.map(({ name }) => name))],
    ]),
  });
  const moments = new Moments();
  for (let round = 0; round < (isQuick ? 2 : 6); round++) {
    const death: Death = round % 2 === 0 ? 'reset' : 'fin';
    for (const server of shop) {
      await load.more(40);
      await eventually(`a request in ${server.name}`, () => server.inFlight > 0);
      moments.now();
      server.kill(death);
      score.faults += 1;
      await load.more(80);
      await server.start(fleet.port);
    }
  }
  await load.more(100);
  await load.end();
  score.held(load, moments.allow);
  for (const { name } of shop) score.promise(load.answers.has(name), `${name} never answered`);
  score.nothingWorse(daemon, fleet);
}

export const kills: Scenario = { name: 'every server killed and started again in turn', run };
