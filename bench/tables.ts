import { derive } from '../src/control/derive.ts';
import { buildTable } from '../src/routing/build.ts';
import { decodeTable, encodeTable } from '../src/routing/wire.ts';
import { makeSnapshot } from './snapshots.ts';
import { median } from './statistics.ts';

/** What a table of some size costs. Times in milliseconds unless the name says otherwise. */
export interface TableFigures {
  readonly services: number;
  readonly hosts: number;
  readonly deriveMs: number;
  /** The part of `deriveMs` in which the table is built of routes and backends. */
  readonly buildMs: number;
  readonly encodeMs: number;
  readonly decodeMs: number;
  /** The longest time for which decoding kept the thread that serves requests busy. */
  readonly longestSliceMs: number;
  /** Nanoseconds for one match. */
  readonly matchNs: number;
  readonly bytes: number;
}

const SETTINGS = {
  defaultDomain: null,
  healthRequired: true,
  allowUnsupported: false,
  hostTemplate: null,
  constraints: [],
  preferLocal: false,
};
/** How often each thing is done: first to have V8 compile it, then to measure it; less often where it takes seconds. */
const ROUNDS = { small: { warmUps: 10, measured: 7 }, large: { warmUps: 1, measured: 3 } } as const;
const MATCHES = 1_000_000;

/** Measures tables of so many services, each with one host and three servers. */
export async function measureTable(services: number): Promise<TableFigures> {
  const snapshot = makeSnapshot(services);
  const derives: number[] = [];
  const builds: number[] = [];
  const encodes: number[] = [];
  const decodes: number[] = [];
  const slices: number[] = [];
  let derivation = derive(snapshot, SETTINGS);
  let bytes = encodeTable(derivation.table);
  let decoded = await decodeTable(bytes, nextTurn);
  const { warmUps, measured } = ROUNDS[services > 10_000 ? 'large' : 'small'];
  for (let round = 0; round < warmUps; round++) derive(snapshot, SETTINGS);
  for (let round = 0; round < measured; round++) {
    derivation = timed(derives, () => derive(snapshot, SETTINGS));
    const { routes, backends } = derivation.table;
    timed(builds, () => buildTable(routes, backends));
    bytes = timed(encodes, () => encodeTable(derivation.table));
    const startedAt = performance.now();
    let sliceStartedAt = startedAt;
    let longest = 0;
    decoded = await decodeTable(bytes, async () => {
      longest = Math.max(longest, performance.now() - sliceStartedAt);
      await nextTurn();
      sliceStartedAt = performance.now();
    });
    decodes.push(performance.now() - startedAt);
    slices.push(Math.max(longest, performance.now() - sliceStartedAt));
  }
  return {
    services,
    hosts: derivation.table.routes.length,
    deriveMs: median(derives),
    buildMs: median(builds),
    encodeMs: median(encodes),
    decodeMs: median(decodes),
    longestSliceMs: Math.max(...slices),
    matchNs: measureMatch(
      measured,
      decoded,
      derivation.table.routes.map(({ host }) => host),
    ),
    bytes: bytes.byteLength,
  };
}

function measureMatch(
  rounds: number,
  { matcher }: Awaited<ReturnType<typeof decodeTable>>,
  hosts: readonly string[],
): number {
  const request = { host: '', path: '/some/path', target: '/some/path', method: 'GET', fields: [] };
  const times: number[] = [];
  let found = 0;
  for (let round = 0; round < rounds; round++) {
    const startedAt = performance.now();
    for (let i = 0; i < MATCHES; i++) {
      // A stride that is coprime to the usual sizes, so that the cache does not see the same few hosts.
      request.host = hosts[(i * 7919) % hosts.length]!;
      if (matcher.match(request, false) !== null) found++;
    }
    times.push(((performance.now() - startedAt) * 1e6) / MATCHES);
  }
  if (found !== MATCHES * rounds) throw new Error('a host of the table was not found');
  return median(times);
}

function timed<T>(into: number[], act: () => T): T {
  const startedAt = performance.now();
  const result = act();
  into.push(performance.now() - startedAt);
  return result;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
