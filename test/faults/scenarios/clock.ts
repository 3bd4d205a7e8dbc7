import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cleanup } from '../../support/cleanup.ts';
import { startStage } from '../../stage/daemonProcess.ts';
import { startFleet } from '../../stage/fleet.ts';
import { Load } from '../../stage/load.ts';
import { containersOf, hostOf } from '../../stage/services.ts';
import type { Scenario, Scene } from '../scenario.ts';
import { Moments } from '../../stage/moments.ts';

const HOUR_MS = 3_600_000;
/** In turn, from the true time. */
const SHIFTS_MS = [24 * HOUR_MS, -24 * HOUR_MS, HOUR_MS, 0];

/** A module, loaded by every thread, whose wall clock is as far off as the file says. What V8 and libuv measure by stays. */
function shiftedClock(path: string): string {
  const code = `
    import { readFileSync } from 'node:fs';
    const TrueDate = Date;
    let shift = 0;
    setInterval(() => {
      shift = Number(readFileSync(${JSON.stringify(path)}, 'utf8')) || 0;
    }, 10).unref();
    globalThis.Date = class Date extends TrueDate {
      constructor(...args) {
        if (args.length === 0) super(TrueDate.now() + shift);
        else super(...args);
      }
      static now() {
        return TrueDate.now() + shift;
      }
    };
  `;
  return `data:text/javascript,${encodeURIComponent(code)}`;
}

async function run(scene: Scene): Promise<void> {
  const { score } = scene;
  const directory = mkdtempSync(join(tmpdir(), 'active-lb-clock-'));
  cleanup(scene, () => rmSync(directory, { recursive: true }));
  const path = join(directory, 'shift');
  writeFileSync(path, '0');
  const fleet = await startFleet(scene, ['shop-1', 'shop-2', 'shop-3', 'shop-4']);
  const services = (count: number) => [
    { name: 'shop', port: fleet.port, containers: containersOf(fleet.servers.slice(0, count)) },
  ];
  const stage = await startStage(
    scene,
    services(3),
    { LB_SERVER_IDLE_TIMEOUT: '1s', LB_REFRESH_INTERVAL: '30s' },
    ['--import', shiftedClock(path)],
  );
  const { daemon } = stage;
  const hosts = new Map([[hostOf('shop'), new Set(fleet.servers.map(({ name }) => name))]]);
  const load = Load.start(scene, { port: daemon.port, hosts });
  const moments = new Moments();
  for (const [nth, shift] of SHIFTS_MS.entries()) {
    const hours = shift / HOUR_MS;
    writeFileSync(path, String(shift));
    score.faults += 1;
    await load.more(60);
    const { metadata } = await daemon.overview();
    score.promise(!metadata.stale, `${hours} h off, metadata that was read seconds ago counts as stale`);
    score.promise((metadata.ageSeconds ?? 0) >= 0, `${hours} h off, its age is ${metadata.ageSeconds} s`);
    // A change is as quick as ever, and so is the way around a server that died.
    const changedAt = performance.now();
    await stage.install(services(3 + ((nth + 1) % 2)));
    const tookMs = performance.now() - changedAt;
    score.promise(tookMs < 5_000, `${hours} h off, a change took ${Math.round(tookMs)} ms`);
    const server = fleet.servers[0]!;
    moments.now();
    server.kill('reset');
    await load.more(40);
    await server.start(fleet.port);
    await load.more(40);
  }
  await load.end();
  score.held(load, moments.allow);
  score.nothingWorse(daemon, fleet);
}

export const clockJumps: Scenario = { name: 'the wall clock jumps by a day, both ways', run };
