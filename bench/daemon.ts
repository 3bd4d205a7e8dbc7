import { BenchProcess } from './processes.ts';

const CLI = new URL('../src/cli.ts', import.meta.url).pathname;
const WATCH_THREAD = new URL('./programs/watchThread.ts', import.meta.url).pathname;

export interface DaemonUnderTest {
  readonly process: BenchProcess;
  readonly port: number;
}

export type Lane = 'fast' | 'full';

export interface DaemonOptions {
  /** Whether its proxy thread also tells how late its event loop was (`programs/watchThread.ts`). */
  readonly watched?: boolean;
  readonly lane?: Lane;
  /** Threads that forward. */
  readonly workers?: number;
  /** A directory for CPU profiles, which its threads write when they end. */
  readonly profiles?: string;
}

/** How often a profiled thread is looked at. */
const PROFILE_EVERY_US = 500;

/**
 * Starts the daemon as operators do, on loopback and free ports, reading that metadata when it changes, metrics on. Resolves
 * when it serves its first table.
 */
export async function startDaemon(
  metadataUrl: string,
  core: number | null,
  { watched = false, lane = 'full', workers = 1, profiles }: DaemonOptions = {},
): Promise<DaemonUnderTest> {
  const args = [
    ...(watched ? ['--import', WATCH_THREAD] : []),
    ...(profiles === undefined
      ? []
      : ['--cpu-prof', '--cpu-prof-dir', profiles, '--cpu-prof-interval', String(PROFILE_EVERY_US)]),
    CLI,
    'run',
  ];
  const daemon = new BenchProcess(process.execPath, args, {
    core,
    env: {
      LB_METADATA_URL: metadataUrl,
      LB_REFRESH_INTERVAL: '60m',
      LB_HTTP_PORT: '0',
      LB_HTTP_BIND: '127.0.0.1',
      LB_ADMIN_PORT: '0',
      LB_ADMIN_BIND: '127.0.0.1',
      LB_LOG_LEVEL: 'debug',
      LB_FAST_LANE: lane === 'fast' ? 'on' : 'off',
      LB_WORKERS: String(workers),
    },
  });
  const installed = daemon.next((line) => line['event'] === 'installed');
  const listening = await daemon.next((line) => line['event'] === 'listening');
  await installed;
  return { process: daemon, port: Number(listening['port']) };
}
