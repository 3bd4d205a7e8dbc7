import {
  BUCKETS_MS,
  CODES,
  COLUMN,
  METHODS,
  NO_COUNTS,
  NO_SERVICE,
  WIDTH,
  type Counts,
} from '../model/counts.ts';
import type { ServerCounts } from '../model/counts.ts';
import type { Table } from '../model/table.ts';
import type { Match } from '../routing/matcher.ts';
import type { BackendTraffic } from '../traffic/backendTraffic.ts';
import { FAILURE_KINDS } from './failure.ts';
import { RecentErrors } from './recentErrors.ts';

/** What makes a response end early, besides failures that have an answer of ours. */
export const BREAKS = ['client-left', 'server-broke'] as const;

export type Break = (typeof BREAKS)[number];

/** What is known of a request when it is over, as far as it is counted. */
export interface Finished {
  readonly method: string;
  /** 0: none. */
  readonly status: number;
  readonly durationMs: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly retries: number;
  readonly failure: string | null;
}

/** The numbers of one service. */
export class ServiceRow {
  readonly service: string;
  readonly values = new Float64Array(WIDTH);
  /** Whether it left the table: it is forgotten with its last request. */
  hasLeft = false;

  constructor(service: string) {
    this.service = service;
  }
}

/** Status codes have three digits (RFC 9110 section 15). */
const STATUSES = 1_000;

/** How many services or backends are in a piece: less than a millisecond of them. */
const PIECE = 500;

const METHOD_COLUMNS = new Map<string, number>(
  METHODS.map((method, index) => [method, COLUMN.requests + index * CODES.length]),
);
const OTHER_METHOD = METHOD_COLUMNS.get('other') ?? 0;

/**
 * What one thread counts of all requests. Only services of the table have a row, whatever clients ask for, and it goes when they
 * go, so what is counted stays bounded. A request costs one look-up by name and a few additions, nothing is allocated.
 */
export class Counting {
  /** Upgraded connections now. */
  tunnels = 0;
  readonly recentErrors = new RecentErrors();
  readonly #rows = new Map<string, ServiceRow>();
  readonly #withoutRoute = new ServiceRow(NO_SERVICE);
  readonly #failures = new Map<string, number>([...FAILURE_KINDS, ...BREAKS].map((kind) => [kind, 0]));
  /** By code; 0 is none. */
  readonly #statuses = new Float64Array(STATUSES);
  /** Requests by the route's place in the table. */
  #routes = new Float64Array();
  /** The row of a service by the place of its routes' terms, once it had a request. */
  #rowsOfTerms: (ServiceRow | undefined)[] = [];
  #tableId: string | null = null;
  /** What the requests of services took together that are forgotten. */
  #forgottenMs = 0;

  /** A request begins that takes this route of the installed table; null: none. */
  begin(match: Pick<Match, 'terms' | 'index'> | null): ServiceRow {
    const row = match === null ? this.#withoutRoute : this.#rowOfRoute(match);
    add(row, COLUMN.inFlight, 1);
    return row;
  }

  /** It is over. */
  finish(row: ServiceRow, finished: Finished): void {
    const { method, status, durationMs, bytesIn, bytesOut, retries, failure } = finished;
    add(row, (METHOD_COLUMNS.get(method) ?? OTHER_METHOD) + codeOf(status), 1);
    this.#statuses[status] = (this.#statuses[status] ?? 0) + 1;
    if (status !== 101) {
      add(row, COLUMN.durations + bucketOf(durationMs), 1);
      add(row, COLUMN.durationSumMs, durationMs);
    }
    add(row, COLUMN.bytesIn, bytesIn);
    add(row, COLUMN.bytesOut, bytesOut);
    add(row, COLUMN.retries, retries);
    add(row, COLUMN.inFlight, -1);
    if (failure !== null) this.#failures.set(failure, (this.#failures.get(failure) ?? 0) + 1);
    if (row.hasLeft) this.#forgetIdle(row);
  }

  /** Follows an install: who left the table is forgotten, at the latest when its last request is over. */
  install({ id, routes }: Table): void {
    this.#tableId = id;
    this.#routes = new Float64Array(routes.length);
    this.#rowsOfTerms = [];
    const services = new Set<string>();
    for (const { service } of routes) services.add(service);
    for (const row of this.#rows.values()) {
      row.hasLeft = !services.has(row.service);
      if (row.hasLeft) this.#forgetIdle(row);
    }
  }

  /** A copy of all that is counted of requests, in pieces that add up. */
  *collect(): Generator<Counts> {
    yield {
      ...copyOf([this.#withoutRoute]),
      failures: Object.fromEntries(this.#failures),
      tunnels: this.tunnels,
      statuses: this.#countedStatuses(),
      durationMs: this.#durationMs(),
      recentErrors: this.recentErrors.latest(),
    };
    if (this.#tableId !== null) {
      yield { ...NO_COUNTS, routes: [{ tableId: this.#tableId, requests: this.#routes.slice() }] };
    }
    for (const rows of inPieces(this.#rows.values())) yield copyOf(rows);
  }

  #rowOfRoute({ terms, index }: Pick<Match, 'terms' | 'index'>): ServiceRow {
    this.#routes[index] = (this.#routes[index] ?? 0) + 1;
    return (this.#rowsOfTerms[terms.index] ??= this.#rowOf(terms.service));
  }

  #rowOf(service: string): ServiceRow {
    const known = this.#rows.get(service);
    if (known !== undefined) return known;
    const made = new ServiceRow(service);
    this.#rows.set(service, made);
    return made;
  }

  #forgetIdle(row: ServiceRow): void {
    if (row.values[COLUMN.inFlight] !== 0) return;
    this.#rows.delete(row.service);
    this.#forgottenMs += row.values[COLUMN.durationSumMs] ?? 0;
  }

  #countedStatuses(): Readonly<Record<string, number>> {
    const counted: Record<string, number> = {};
    for (let status = 1; status < STATUSES; status += 1) {
      const count = this.#statuses[status] ?? 0;
      if (count > 0) counted[status] = count;
    }
    return counted;
  }

  #durationMs(): number {
    let sum = this.#forgottenMs;
    for (const { values } of [this.#withoutRoute, ...this.#rows.values()]) {
      sum += values[COLUMN.durationSumMs] ?? 0;
    }
    return sum;
  }
}

/** What is counted of servers, in pieces that add up: of those alone that there is something to tell of, which are few of many. */
export function* collectServers(backends: Iterable<BackendTraffic>): Generator<Counts> {
  for (const some of inPieces(backends)) {
    const servers = some.flatMap(toldServers);
    const queued = some.reduce((sum, backend) => sum + backend.queued, 0);
    if (servers.length > 0 || queued > 0) yield { ...NO_COUNTS, servers, queued };
  }
}

function toldServers({ backend, servers }: BackendTraffic): readonly ServerCounts[] {
  return servers.flatMap(({ server, connectErrors, ejections, isEjected, inFlight }) =>
    connectErrors + ejections + inFlight === 0 && !isEjected
      ? []
      : [{ backend: backend.id, server: server.id, connectErrors, ejections, isEjected, inFlight }],
  );
}

function copyOf(some: readonly ServiceRow[]): Counts {
  const rows = new Float64Array(some.length * WIDTH);
  for (const [index, { values }] of some.entries()) rows.set(values, index * WIDTH);
  return { ...NO_COUNTS, services: some.map(({ service }) => service), rows };
}

function* inPieces<T>(all: Iterable<T>): Generator<readonly T[]> {
  let piece: T[] = [];
  for (const one of all) {
    if (piece.push(one) < PIECE) continue;
    yield piece;
    piece = [];
  }
  if (piece.length > 0) yield piece;
}

function add({ values }: ServiceRow, column: number, by: number): void {
  values[column] = (values[column] ?? 0) + by;
}

/** RFC 9110 section 15: what is no valid status counts as one of the server's errors. */
function codeOf(status: number): number {
  return Math.min(Math.floor(status / 100), CODES.length - 1);
}

function bucketOf(durationMs: number): number {
  let bucket = 0;
  for (const mostMs of BUCKETS_MS) {
    if (durationMs <= mostMs) break;
    bucket += 1;
  }
  return bucket;
}
