import { canPin, pinThread } from './cores.ts';
import { startDaemon, type DaemonUnderTest } from './daemon.ts';
import { startProgram, type BenchProcess, type Said } from './processes.ts';
import { median, quantile } from './statistics.ts';

/** How long requests took in a phase, in milliseconds. */
export interface Latency {
  readonly requests: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
  /** The longest that the event loop of the proxy thread was late. */
  readonly lateMs: number;
  /** The longest without the time in which the thread waited for its core while others had it. */
  readonly ownMs: number;
  /** The longest garbage collection in the proxy thread, waiting included. */
  readonly gcMs: number;
}

export interface RefreshFigures {
  readonly isPinned: boolean;
  readonly metadataBytes: number;
  readonly refreshes: number;
  /** From the start of a read to its derivation, in milliseconds. */
  readonly durationMs: { readonly median: number; readonly max: number };
  /** In the proxy thread, from the message to the swap, requests in between. */
  readonly decodeMs: { readonly median: number; readonly max: number };
  /** While one refresh followed another. */
  readonly busy: Latency;
  /** For as long with no refresh. */
  readonly quiet: Latency;
}

const SERVICES = 10_000;
const REFRESHES = 5;
const WARM_UPS = 1;
const CONNECTIONS = 8;
const EVERY_MS = 20;
const HOST = 'service-0.stack-0.example.local';

/**
 * Measures what refreshes of a large table do to requests. Pinned: the proxy thread, the load and its backends have core 1, and
 * everything else (metadata, refresher, main, garbage collector's threads) core 0. Otherwise the kernel places all of them.
 */
export async function measureRefresh(isPinned: boolean): Promise<RefreshFigures> {
  const [heavy, light] = isPinned ? [0, 1] : [null, null];
  const backend = await startProgram('backend', [], light);
  const metadata = await startProgram('metadata', [String(SERVICES), String(backend.ready['port'])], heavy);
  const daemon = await startWatchedDaemon(String(metadata.ready['url']), heavy, light);
  const load = await startProgram(
    'load',
    [String(daemon.port), HOST, String(CONNECTIONS), String(EVERY_MS)],
    light,
  );
  try {
    for (let i = 0; i < WARM_UPS; i++) await swap(daemon, metadata.process);
    const before = daemon.process.said.length;
    const busyFrom = Date.now();
    for (let i = 0; i < REFRESHES; i++) await swap(daemon, metadata.process);
    const busyTo = Date.now();
    const events = daemon.process.said.slice(before);
    await pause(1000);
    const quietFrom = Date.now();
    await pause(busyTo - busyFrom);
    const samples = await collect(load.process);
    const said = daemon.process.said;
    return {
      isPinned: isPinned && canPin(),
      metadataBytes: Number(metadata.ready['bytes']),
      refreshes: REFRESHES,
      durationMs: summary(events, 'refreshed', 'durationMs'),
      decodeMs: summary(events, 'installed', 'decodeMs'),
      busy: latency(samples, said, busyFrom, busyTo),
      quiet: latency(samples, said, quietFrom, quietFrom + busyTo - busyFrom),
    };
  } finally {
    await load.process.stop();
    await daemon.process.stop();
    await metadata.process.stop();
    await backend.process.stop();
  }
}

async function startWatchedDaemon(
  url: string,
  heavy: number | null,
  light: number | null,
): Promise<DaemonUnderTest> {
  const daemon = await startDaemon(url, heavy, { watched: true });
  const threadId = daemon.process.said.find((line) => line['kind'] === 'proxyThread')?.['threadId'];
  if (typeof threadId !== 'number') throw new Error('the proxy thread did not tell its id');
  if (light !== null) pinThread(threadId, light);
  return daemon;
}

/** Has the metadata change, and waits until requests are routed by what follows. */
async function swap(daemon: DaemonUnderTest, metadata: BenchProcess): Promise<void> {
  const installed = daemon.process.next((line) => line['event'] === 'installed');
  metadata.tell('change');
  await installed;
}

async function collect(load: BenchProcess): Promise<readonly number[]> {
  const told = load.next((line) => line['kind'] === 'latencies');
  load.tell('latencies');
  const { samples, failures } = await told;
  if (failures !== 0) throw new Error(`${String(failures)} requests failed`);
  return samples as readonly number[];
}

function latency(samples: readonly number[], said: readonly Said[], from: number, to: number): Latency {
  const took = samples.filter((_value, i) => i % 2 === 1 && samples[i - 1]! >= from && samples[i - 1]! < to);
  const loop = said.filter(
    (line) => line['kind'] === 'loop' && Number(line['at']) >= from && Number(line['at']) < to,
  );
  const worst = (figure: string) => Math.max(...loop.map((line) => Number(line[figure])));
  return {
    requests: took.length,
    p50: quantile(took, 0.5),
    p99: quantile(took, 0.99),
    p999: quantile(took, 0.999),
    max: quantile(took, 1),
    lateMs: worst('lateMs'),
    ownMs: worst('ownMs'),
    gcMs: worst('gcMs'),
  };
}

function summary(events: readonly Said[], event: string, figure: string): { median: number; max: number } {
  const figures = events.filter((line) => line['event'] === event).map((line) => Number(line[figure]));
  return { median: median(figures), max: Math.max(...figures) };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
