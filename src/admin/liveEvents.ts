/** What event streams tell: the `data` of each event of `GET /api/events`. Times are ISO 8601 in UTC. */

import { PROGRAM } from '../control/program.ts';
import type { Install, Status } from '../control/status.ts';
import type { HistoryEntry } from '../control/historyEntry.ts';
import type { EjectedServer } from '../model/condition.ts';
import type { ServerCounts } from '../model/counts.ts';
import type { DatedTotal, ServiceRates, Statistics, TotalRates } from '../model/statistics.ts';
import { historyView, type HistoryView } from './history.ts';
import { isoTime, overview, type Overview } from './overview.ts';

/** Changes that one event tells; more are only counted. */
const MAX_CHANGES = 100;
/** Services, routes and servers that one event tells, the busiest of each; more are only counted. */
const MAX_ROWS = 5_000;

/** All events, by name. */
export interface LiveEvents {
  /** Once, first of all. */
  readonly hello: HelloEvent;
  /** What is live differs, if only in its findings. */
  readonly installed: InstalledEvent;
  /** A server was ejected, or put on probation. */
  readonly ejected: ServerEvent;
  readonly readmitted: ServerEvent;
  /** Something else about conditions differs: checks, circuit breakers. Once a second at most. */
  readonly conditions: Moment;
  /** The first failure, and each that says something else than the one before. */
  readonly 'metadata-failing': MetadataFailingEvent;
  readonly 'metadata-recovered': Moment;
  /** A refresh is held, where none was. */
  readonly held: Moment;
  readonly 'hold-ended': Moment;
  /** Each second. */
  readonly statistics: StatisticsEvent;
}

export interface Moment {
  readonly at: string;
}

export interface MetadataFailingEvent extends Moment {
  readonly error: string;
}

export interface HelloEvent {
  readonly name: string;
  readonly version: string;
  /** Another one than before: the daemon was started anew. */
  readonly startedAt: string;
  /** Null before the first install. So is the next. */
  readonly tableId: string | null;
  /** The latest entry of the history. */
  readonly historyId: number | null;
  /** Totals of the last 300 seconds, as far as they were made, oldest first. */
  readonly statistics: readonly (Moment & TotalRates)[];
}

/** As `/api/history/{id}` shows it, with a hundred changes at most. */
export type InstalledEvent = HistoryView;

export interface ServerEvent extends Moment, Omit<EjectedServer, 'until'> {
  /** The ids of those whose requests it gets. */
  readonly services: readonly string[];
  readonly state: ServerState;
  /** Where it is ejected: when it is put on probation. */
  readonly until?: string;
}

export type ServerState = 'ejected' | 'probation' | 'good';

export function helloEvent(
  { startedAt, install }: Status,
  historyId: number | null,
  recent: readonly DatedTotal[],
): HelloEvent {
  return {
    name: PROGRAM.name,
    version: PROGRAM.version,
    startedAt: isoTime(startedAt),
    tableId: install?.derivation.table.id ?? null,
    historyId,
    statistics: recent.map(({ at, total }) => ({ at: isoTime(at), ...total })),
  };
}

export function installedEvent(entry: HistoryEntry): InstalledEvent {
  const { changes, moreChanges } = entry;
  return {
    ...historyView(entry),
    changes: changes.slice(0, MAX_CHANGES),
    moreChanges: moreChanges + Math.max(0, changes.length - MAX_CHANGES),
  };
}

export function serverEvent(
  install: Install | null,
  { backend, server, url, reason, until }: EjectedServer,
  state: ServerState,
  at: number,
): ServerEvent {
  const reports = install?.derivation.services ?? [];
  return {
    at: isoTime(at),
    services: reports.filter(({ backends }) => backends.includes(backend)).map(({ id }) => id),
    backend,
    server,
    url,
    state,
    reason,
    ...(state === 'ejected' && until !== null && { until: isoTime(until) }),
  };
}

export interface StatisticsEvent extends Moment {
  /** How long the second was. */
  readonly seconds: number;
  readonly total: TotalRates;
  /** By `stack/name`: those that have something that is not 0. */
  readonly services: Readonly<Record<string, ServiceRow>>;
  /** Index in `/api/routes`, and requests per second: those that were taken. */
  readonly routes: readonly (readonly [number, number])[];
  /** Of which table `routes` tells; null before the first. */
  readonly routesOf: string | null;
  readonly servers: readonly ServerRow[];
  /** How many services, routes and servers there is no room for. */
  readonly more: { readonly services: number; readonly routes: number; readonly servers: number };
  readonly metadata: Pick<Overview['metadata'], 'ageSeconds' | 'stale' | 'lastError'>;
  readonly notReady: readonly string[];
}

type ServiceRow = readonly [
  requestsPerSecond: number,
  errorsPerSecond: number,
  p50Ms: number | null,
  p95Ms: number | null,
  inFlight: number,
];

/** In flight is of the moment, the other two are counted since the server came. */
type ServerRow = readonly [
  backend: string,
  server: string,
  inFlight: number,
  ejections: number,
  connectErrors: number,
];

export function statisticsEvent(statistics: Statistics, status: Status): StatisticsEvent {
  const tableId = status.install?.derivation.table.id ?? null;
  const routes = statistics.routes.find((each) => each.tableId === tableId)?.rates ?? [];
  const services = [...statistics.services];
  const { ageSeconds, stale, lastError } = overview(status).metadata;
  const { servers } = statistics;
  return {
    at: isoTime(statistics.at),
    seconds: Math.round(statistics.seconds * 1_000) / 1_000,
    total: statistics.total,
    services: Object.fromEntries(
      busiest(services, ([, { requestsPerSecond }]) => requestsPerSecond).map(([id, rates]) => [
        id,
        serviceRow(rates),
      ]),
    ),
    routes: busiest(routes, ([, requestsPerSecond]) => requestsPerSecond),
    routesOf: tableId,
    servers: busiest(servers, ({ inFlight }) => inFlight).map(serverRow),
    more: {
      services: Math.max(0, services.length - MAX_ROWS),
      routes: Math.max(0, routes.length - MAX_ROWS),
      servers: Math.max(0, servers.length - MAX_ROWS),
    },
    metadata: { ageSeconds, stale, lastError },
    notReady: status.notReady,
  };
}

function serviceRow({
  requestsPerSecond,
  errorsPerSecond,
  p50Ms,
  p95Ms,
  inFlight,
}: ServiceRates): ServiceRow {
  return [requestsPerSecond, errorsPerSecond, p50Ms, p95Ms, inFlight];
}

function serverRow({ backend, server, inFlight, ejections, connectErrors }: ServerCounts): ServerRow {
  return [backend, server, inFlight, ejections, connectErrors];
}

function busiest<T>(rows: readonly T[], load: (row: T) => number): readonly T[] {
  return rows.length <= MAX_ROWS ? rows : rows.toSorted((a, b) => load(b) - load(a)).slice(0, MAX_ROWS);
}
