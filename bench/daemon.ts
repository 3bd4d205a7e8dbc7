import { BenchProcess } from './processes.ts';

const CLI = new URL('../src/cli.ts', import.meta.url).pathname;
const WATCH_THREAD = new URL('./programs/watchThread.ts', import.meta.url).pathname;

export interface DaemonUnderTest {
  readonly process: BenchProcess;
  readonly port: number;
}

/**
 * Starts the daemon as operators do, on loopback and free ports, reading that metadata when it changes. Resolves when it
 * serves its first table. `watched`: its proxy thread also tells how late its event loop was (`programs/watchThread.ts`).
 */
export async function startDaemon(
  metadataUrl: string,
  core: number | null,
  { watched = false } = {},
): Promise<DaemonUnderTest> {
  const args = [...(watched ? ['--import', WATCH_THREAD] : []), CLI, 'run'];
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
    },
  });
  const installed = daemon.next((line) => line['event'] === 'installed');
  const listening = await daemon.next((line) => line['event'] === 'listening');
  await installed;
  return { process: daemon, port: Number(listening['port']) };
}
