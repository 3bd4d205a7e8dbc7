import type { Exposure } from '../labels/read.ts';
import type { Finding } from '../model/finding.ts';
import type { ContainerReport } from '../model/report.ts';
import type { External, Service } from '../model/service.ts';
import type { Server } from '../model/table.ts';
import type { Loss } from '../routing/conflicts.ts';
import { routeWords } from '../routing/words.ts';

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

/** What is to be said where a routed service cannot be reached, for want of a health check or of an eligible container. */
export function availabilityFindings(
  service: Service,
  healthRequired: boolean,
  containers: readonly ContainerReport[],
  servers: readonly Server[],
): readonly Finding[] {
  if (servers.length > 0) return [];
  if (service.external !== null) return [noAddress(service.external)];
  if (!service.hasHealthCheck && healthRequired) {
    const message =
      'The service defines no health check, so its containers receive no requests and its hosts answer 503; define one, or set traefik.health.required=false.';
    return [finding('no-health-check', 'warning', message)];
  }
  if (containers.some(({ eligible }) => eligible)) return [];
  const message = `${noneEligible(containers)}, so its hosts answer 503.`;
  return [finding('no-eligible-container', 'warning', message)];
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

function noAddress({ hostname }: External): Finding {
  const message =
    hostname === null
      ? 'The external service has neither an address nor a hostname, so its hosts answer 503; give it external_ips or a hostname.'
      : `The external service has no address, so its hosts answer 503: its hostname ${hostname} is not resolved.`;
  return finding('no-eligible-container', 'warning', message);
}

/** Tells a service which of its hosts went to whom; an error where it has none left. */
export function conflictFindings(losses: readonly Loss[], lostAll: boolean): readonly Finding[] {
  return losses.map(({ route, winner }) => {
    const message = `${routeWords(route)} is claimed by ${winner.service} too, which wins: ${reasonToWin({ route, winner })}; give one of them another domain or name.`;
    return finding('host-conflict', lostAll ? 'error' : 'warning', message);
  });
}

function reasonToWin({ route, winner }: Loss): string {
  if (route.refusal !== null && winner.refusal === null) return 'this service is refused';
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
