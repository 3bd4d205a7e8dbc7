/**
 * The soak: traffic of every kind at a bounded rate, while what the daemon holds is measured. After a warm-up nothing may grow; exit 1
 * where something does, or a request was lost. `--seconds N` (600); `--leak`: the daemon leaks on purpose, so this must fail.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { cleanup, type Lifetime } from '../support/cleanup.ts';
import { Moments } from '../stage/moments.ts';
import { startStage, type DaemonProcess } from '../stage/daemonProcess.ts';
import { startFleet, type Fleet } from '../stage/fleet.ts';
import { Load } from '../stage/load.ts';
import { containersOf, hostOf, type StageService } from '../stage/services.ts';
import { readThreads, sampleProcess, toleranceOf, type Series } from './samples.ts';
import { askStranger, attack, Habit, listen, serveStreams, talk, vanish } from './traffic.ts';
import { hasGrown, trendOf } from './trend.ts';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '600' }, leak: { type: 'boolean', default: false } },
});
const seconds = Number(values.seconds);
const isShort = seconds < 300;
const everyMs = isShort ? 500 : 2_000;
/** A part of the run after which everything should have been seen once. */
const WARM_UP = 0.25;
const PATHS = ['/', '/metrics', '/api/overview', '/api/services', '/api/routes', '/ready', '/nothing-here'];

/** What is routed, a little different each time: servers come and go, some fall ill, and one service is ever new. */
function servicesAt(nth: number, fleet: Fleet): readonly StageService[] {
  const [first, second, third, fourth] = fleet.servers;
  const some = [first!, second!, ...(nth % 2 === 0 ? [third!] : []), ...(nth % 3 === 0 ? [fourth!] : [])];
  const containers = containersOf(some).map((container, k) =>
    k === 1 && nth % 4 === 0 ? { ...container, healthState: 'unhealthy' } : container,
  );
  const check = {
    'traefik.backend.healthcheck.path': nth % 5 < 3 ? '/checked?wait=0&size=0' : '/closed',
    'traefik.backend.healthcheck.interval': '1s',
  };
  const { port } = fleet;
  return [
    { name: 'shop', port, containers },
    { name: 'stream', port, containers: containersOf([first!]) },
    { name: 'checked', port, containers: containersOf([second!]), labels: check },
    { name: `new-${nth}`, port, containers: containersOf([second!]) },
  ];
}

async function soak(t: Lifetime): Promise<boolean> {
  const directory = mkdtempSync(join(tmpdir(), 'active-lb-soak-'));
  cleanup(t, () => rmSync(directory, { recursive: true }));
  const fleet = await startFleet(t, ['a', 'b', 'c', 'd']);
  const [streaming, checked, killed] = fleet.servers;
  serveStreams(streaming!);
  checked!.special = (request, response) => {
    if (request.url !== '/closed') return false;
    response.writeHead(500).end();
    return true;
  };
  process.env['SOAK_SAMPLES'] = directory;
  process.env['SOAK_EVERY_MS'] = String(everyMs);
  const programs = ['sampler', ...(values.leak ? ['leak'] : [])];
  const imports = programs.flatMap((name) => ['--import', new URL(`./${name}.ts`, import.meta.url).href]);
  const stage = await startStage(
    t,
    servicesAt(0, fleet),
    { LB_LOG_LEVEL: 'info', LB_HEADER_TIMEOUT: '2s', LB_STREAM_TIMEOUT: '5s', LB_REFRESH_INTERVAL: '5s' },
    ['--expose-gc', ...imports],
  );
  const { daemon } = stage;
  const { port } = daemon;
  const shop = new Map([[hostOf('shop'), new Set(['a', 'b', 'c', 'd'])]]);
  const load = Load.start(t, { port, hosts: shop, clients: 8, pauseMs: 60 });
  const moments = new Moments();
  const [stream, host] = [hostOf('stream'), hostOf('shop')];
  const habits: readonly (readonly [Habit, number])[] = [
    [new Habit('WebSockets', (nth) => talk(port, stream, nth)), 100],
    [new Habit('event streams', (nth) => listen(port, stream, nth)), 100],
    [new Habit('clients that vanish', (nth) => vanish(port, host, nth)), 100],
    [new Habit('hostile requests', (nth) => attack(port, nth)), 50],
    [new Habit('unknown hosts', (nth) => askStranger(port, nth)), 50],
    [new Habit('scrapes', (nth) => scrape(daemon, nth)), 250],
    [new Habit('new tables', async (nth) => void stage.announce(servicesAt(nth + 1, fleet))), 1_500],
    [
      new Habit('servers killed', async (nth) => {
        moments.now();
        killed!.kill(nth % 2 === 0 ? 'reset' : 'fin');
        fleet.seen.clear();
        await pause(300);
        await killed!.start(fleet.port);
      }),
      4_000,
    ],
  ];
  const over = new AbortController();
  const kept = habits.map(([habit, everyHabitMs]) => habit.keep(everyHabitMs, over.signal));
  const startedAt = Date.now();
  const series: Series = new Map();
  await pause(seconds * 1000 * WARM_UP);
  while (Date.now() < startedAt + seconds * 1000) {
    await sampleProcess(daemon, series, Date.now() / 1000);
    await pause(everyMs);
  }
  over.abort();
  await Promise.all(kept);
  await load.end();
  readThreads(directory, series, startedAt + seconds * 1000 * WARM_UP);

  for (const [{ name, count, failures, lastFailure }] of habits) {
    const failed = failures === 0 ? '' : `, ${failures} failed, the last with: ${lastFailure}`;
    console.log(`${String(count).padStart(7)} ${name}${failed}`);
  }
  const lost = load.losses.filter((loss) => moments.allow(loss) === null);
  const perSecond = Math.round(load.count / ((load.endedAt - load.startedAt) / 1000));
  console.log(
    `${String(load.count).padStart(7)} requests checked byte for byte (${perSecond}/s), ${load.losses.length} lost, ${lost.length} of them against a promise\n`,
  );
  const isSteady = tellTrends(series);
  const complaints = [
    ...lost.slice(0, 10).map((loss) => `lost: ${JSON.stringify(loss)}`),
    ...daemon.complaints,
    ...(daemon.program.hasEnded ? ['the daemon has ended'] : []),
    ...habits.flatMap(([{ name, count, failures }]) =>
      failures * 20 > count ? [`${name}: ${failures} of ${count} failed`] : [],
    ),
    ...fleet.seen.repeated.map((nonce) => `request ${nonce} reached servers twice`),
  ];
  for (const complaint of complaints) console.log(complaint);
  return isSteady && complaints.length === 0;
}

function scrape({ adminPort }: DaemonProcess, nth: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const path = PATHS[nth % PATHS.length]!;
    get({ host: '127.0.0.1', port: adminPort, path, agent: false }, (response) => {
      response.resume().on('end', resolve).on('error', reject);
    }).on('error', reject);
  });
}

/** Prints what grew and by how much; false where that was too much. */
function tellTrends(series: Series): boolean {
  let isSteady = true;
  console.log('| measure | first window | last window | growth, fitted | tolerated | verdict |');
  console.log('| --- | ---: | ---: | ---: | ---: | --- |');
  for (const [measure, samples] of [...series].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const trend = trendOf(samples);
    const tolerance = toleranceOf(measure, isShort);
    const grows = trend !== null && hasGrown(trend, tolerance);
    if (grows) isSteady = false;
    const numbers =
      trend === null ? ['', '', ''] : [trend.first, trend.last, trend.fitted].map((n) => n.toFixed(1));
    const verdict = trend === null ? 'too few samples' : grows ? 'GROWS' : 'steady';
    console.log(`| ${[measure, ...numbers, tolerance, verdict].join(' | ')} |`);
  }
  return isSteady && series.size > 8;
}

const steps: (() => unknown)[] = [];
const isKept = await soak({ after: (step) => void steps.push(step as () => unknown) }).catch(
  (error: unknown) => {
    console.log(error);
    return false;
  },
);
for (const step of steps.reverse()) await step();
console.log(`\n${isKept ? 'nothing grew, nothing was lost' : 'the soak failed'}, in ${seconds} s`);
process.exit(isKept ? 0 : 1);
