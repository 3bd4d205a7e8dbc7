import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cleanup, type Lifetime } from '../../support/cleanup.ts';
import { DaemonProcess, eventually, startStage } from '../../stage/daemonProcess.ts';
import { startFleet } from '../../stage/fleet.ts';
import { Load } from '../../stage/load.ts';
import { containersOf, hostOf } from '../../stage/services.ts';
import type { Scenario, Scene } from '../scenario.ts';

/** A disk that can be filled. */
interface Disk {
  readonly path: string;
  fill(): void;
  empty(): void;
}

/** A file system of 64 KB; without root a directory that is away instead, which fails the same writes. */
function startDisk(t: Lifetime): Disk {
  const path = mkdtempSync(join(tmpdir(), 'active-lb-disk-'));
  cleanup(t, () => rmSync(path, { recursive: true, force: true }));
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', path]).status !== 0) {
    console.log(
      '       (no file system can be mounted here: the state directory goes away instead of filling up)',
    );
    const inner = join(path, 'state');
    const make = (): void => void execFileSync('mkdir', ['-p', inner]);
    make();
    return { path: inner, fill: () => rmSync(inner, { recursive: true }), empty: make };
  }
  cleanup(t, () => execFileSync('umount', ['-l', path]));
  const filling = join(path, 'filling');
  return {
    path,
    fill() {
      try {
        for (;;) appendFileSync(filling, Buffer.alloc(4096));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      }
    },
    empty: () => rmSync(filling),
  };
}

async function run(scene: Scene): Promise<void> {
  const { score } = scene;
  const disk = startDisk(scene);
  const fleet = await startFleet(scene, ['shop-1', 'shop-2', 'shop-3']);
  const services = (count: number) => [
    { name: 'shop', port: fleet.port, containers: containersOf(fleet.servers.slice(0, count)) },
  ];
  const settings = { LB_STATE_DIR: disk.path, LB_REFRESH_INTERVAL: '1s' };
  const { daemon, install, metadata } = await startStage(scene, services(1), settings);
  const logged = (event: string): boolean => daemon.log.some((line) => line['event'] === event);
  await eventually('the first file', () => existsSync(join(disk.path, 'snapshot.json')));
  const hosts = new Map([[hostOf('shop'), new Set(fleet.servers.map(({ name }) => name))]]);
  const load = Load.start(scene, { port: daemon.port, hosts });
  disk.fill();
  score.faults += 1;
  await install(services(2));
  await eventually('a line that says so', () => logged('state-write-failed'));
  await load.more(50);
  disk.empty();
  await install(services(3));
  await eventually('a line that says that it works again', () => logged('state-write-recovered'));
  await load.more(50);
  await load.end();
  score.held(load);
  // Killed in the middle, and started while metadata is away: what it stored last is what it routes by.
  disk.fill();
  score.faults += 1;
  daemon.program.child.kill('SIGKILL');
  await metadata.close();
  const again = await DaemonProcess.start(scene, metadata.base, settings);
  const { table, metadata: status } = await again.overview();
  score.promise(table?.servers === 3, `after the restart there are ${table?.servers} servers`);
  score.promise(status.stale, 'after the restart it is not stale');
  const restored = Load.start(scene, { port: again.port, hosts });
  await restored.more(100);
  await restored.end();
  score.held(restored);
  score.nothingWorse(daemon, fleet);
  score.nothingWorse(again);
}

export const fullDisk: Scenario = { name: 'a full disk for the state file', run };
