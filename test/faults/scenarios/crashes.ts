import { connect } from 'node:net';
import { eventually, startStage } from '../../stage/daemonProcess.ts';
import { startFleet } from '../../stage/fleet.ts';
import { Load } from '../../stage/load.ts';
import { containersOf, hostOf } from '../../stage/services.ts';
import { bugModule } from '../../support/bugModule.ts';
import type { Scenario, Scene } from '../scenario.ts';

async function proxyThread(scene: Scene): Promise<void> {
  const { score } = scene;
  const fleet = await startFleet(scene, ['shop-1']);
  const bug = bugModule({
    thread: 'workerData?.settings',
    channel: 'http.server.request.start',
    when: `it.request.url === '/bug'`,
  });
  const services = [{ name: 'shop', port: fleet.port, containers: containersOf(fleet.servers) }];
  const settings = { LB_WORKERS: '2' };
  const { daemon } = await startStage(scene, services, settings, ['--import', bug]);
  const hosts = new Map([[hostOf('shop'), new Set(['shop-1'])]]);
  const load = Load.start(scene, { port: daemon.port, hosts });
  await load.more(50);
  const crashedAt = performance.now();
  score.faults += 1;
  connect(daemon.port, '127.0.0.1')
    .on('error', () => {})
    // A method that is the full lane's: Node tells of requests there.
    .end(`PURGE /bug HTTP/1.1\r\nHost: ${hostOf('shop')}\r\n\r\n`);
  const isLogged = (event: string): boolean => daemon.log.some((line) => line['event'] === event);
  await eventually('the thread being there again', () => isLogged('proxy-restarted'));
  const tookMs = performance.now() - crashedAt;
  await load.more(50);
  await load.end();
  // What was in the thread, and what its listener had not accepted yet.
  score.held(load, ({ kind, startedAt }) =>
    kind === 'broken' && startedAt < crashedAt + tookMs ? 'its thread has crashed' : null,
  );
  score.promise(load.losses.length <= 20, `${load.losses.length} requests were lost`);
  score.promise(tookMs < 5_000, `it took ${Math.round(tookMs)} ms until it was there again`);
  score.promise(isLogged('proxy-crashed'), 'the log has nothing about it');
  score.nothingWorse(daemon, fleet);
}

async function refresherThread(scene: Scene): Promise<void> {
  const { score } = scene;
  const fleet = await startFleet(scene, ['shop-1', 'shop-2']);
  const bug = bugModule({
    thread: 'workerData?.metadata',
    channel: 'http.client.response.finish',
    // The first change that the watch sees.
    when: `it.request.path.includes('wait=true')`,
  });
  const services = (count: number) => [
    { name: 'shop', port: fleet.port, containers: containersOf(fleet.servers.slice(0, count)) },
  ];
  const settings = { LB_REFRESH_INTERVAL: '1h' };
  const { daemon, announce } = await startStage(scene, services(1), settings, ['--import', bug]);
  const hosts = new Map([[hostOf('shop'), new Set(['shop-1', 'shop-2'])]]);
  const load = Load.start(scene, { port: daemon.port, hosts });
  await load.more(30);
  announce(services(2));
  score.faults += 1;
  const isLogged = (): boolean => daemon.log.some((line) => line['event'] === 'refresher-crashed');
  await eventually('the crash being told', isLogged);
  // It reads all when it is started anew.
  await eventually('both servers answering', () => load.answers.has('shop-2'));
  await load.more(30);
  await load.end();
  score.held(load);
  score.nothingWorse(daemon, fleet);
}

export const crashes: readonly Scenario[] = [
  { name: 'a proxy thread crashes', run: proxyThread },
  { name: 'the refresher thread crashes', run: refresherThread },
];
