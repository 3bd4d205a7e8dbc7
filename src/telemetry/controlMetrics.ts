import { single, type LookedUp } from './exposition.ts';

/** What the control side knows, as far as it is shown as metrics. */
export interface ControlFacts {
  /** Null before the first install. */
  readonly table: {
    readonly id: string;
    readonly metadataVersion: string;
    readonly routes: number;
    readonly services: number;
    readonly servers: number;
  } | null;
  /** Milliseconds since the epoch; null before the first install. */
  readonly installedAt: number | null;
  readonly metadata: {
    /** Null before the first success. */
    readonly ageSeconds: number | null;
    readonly stale: boolean;
    /** Whether a removal of too many servers at once waits for time or an operator. */
    readonly isHeld: boolean;
    /** Refreshes that failed since the start. */
    readonly failuresTotal: number;
  };
  readonly findings: { readonly errors: number; readonly warnings: number };
  readonly conditions: {
    readonly failingServers: number;
    readonly ejectedServers: number;
    readonly openBreakers: number;
  };
  /** Lines of the access log since the start. */
  readonly accessLines: { readonly written: number; readonly dropped: number };
  readonly isReady: boolean;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly version: string;
}

/** What the control side shows. */
export const CONTROL_METRICS: readonly LookedUp<ControlFacts>[] = [
  {
    name: 'active_lb_build_info',
    type: 'gauge',
    help: 'Always 1; the labels tell the version of active-lb and of Node.',
    samples: ({ version }) => [{ value: 1, labels: { version, node: process.version } }],
  },
  {
    name: 'active_lb_start_time_seconds',
    type: 'gauge',
    help: 'When the daemon started, in seconds since the epoch.',
    samples: ({ startedAt }) => single(startedAt / 1000),
  },
  gauge(
    'ready',
    '1 once a table is installed and the entrypoint listens, 0 before and during a stop.',
    (facts) => Number(facts.isReady),
  ),
  {
    name: 'active_lb_table_info',
    type: 'gauge',
    help: 'Always 1; the labels tell the table that is installed and the metadata version that it is from.',
    samples: ({ table }) =>
      table === null
        ? []
        : [{ value: 1, labels: { table_id: table.id, metadata_version: table.metadataVersion } }],
  },
  gauge('routes', 'Routes of the installed table.', ({ table }) => table?.routes ?? 0),
  gauge('services', 'Services that are routed.', ({ table }) => table?.services ?? 0),
  gauge('servers', 'Servers of all backends of the installed table.', ({ table }) => table?.servers ?? 0),
  gauge(
    'table_installed_timestamp_seconds',
    'When the last table was installed, in seconds since the epoch.',
    ({ installedAt }) => (installedAt === null ? null : installedAt / 1000),
  ),
  gauge(
    'metadata_age_seconds',
    'Seconds since the metadata was last read with success. Absent before.',
    ({ metadata }) => metadata.ageSeconds,
  ),
  gauge(
    'metadata_stale',
    '1 where the metadata was not read for five refresh intervals, or what is installed is from disk.',
    ({ metadata }) => Number(metadata.stale),
  ),
  gauge(
    'metadata_removal_held',
    '1 while the removal of too many servers at once is held back.',
    ({ metadata }) => Number(metadata.isHeld),
  ),
  counter('metadata_failures_total', 'Refreshes that failed.', ({ metadata }) => metadata.failuresTotal),
  {
    name: 'active_lb_findings',
    type: 'gauge',
    help: 'Findings about services, by severity: with an error, a service or a part of it is not routed.',
    samples: ({ findings }) => [
      { value: findings.errors, labels: { severity: 'error' } },
      { value: findings.warnings, labels: { severity: 'warning' } },
    ],
  },
  gauge(
    'servers_failing',
    'Servers that receive nothing since their active health check fails.',
    ({ conditions }) => conditions.failingServers,
  ),
  gauge(
    'servers_ejected',
    'Servers that receive nothing, or a request at a time, since they kept failing.',
    ({ conditions }) => conditions.ejectedServers,
  ),
  gauge(
    'circuit_breakers_open',
    'Circuit breakers that let nothing pass.',
    ({ conditions }) => conditions.openBreakers,
  ),
  counter(
    'access_log_lines_total',
    'Lines of the access log that were written.',
    ({ accessLines }) => accessLines.written,
  ),
  counter(
    'access_log_dropped_total',
    'Lines of the access log that were dropped, since nobody read what was written.',
    ({ accessLines }) => accessLines.dropped,
  ),
];

function counter(name: string, help: string, read: (facts: ControlFacts) => number): LookedUp<ControlFacts> {
  return { name: `active_lb_${name}`, type: 'counter', help, samples: (facts) => single(read(facts)) };
}

function gauge(
  name: string,
  help: string,
  read: (facts: ControlFacts) => number | null,
): LookedUp<ControlFacts> {
  return { name: `active_lb_${name}`, type: 'gauge', help, samples: (facts) => single(read(facts)) };
}
