import { isIP } from 'node:net';
import type { ContainerReason, ContainerReport } from '../model/report.ts';
import type { Container, Service } from '../model/service.ts';
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

/** One server for each eligible container, in the containers' order. `judged` is what `judgeContainers` gave for the service. */
export function serversOf(
  service: Service,
  judged: readonly ContainerReport[],
  port: number,
): readonly Server[] {
  return service.containers.flatMap(({ name, address }, i) =>
    judged[i]?.eligible === true && address !== null
      ? [{ id: name, url: `http://${address.includes(':') ? `[${address}]` : address}:${port}`, weight: 1 }]
      : [],
  );
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
