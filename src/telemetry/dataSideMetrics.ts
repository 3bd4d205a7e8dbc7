import { BUCKETS_MS, CODES, COLUMN, METHODS, WIDTH, type Counts } from '../model/counts.ts';
import type { EntrypointCounts, ServerCounts, ThreadVitals } from '../model/counts.ts';
import { single, type Labels, type LookedUp, type Sample } from './exposition.ts';
import type { DatedCounts } from './latestCounts.ts';

/** All that the data side counts. */
export const DATA_SIDE_METRICS: readonly LookedUp<DatedCounts>[] = [
  {
    name: 'active_lb_requests_total',
    type: 'counter',
    help: 'Requests that are over, by the service whose route they took (none: no route), method, and class of the status (none: the client left before an answer).',
    samples: ({ counts }) => requests(counts),
  },
  {
    name: 'active_lb_request_duration_seconds',
    type: 'histogram',
    help: 'Seconds from the end of the head of a request to the end of its response. Without upgraded connections.',
    samples: ({ counts }) => durations(counts),
  },
  ofServices('requests_in_flight', 'gauge', 'Requests that are not over.', COLUMN.inFlight),
  ofServices(
    'request_bytes_total',
    'counter',
    'Bytes of request bodies that were passed on.',
    COLUMN.bytesIn,
  ),
  ofServices(
    'response_bytes_total',
    'counter',
    'Bytes of response bodies that were passed on.',
    COLUMN.bytesOut,
  ),
  ofServices(
    'retries_total',
    'counter',
    'Times that a request was sent to another server although one may have had it.',
    COLUMN.retries,
  ),
  {
    name: 'active_lb_failures_total',
    type: 'counter',
    help: 'Requests that no server answered in full, by what prevented it.',
    samples: ({ counts }) =>
      Object.entries(counts.failures).map(([kind, value]) => ({ value, labels: { kind } })),
  },
  ofServersThat(
    ({ connectErrors }) => connectErrors > 0,
    'server_connect_errors_total',
    'counter',
    'Connections to a server that could not be made. Servers without any are left out.',
    ({ connectErrors }) => connectErrors,
  ),
  ofServersThat(
    ({ ejections }) => ejections > 0,
    'server_ejections_total',
    'counter',
    'Times that a server was ejected. Servers that never were are left out.',
    ({ ejections }) => ejections,
  ),
  ofServersThat(
    ({ ejections, isEjected }) => ejections > 0 || isEjected,
    'server_ejected',
    'gauge',
    '1 while a server is ejected, 0 when it is back. Servers that never were are left out.',
    ({ isEjected }) => Number(isEjected),
  ),
  ofServersThat(
    ({ inFlight }) => inFlight > 0,
    'server_requests_in_flight',
    'gauge',
    'Requests that a server has not answered in full. Servers that have none are left out.',
    ({ inFlight }) => inFlight,
  ),
  {
    name: 'active_lb_requests_queued',
    type: 'gauge',
    help: 'Requests that wait for a server to have room for them.',
    samples: ({ counts }) => single(counts.queued),
  },
  ofEntrypoints('connections_open', 'gauge', 'Client connections that are open.', ({ open }) => open),
  ofEntrypoints('connections_limit', 'gauge', 'Client connections that may be open.', ({ limit }) => limit),
  ofEntrypoints(
    'connections_accepted_total',
    'counter',
    'Client connections that were accepted.',
    ({ accepted }) => accepted,
  ),
  ofEntrypoints(
    'connections_waiting',
    'gauge',
    'Client connections that wait, unread, until there is a place for them.',
    ({ waiting }) => waiting,
  ),
  ofEntrypoints(
    'connections_shed_total',
    'counter',
    'Client connections that were closed to make room for others.',
    ({ shed }) => shed,
  ),
  ofEntrypoints(
    'connections_refused_total',
    'counter',
    'Client connections that were closed without having been served.',
    ({ refused }) => refused,
  ),
  {
    name: 'active_lb_tunnels_open',
    type: 'gauge',
    help: 'Upgraded connections (WebSockets) that are open.',
    samples: ({ counts }) => single(counts.tunnels),
  },
  {
    name: 'active_lb_counts_age_seconds',
    type: 'gauge',
    help: 'Seconds since what the data side counts was handed over: more than 1 where a proxy thread does not answer, and its last known numbers are shown.',
    samples: ({ ageMs }) => single(ageMs === null ? null : ageMs / 1000),
  },
];

/** How each thread of the process fares. */
export const THREAD_METRICS: readonly LookedUp<readonly ThreadVitals[]>[] = [
  {
    name: 'active_lb_event_loop_delay_seconds',
    type: 'gauge',
    help: 'Seconds by which the event loop of a thread was late, in the last 30 s at least: quantile 1 is the worst.',
    samples: (threads) =>
      threads.flatMap(({ thread, delay: { p50, p99, max } }) => [
        { value: p50, labels: { thread, quantile: '0.5' } },
        { value: p99, labels: { thread, quantile: '0.99' } },
        { value: max, labels: { thread, quantile: '1' } },
      ]),
  },
  ofThreads(
    'thread_busy_seconds_total',
    'counter',
    'Seconds in which a thread was not waiting for something to do.',
    ({ busySeconds }) => busySeconds,
  ),
  ofThreads(
    'thread_gc_seconds_total',
    'counter',
    'Seconds in which a thread collected garbage.',
    ({ gcSeconds }) => gcSeconds,
  ),
  ofThreads(
    'thread_heap_used_bytes',
    'gauge',
    'Bytes of the JavaScript heap of a thread that are in use.',
    ({ heapUsedBytes }) => heapUsedBytes,
  ),
];

type Type = LookedUp<unknown>['type'];

const serviceLabels = new WeakMap<Counts, readonly Labels[]>();

/** The labels of each service, the same objects for all metrics of a scrape. */
function labelsOf(counts: Counts): readonly Labels[] {
  const known = serviceLabels.get(counts);
  if (known !== undefined) return known;
  const made = counts.services.map((service) => ({ service }));
  serviceLabels.set(counts, made);
  return made;
}

function ofServices(name: string, type: Type, help: string, column: number): LookedUp<DatedCounts> {
  return {
    name: `active_lb_${name}`,
    type,
    help,
    *samples({ counts }) {
      for (const [index, sharedLabels] of labelsOf(counts).entries()) {
        yield { value: counts.rows[index * WIDTH + column] ?? 0, sharedLabels };
      }
    },
  };
}

function ofServersThat(
  isTold: (server: ServerCounts) => boolean,
  name: string,
  type: Type,
  help: string,
  read: (server: ServerCounts) => number,
): LookedUp<DatedCounts> {
  return {
    name: `active_lb_${name}`,
    type,
    help,
    samples: ({ counts }) =>
      counts.servers.filter(isTold).map((each) => ({
        value: read(each),
        labels: { backend: each.backend, server: each.server },
      })),
  };
}

function ofEntrypoints(
  name: string,
  type: Type,
  help: string,
  read: (entrypoint: EntrypointCounts) => number,
): LookedUp<DatedCounts> {
  return {
    name: `active_lb_${name}`,
    type,
    help,
    samples: ({ counts }) =>
      counts.entrypoints.map((each) => ({ value: read(each), labels: { entrypoint: each.entrypoint } })),
  };
}

function ofThreads(
  name: string,
  type: Type,
  help: string,
  read: (vitals: ThreadVitals) => number,
): LookedUp<readonly ThreadVitals[]> {
  return {
    name: `active_lb_${name}`,
    type,
    help,
    samples: (threads) =>
      threads.map((vitals) => ({ value: read(vitals), labels: { thread: vitals.thread } })),
  };
}

/** Of what never happened there is no sample: a service has a few of 60. */
function* requests(counts: Counts): Generator<Sample> {
  for (const [index, sharedLabels] of labelsOf(counts).entries()) {
    let at = index * WIDTH + COLUMN.requests;
    for (const method of METHODS) {
      for (const code of CODES) {
        const value = counts.rows[at] ?? 0;
        if (value > 0) yield { value, labels: { method, code }, sharedLabels };
        at += 1;
      }
    }
  }
}

const BOUNDS: readonly Labels[] = [...BUCKETS_MS.map((ms) => ({ le: ms / 1000 })), { le: '+Inf' }];

function* durations(counts: Counts): Generator<Sample> {
  const name = 'active_lb_request_duration_seconds';
  for (const [index, sharedLabels] of labelsOf(counts).entries()) {
    const at = index * WIDTH;
    let sum = 0;
    for (const [bucket, labels] of BOUNDS.entries()) {
      sum += counts.rows[at + COLUMN.durations + bucket] ?? 0;
      yield { value: sum, labels, sharedLabels, metricName: `${name}_bucket` };
    }
    const sumMs = counts.rows[at + COLUMN.durationSumMs] ?? 0;
    yield { value: sumMs / 1000, sharedLabels, metricName: `${name}_sum` };
    yield { value: sum, sharedLabels, metricName: `${name}_count` };
  }
}
