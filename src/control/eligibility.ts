import { isIP } from 'node:net';
import type { ContainerReason, ContainerReport } from '../model/report.ts';
import type { Container, External, Resolution, Service } from '../model/service.ts';
import type { Server } from '../model/table.ts';

/** Rancher's health states that mean: requests are answered. `updating-healthy` lasts through an upgrade. */
const HEALTHY: ReadonlySet<string> = new Set(['healthy', 'updating-healthy']);
const INITIALIZING: ReadonlySet<string> = new Set(['initializing', 'reinitializing']);

/** Rancher's container states in which its process runs. */
const RUNNING: ReadonlySet<string> = new Set(['running', 'updating-running', 'upgraded']);

/** The containers of a service, each with whether it receives requests and, if not, the first reason why. */
export function judgeContainers(service: Service, healthRequired: boolean): readonly ContainerReport[] {
  return service.containers.map((container) => {
    const reason = reasonAgainst(container, service.hasHealthCheck, healthRequired);
    return { name: container.name, eligible: reason === null, reason };
  });
}

/** What servers have in common: those of one exposure. */
export interface ServerTraits {
  readonly scheme: 'http' | 'https';
  readonly port: number;
  readonly weight: number;
  /** Whether servers on this host come first; null: they are all alike. */
  readonly preferredHost: string | null;
}

/** One server for each eligible container, in the containers' order. `judged` is what `judgeContainers` gave for the service. */
export function serversOf(
  service: Service,
  judged: readonly ContainerReport[],
  { scheme, port, weight, preferredHost }: ServerTraits,
): readonly Server[] {
  return service.containers.flatMap(({ name, address, hostUuid }, i) =>
    judged[i]?.eligible === true && address !== null
      ? [
          {
            id: name,
            url: `${scheme}://${urlHost(address)}:${port}`,
            weight,
            hostname: null,
            isPreferred: preferredHost === null || hostUuid === preferredHost,
          },
        ]
      : [],
  );
}

/** One server for each address of an external service. Rancher reports no health for them, so none is asked for. */
export function externalServersOf(
  { addresses, hostname }: External,
  resolution: Resolution | undefined,
  { scheme, port, weight }: ServerTraits,
): readonly Server[] {
  const found = hostname === null ? addresses : (resolution?.addresses ?? []);
  return found.map((address) => ({
    id: address,
    url: `${scheme}://${urlHost(address)}:${port}`,
    weight,
    hostname,
    isPreferred: true,
  }));
}

function urlHost(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}

function reasonAgainst(
  container: Container,
  hasHealthCheck: boolean,
  healthRequired: boolean,
): ContainerReason | null {
  const unwell = healthReason(container.healthState ?? '', hasHealthCheck, healthRequired);
  if (unwell !== null) return unwell;
  if (!RUNNING.has(container.state)) return 'not-running';
  return container.address === null || !isReachable(container.address) ? 'no-address' : null;
}

/** A zone (`fe80::1%eth0`) means something on the container's own host alone, and cannot stand in a URL (WHATWG URL). */
function isReachable(address: string): boolean {
  return isIP(address) !== 0 && !address.includes('%');
}

/** A state that Rancher does report counts even where no check is required: it knows more than we do. */
function healthReason(
  healthState: string,
  hasHealthCheck: boolean,
  healthRequired: boolean,
): ContainerReason | null {
  const checked = hasHealthCheck || !healthRequired;
  if (healthState === '') return hasHealthCheck || healthRequired ? 'no-health-state' : null;
  if (HEALTHY.has(healthState)) return checked ? null : 'no-health-state';
  return INITIALIZING.has(healthState) ? 'initializing' : 'unhealthy';
}
