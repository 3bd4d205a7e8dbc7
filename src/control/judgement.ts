import type { Exposure } from '../labels/exposure.ts';
import { inSegment } from '../labels/label.ts';
import { shown } from '../labels/shown.ts';
import type { Finding } from '../model/finding.ts';
import type { ContainerReport } from '../model/report.ts';
import type { External, Resolution, Service } from '../model/service.ts';
import type { Server } from '../model/table.ts';
import type { Loss } from '../routing/conflicts.ts';
import { routeWords } from '../routing/words.ts';
import { ownerWords } from './backends.ts';

/** Whether requests can be sent to this kind of service at all, and what is to be said about it. */
export interface KindJudgement {
  readonly routable: boolean;
  readonly findings: readonly Finding[];
}

/** Kinds that have no containers of their own, and what to do instead. */
const NOT_ROUTABLE: ReadonlyMap<string, string> = new Map([
  ['dnsService', 'label the services that it is an alias of'],
  ['loadBalancerService', 'label the services that it balances'],
]);

/** Judges the kind of a service that asks to be published. */
export function judgeKind(kind: string): KindJudgement {
  const instead = NOT_ROUTABLE.get(kind);
  if (instead !== undefined) {
    const message = `A ${kind} cannot be published, so the service is refused; ${instead}.`;
    return { routable: false, findings: [finding('unsupported-kind', 'error', message)] };
  }
  return { routable: true, findings: [] };
}

/** What requests for a routed service meet. */
export interface Reach {
  readonly service: Service;
  readonly healthRequired: boolean;
  readonly containers: readonly ContainerReport[];
  /** Its own, of all its live routes. */
  readonly servers: readonly Server[];
  /** Whether some backend of its live routes has no server, neither its own nor another's that shares it. */
  readonly without: boolean;
}

/** What is to be said where a routed service has no server, for want of a health check or of an eligible container. */
export function availabilityFindings(reach: Reach): readonly Finding[] {
  const { service, healthRequired, containers, servers, without } = reach;
  if (servers.length > 0) return [];
  const effect = without
    ? 'its hosts answer 503'
    : 'requests for its hosts go to the other services that share its backend';
  if (service.external !== null) return [noAddress(service.external, effect)];
  if (!service.hasHealthCheck && healthRequired) {
    const message = `The service defines no health check, so its containers receive no requests and ${effect}; define one, or set traefik.health.required=false.`;
    return [finding('no-health-check', 'warning', message)];
  }
  if (containers.some(({ eligible }) => eligible)) return [];
  return [finding('no-eligible-container', 'warning', `${noneEligible(containers)}, so ${effect}.`)];
}

/** Says that the hostname of an external service cannot be resolved, and why. */
export function resolutionFindings(
  external: External | null,
  resolutions: Readonly<Record<string, Resolution>>,
): readonly Finding[] {
  const hostname = external?.hostname ?? null;
  const resolution = hostname === null ? undefined : resolutions[hostname];
  if (hostname === null || resolution === undefined || resolution.error === null) return [];
  const reason = resolution.error.replace(/\.$/, '');
  const effect =
    resolution.addresses.length > 0
      ? `the last known ${resolution.addresses.length === 1 ? 'address stays' : 'addresses stay'} in use`
      : 'no address is known';
  const message = `The hostname ${shown(hostname)} of the external service cannot be resolved (${reason}): ${effect}; correct it, or look at the DNS server.`;
  return [finding('unresolved-name', 'warning', message)];
}

/** Says that servers on our own host cannot be told from others. */
export function localityFindings(
  exposures: readonly Exposure[],
  localHostUuid: string | null,
): readonly Finding[] {
  if (localHostUuid !== null || !exposures.some(({ preferLocal }) => preferLocal === true)) return [];
  const label = 'traefik.prefer.local';
  const message = `${label} has no effect: the metadata does not say which host active-lb runs on (/self/host).`;
  return [{ code: 'local-host-unknown', severity: 'warning', label, message }];
}

function noAddress({ hostname }: External, effect: string): Finding {
  const message =
    hostname === null
      ? `The external service has neither an address nor a hostname, so ${effect}; give it external_ips or a hostname.`
      : `The external service has no address, so ${effect}: its hostname ${shown(hostname)} is not resolved.`;
  return finding('no-eligible-container', 'warning', message);
}

/**
 * Tells a service which of its hosts went to whom; an error where the service, or the segment that asked for them, has none
 * left. `kept`: the segments that have (null: the service as a whole).
 */
export function conflictFindings(
  losses: readonly Loss[],
  kept: ReadonlySet<string | null>,
): readonly Finding[] {
  return losses.map(({ route, winner }) => {
    const isOwn = route.service === winner.service;
    const rival = isOwn ? `its segment ${winner.segment}` : ownerWords(winner.service, winner.segment);
    const remedy = isOwn ? 'another domain or rule' : 'another domain or name';
    const message = `${routeWords(route)} is claimed by ${rival} too, which wins: ${reasonToWin({ route, winner })}; give one of them ${remedy}.`;
    const severity = kept.has(route.segment) ? 'warning' : 'error';
    return { ...finding('host-conflict', severity, message), ...inSegment(route.segment) };
  });
}

function reasonToWin({ route, winner }: Loss): string {
  if (route.refusal !== null && winner.refusal === null)
    return `this ${route.segment === null ? 'service' : 'segment'} is refused`;
  return route.priority === winner.priority ? 'its name comes first' : 'its priority is higher';
}

function noneEligible(containers: readonly ContainerReport[]): string {
  const { length } = containers;
  if (length === 0) return 'The service has no containers (its scale is 0, or it is stopped)';
  const subject =
    length === 1 ? 'Its only container is not eligible' : `None of its ${length} containers is eligible`;
  return `${subject} (${countReasons(containers)})`;
}

/** `1 initializing, 2 unhealthy` */
function countReasons(containers: readonly ContainerReport[]): string {
  const counts = new Map<string, number>();
  for (const { reason } of containers) if (reason !== null) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([reason, count]) => `${count} ${reason}`)
    .join(', ');
}

function finding(code: Finding['code'], severity: Finding['severity'], message: string): Finding {
  return { code, severity, label: null, message };
}
