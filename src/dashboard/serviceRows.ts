import type { StatisticsEvent } from '../admin/liveEvents.ts';
import type { BackendView, ServiceView } from '../control/views.ts';

/** A service, with all that is to be said of it in one line. */
export interface ServiceRow {
  readonly service: ServiceView;
  /** Null while no second was counted. So are the other figures. */
  readonly requestsPerSecond: number | null;
  readonly errorsPerSecond: number | null;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly inFlight: number | null;
  /** Of its backends' servers, since they came. */
  readonly ejections: number | null;
}

const NOTHING_COUNTED = {
  requestsPerSecond: null,
  errorsPerSecond: null,
  p50Ms: null,
  p95Ms: null,
  inFlight: null,
  ejections: null,
} as const;

/** What of the services is shown: the parameter `show`. */
export const SHOWS = {
  all: () => true,
  findings: hasFindings,
  errors: ({ service }) => worst(service) === 'error',
  trouble: isInTrouble,
  busy: ({ requestsPerSecond, inFlight }) => (requestsPerSecond ?? 0) + (inFlight ?? 0) > 0,
} as const satisfies Record<string, (row: ServiceRow) => boolean>;

export type Show = keyof typeof SHOWS;

/** Joins what is known of services with the last second of their traffic. */
export function serviceRows(
  services: readonly ServiceView[],
  statistics: StatisticsEvent | null,
): readonly ServiceRow[] {
  const ejections = ejectionsByBackend(statistics);
  return services.map((service) => {
    if (statistics === null) return { service, ...NOTHING_COUNTED };
    // What is not told is 0, or nothing.
    const [requestsPerSecond = 0, errorsPerSecond = 0, p50Ms = null, p95Ms = null, inFlight = 0] =
      Object.hasOwn(statistics.services, service.id) ? (statistics.services[service.id] ?? []) : [];
    const ejected = service.backends.reduce((sum, { id }) => sum + (ejections.get(id) ?? 0), 0);
    return { service, requestsPerSecond, errorsPerSecond, p50Ms, p95Ms, inFlight, ejections: ejected };
  });
}

function ejectionsByBackend(statistics: StatisticsEvent | null): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const [backend, , , ejections] of statistics?.servers ?? [])
    sums.set(backend, (sums.get(backend) ?? 0) + ejections);
  return sums;
}

function hasFindings({ service: { findings } }: ServiceRow): boolean {
  return findings.some(({ severity }) => severity !== 'info');
}

/** Something about it is not as its labels and containers promise. */
function isInTrouble({ service: { state, servers, backends } }: ServiceRow): boolean {
  return (
    state === 'without-servers' ||
    servers.some(({ status }) => status === 'failing' || status === 'ejected') ||
    backends.some(isTripped)
  );
}

export function worst({ findings }: ServiceView): 'error' | 'warning' | 'info' | null {
  return (
    (['error', 'warning', 'info'] as const).find((each) =>
      findings.some(({ severity }) => severity === each),
    ) ?? null
  );
}

/** What should be looked at first comes first: errors, then warnings and trouble, then what is well, then what nobody asked for. */
export function rankOf(row: ServiceRow): number {
  if (worst(row.service) === 'error') return 0;
  if (worst(row.service) === 'warning' || isInTrouble(row)) return 1;
  return row.service.routed ? 2 : 3;
}

/** What is looked in for a service, in lower case. */
export function textOfService({ id, state, hosts, servers, containers, findings }: ServiceView): string {
  return [
    id,
    state,
    ...hosts,
    ...servers.flatMap(({ url, status }) => [url, status]),
    ...containers.flatMap(({ name, reason }) => [name, reason ?? '']),
    ...findings.flatMap(({ code, label, message }) => [code, label ?? '', message]),
  ]
    .join('\n')
    .toLowerCase();
}

/** Whether a circuit breaker lets not all requests pass. */
export function isTripped({ circuitBreaker }: Pick<BackendView, 'circuitBreaker'>): boolean {
  return circuitBreaker !== null && circuitBreaker.state !== 'closed';
}

export function eligibleOf({ containers }: ServiceView): number {
  return containers.filter((container) => container.eligible).length;
}
