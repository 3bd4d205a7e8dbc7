import { derive } from '../src/control/derive.ts';
import { makeSnapshot } from './snapshots.ts';
import { decodeTable, encodeTable } from '../src/routing/wire.ts';
import { median } from './statistics.ts';

/** What a table of some size costs. Times in milliseconds unless the name says otherwise. */
export interface TableFigures {
  readonly services: number;
  readonly hosts: number;
  readonly deriveMs: number;
  readonly encodeMs: number;
  readonly decodeMs: number;
  /** The longest time for which decoding kept the thread that serves requests busy. */
  readonly longestSliceMs: number;
  /** Nanoseconds for one match. */
  readonly matchNs: number;
  readonly bytes: number;
}

const SETTINGS = { defaultDomain: null, healthRequired: true, allowUnsupported: false };
const ROUNDS = 7;
const MATCHES = 1_000_000;

export async function measureTable(services: number): Promise<TableFigures> {
  const snapshot = makeSnapshot(services);
  const derives: number[] = [];
  const encodes: number[] = [];
  const decodes: number[] = [];
  const slices: number[] = [];
  let derivation = derive(snapshot, SETTINGS);
  let bytes = encodeTable(derivation.table);
  let decoded = await decodeTable(bytes, nextTurn);
  for (let round = 0; round < ROUNDS; round++) {
    derivation = timed(derives, () => derive(snapshot, SETTINGS));
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
    encodeMs: median(encodes),
    decodeMs: median(decodes),
    longestSliceMs: Math.max(...slices),
    matchNs: measureMatch(
      decoded,
      derivation.table.routes.map(({ host }) => host),
    ),
    bytes: bytes.byteLength,
  };
}

function measureMatch(
  { matcher }: Awaited<ReturnType<typeof decodeTable>>,
  hosts: readonly string[],
): number {
  const request = { host: '', path: '/some/path', target: '/some/path', method: 'GET', fields: [] };
  const times: number[] = [];
  let found = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const startedAt = performance.now();
    for (let i = 0; i < MATCHES; i++) {
      // A stride that is coprime to the usual sizes, so that the cache does not see the same few hosts.
      request.host = hosts[(i * 7919) % hosts.length]!;
      if (matcher.match(request, false) !== null) found++;
    }
    times.push(((performance.now() - startedAt) * 1e6) / MATCHES);
  }
  if (found !== MATCHES * ROUNDS) throw new Error('a host of the table was not found');
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
