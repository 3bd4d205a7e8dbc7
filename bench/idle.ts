import { openFileLimit } from '../src/openFiles.ts';
import { LOAD_CORE } from './cores.ts';
import { residentBytesOf } from './cpu.ts';
import type { Lane } from './daemon.ts';
import { PEERS } from './peers/all.ts';
import type { Contender } from './peers/peer.ts';
import { startProgram } from './processes.ts';
import { BenchSite } from './site.ts';
import { HOSTS, WORKLOADS } from './workloads.ts';
import { runWrk } from './wrk.ts';

/** What idle client connections cost a proxy in memory. */
export interface IdleFigures {
  readonly contender: string;
  readonly connections: number;
  /** Resident memory of all its processes, after a load and with no connection. */
  readonly beforeBytes: number;
  /** The same with all connections, each of which has had one answer. */
  readonly afterBytes: number;
}

const CONNECTIONS = 10_000;
/** Files that a proxy or the loader needs for anything else. */
const OTHER_FILES = 1_000;
const WARM_UP_SECONDS = 3;
/** Until memory is as large as it gets. */
const SETTLE_MS = 2_000;

/**
 * Has each proxy in turn, ours on both lanes, keep 10,000 idle connections, or as many as files may be open. `onlyLane`: only ours
 * on that lane, and one peer.
 */
export async function measureIdle(onlyLane: Lane | null): Promise<readonly IdleFigures[]> {
  // The children's limit is ours, which Node has raised as far as it may.
  const connections = Math.min(CONNECTIONS, (openFileLimit() ?? Infinity) - OTHER_FILES);
  return await BenchSite.use(async (site) => {
    const lanes: readonly Lane[] = onlyLane === null ? ['fast', 'full'] : [onlyLane];
    const found = PEERS.filter(({ version }) => version !== null);
    const peers = onlyLane === null ? found : found.slice(0, 1);
    const starts = [
      ...lanes.map((lane) => () => site.startOurs(`active-lb, ${lane} lane`, { lane })),
      ...peers.map((peer) => async () => site.keep(await peer.start(site))),
    ];
    const figures: IdleFigures[] = [];
    for (const start of starts) figures.push(await measureOne(await start(), connections));
    return figures;
  });
}

async function measureOne({ name, port, process }: Contender, connections: number): Promise<IdleFigures> {
  const [workload] = WORKLOADS;
  await runWrk(port, workload, WARM_UP_SECONDS);
  await pause(SETTLE_MS);
  const beforeBytes = residentBytesOf(process.pid);
  const loader = await startProgram('idle', [port, HOSTS[0], connections].map(String), LOAD_CORE);
  try {
    await pause(SETTLE_MS);
    const afterBytes = residentBytesOf(process.pid);
    const lost = loader.process.said.find(({ kind }) => kind === 'closed');
    if (lost !== undefined) throw new Error(`${name} keeps only ${String(lost['open'])} connections`);
    return { contender: name, connections, beforeBytes, afterBytes };
  } finally {
    await loader.process.stop();
    await process.stop();
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
