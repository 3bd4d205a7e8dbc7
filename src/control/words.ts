/** What reports mean, in plain words: the dashboard and `active-lb explain` say the same. */

import type { EjectedServer } from '../model/condition.ts';
import type { Finding } from '../model/finding.ts';
import type { ContainerReason, ServiceReport } from '../model/report.ts';
import type { BalancingMethod } from '../model/table.ts';

/** Why a container receives no requests, to be read after "no requests:". */
export const REASON_WORDS: Readonly<Record<ContainerReason, string>> = {
  'no-health-state':
    'Rancher reports no health for it; give the service a health_check, or the label traefik.health.required=false',
  initializing: 'its health check has not passed yet',
  unhealthy: 'its health check fails',
  'not-running': 'it is not running',
  'no-address': 'it has no address yet',
};

/** How servers share requests. */
export const METHOD_WORDS: Readonly<Record<BalancingMethod, string>> = {
  wrr: 'servers take turns by weight (wrr)',
  drr: 'servers take turns by weight, slow and failing ones less often (drr)',
  least: 'of two servers the one with fewer requests in flight is taken (least)',
};

/** Why a server is ejected, to be read after "it": the time is in UTC. */
export function ejectionWords({ reason, until }: EjectedServer): string {
  return until === null
    ? `${reason}; on probation it gets one request at a time until one succeeds`
    : `${reason}; it gets no requests until ${new Date(until).toISOString()}`;
}

/** What became of a service, from best to worst but for the last two, which nobody asked to be routed here. */
export type ServiceState = 'routed' | 'without-servers' | 'refused' | 'not-selected' | 'not-enabled';

/** The state of a service, in one or two words. */
export const STATE_WORDS: Readonly<Record<ServiceState, string>> = {
  routed: 'routed',
  'without-servers': 'no servers',
  refused: 'refused',
  'not-selected': 'not selected',
  'not-enabled': 'not enabled',
};

export function serviceState(report: ServiceReport): ServiceState {
  if (report.routed) return report.isServed ? 'routed' : 'without-servers';
  if (report.findings.some(isError)) return 'refused';
  return report.findings.some(({ code }) => code === 'constraint-mismatch') ? 'not-selected' : 'not-enabled';
}

const OUTCOMES: Readonly<Record<ServiceState, (report: ServiceReport) => string>> = {
  routed: ({ servers }) =>
    servers.length === 0
      ? 'Requests for its hosts go to the services that share its backend: it has no server of its own.'
      : `Requests for its hosts go to ${count(servers.length, 'server')}.`,
  'without-servers': ({ containers }) =>
    containers.length === 0
      ? 'Requests for its hosts are answered 503: it has no containers.'
      : 'Requests for its hosts are answered 503: none of its containers is eligible.',
  refused: ({ hosts }) =>
    hosts.length === 0
      ? 'It is not routed until the error below is mended.'
      : 'It is not routed: requests for its hosts are answered 503 until the error below is mended.',
  'not-selected': () => 'It is not routed by this load balancer: its tags do not fit LB_CONSTRAINTS.',
  'not-enabled': () => 'It is not routed, and its labels do not ask for it (traefik.enable).',
};

/** What happens to requests for a service's hosts, in one sentence. */
export function outcomeSentence(report: ServiceReport): string {
  return OUTCOMES[serviceState(report)](report);
}

const SUMMARY_WORDS: Readonly<Record<ServiceState, string>> = {
  routed: 'routed',
  'without-servers': 'without servers',
  refused: 'refused',
  'not-selected': 'not selected',
  'not-enabled': 'not enabled',
};

/** How many services there are, and what became of them: `5 services: 3 routed, 1 without servers, 1 refused`. */
export function servicesSentence(reports: readonly ServiceReport[]): string {
  const counts = new Map<ServiceState, number>();
  for (const report of reports) counts.set(serviceState(report), (counts.get(serviceState(report)) ?? 0) + 1);
  const states = (Object.keys(SUMMARY_WORDS) as ServiceState[]).flatMap((state) => {
    const n = counts.get(state);
    return n === undefined ? [] : `${grouped(n)} ${SUMMARY_WORDS[state]}`;
  });
  return `${count(reports.length, 'service')}: ${states.join(', ')}`;
}

export function isError(finding: Finding): boolean {
  return finding.severity === 'error';
}

/** `10,000`. */
export function grouped(n: number): string {
  return n.toLocaleString('en');
}

/** `1 server`, `3 servers`, `10,000 servers`. */
export function count(n: number, noun: string, plural = `${noun}s`): string {
  return `${grouped(n)} ${n === 1 ? noun : plural}`;
}

const UNITS = [
  { ms: 86_400_000, name: 'day' },
  { ms: 3_600_000, name: 'h' },
  { ms: 60_000, name: 'min' },
] as const;

/** A duration in its largest unit: `12 s`, `3 min`, `5 h`, `2 days`. */
export function durationWords(ms: number): string {
  const unit = UNITS.find((candidate) => ms >= candidate.ms);
  if (unit === undefined) return `${Math.max(0, Math.round(ms / 1000))} s`;
  const n = Math.floor(ms / unit.ms);
  return `${n} ${unit.name}${unit.name === 'day' && n > 1 ? 's' : ''}`;
}

const NAMES_TOLD = 3;

/** `a, b, c and 7 more`; all of them where they are few. */
export function firstOf(names: readonly string[]): string {
  const rest = names.length - NAMES_TOLD;
  const first = names.slice(0, NAMES_TOLD).join(', ');
  return rest > 0 ? `${first} and ${grouped(rest)} more` : first;
}
