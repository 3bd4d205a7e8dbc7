import { get, type IncomingMessage } from 'node:http';
import { availableParallelism } from 'node:os';
import { startMetadataServer } from '../src/demo/metadata.ts';
import { containerName, environmentOf, HOST } from '../src/demo/scene.ts';
import { startWebTests } from '../src/demo/webTest.ts';
import { cpuNsOf } from './cpu.ts';
import { startDaemon, type DaemonUnderTest } from './daemon.ts';
import { startProgram } from './processes.ts';

/** What it costs the daemon that somebody has the dashboard open. */
export interface DashboardsFigures {
  readonly streams: number;
  readonly workers: number;
  readonly requestsPerSecond: number;
  readonly seconds: number;
  /** Shares (1: a core) of all threads of the daemon, in each round. */
  readonly rounds: readonly { readonly without: number; readonly with: number }[];
}

const STREAMS = 10;
const CONTAINERS = 3;
const CONNECTIONS = 4;
const EVERY_MS = 100;
const WARM_UP_MS = 5_000;

/** Compares the CPU time of a daemon that has ten event streams open with what it takes without, in turn, in the demo's environment under a light load. */
export async function measureDashboards(rounds: number, seconds: number): Promise<DashboardsFigures> {
  const containers = await startWebTests(CONTAINERS, containerName);
  const scene = { scale: CONTAINERS, ill: null };
  const environment = environmentOf(scene, containers.port, containers.addressOf);
  const metadata = await startMetadataServer({ environment });
  try {
    const workers = availableParallelism();
    const daemon = await startDaemon(`${metadata.url}/2016-07-29`, null, { lane: 'fast', workers });
    const load = await startProgram('load', [daemon.port, HOST, CONNECTIONS, EVERY_MS].map(String), null);
    try {
      const streams = { streams: STREAMS, workers, requestsPerSecond: (CONNECTIONS * 1_000) / EVERY_MS };
      return { ...streams, seconds, rounds: await compare(daemon, rounds, seconds) };
    } finally {
      await load.process.stop();
      await daemon.process.stop();
    }
  } finally {
    await metadata.close();
    await containers.close();
  }
}

async function compare(
  { process: daemon }: DaemonUnderTest,
  count: number,
  seconds: number,
): Promise<DashboardsFigures['rounds']> {
  const { port } = daemon.said.find(({ event }) => event === 'admin-listening') ?? {};
  const rounds: { without: number; with: number }[] = [];
  const warmUp = await openStreams(Number(port));
  await pause(WARM_UP_MS);
  warmUp.close();
  for (let round = 0; round < count; round += 1) {
    const without = await cpuShare(daemon.pid, seconds);
    const streams = await openStreams(Number(port));
    const share = await cpuShare(daemon.pid, seconds);
    streams.close();
    if (streams.events < STREAMS * (seconds - 1)) throw new Error('event streams told too little');
    rounds.push({ without, with: share });
  }
  return rounds;
}

/** Streams that read whatever they are told, and count the statistics. */
class Streams {
  events = 0;
  readonly #responses: readonly IncomingMessage[];

  constructor(responses: readonly IncomingMessage[]) {
    this.#responses = responses;
    for (const response of responses) {
      response.setEncoding('latin1').on('data', (text: string) => {
        this.events += text.split('event: statistics').length - 1;
      });
    }
  }

  close(): void {
    for (const response of this.#responses) response.destroy();
  }
}

async function openStreams(port: number): Promise<Streams> {
  const asked = Array.from(
    { length: STREAMS },
    () =>
      new Promise<IncomingMessage>((resolve, reject) => {
        get({ port, host: '127.0.0.1', path: '/api/events', agent: false }, resolve).on('error', reject);
      }),
  );
  return new Streams(await Promise.all(asked));
}

async function cpuShare(pid: number, seconds: number): Promise<number> {
  const [ns, at] = [cpuNsOf(pid), performance.now()];
  await pause(seconds * 1_000);
  return (cpuNsOf(pid) - ns) / 1e6 / (performance.now() - at);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
