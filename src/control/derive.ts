import { traefikLabels } from '../labels/label.ts';
import type { Exposure } from '../labels/exposure.ts';
import { readLabels } from '../labels/read.ts';
import type { Derivation, DeriveSettings } from '../model/derivation.ts';
import type { Finding, Severity } from '../model/finding.ts';
import type { ContainerReport, ServiceReport } from '../model/report.ts';
import type { Container, Service, Snapshot } from '../model/service.ts';
import type { Route, Server } from '../model/table.ts';
import { buildTable } from '../routing/build.ts';
import { claimKey, type Loss } from '../routing/conflicts.ts';
import { compareBytes } from '../routing/precedence.ts';
import { backendId, buildBackends, type Share } from './backends.ts';
import { externalServersOf, judgeContainers, serversOf, type ServerTraits } from './eligibility.ts';
import { groupBy } from './group.ts';
import { shadowedFindings } from './shadowed.ts';
import {
  availabilityFindings,
  conflictFindings,
  judgeKind,
  localityFindings,
  resolutionFindings,
} from './judgement.ts';

/** One service, understood by itself, before it is known which hosts it wins. */
interface Draft {
  readonly service: Service;
  /** Empty where it claims no host. */
  readonly shares: readonly Share[];
  /** Whether a health check is required, by the service's label or else the settings. */
  readonly healthRequired: boolean;
  readonly containers: readonly ContainerReport[];
  readonly findings: readonly Finding[];
}

/**
 * Everything that follows from a snapshot: the table, and what became of each service that carries a `traefik.*` label
 * or is malformed. Pure; the same for the same services in any order. One service's mistakes concern no other.
 */
export function derive(snapshot: Snapshot, settings: DeriveSettings): Derivation {
  const drafts = snapshot.services
    .flatMap((service) => draft(service, snapshot, settings) ?? [])
    .toSorted((a, b) => compareBytes(a.service.id, b.service.id));
  const { backends, findings } = buildBackends(drafts.flatMap(({ shares }) => shares));
  const { table, losses } = buildTable(drafts.flatMap(claimedRoutes), backends);
  const lossesByService = groupBy(losses.filter(isConflict), ({ route }) => route.service);
  const shadowed = shadowedFindings(table.routes);
  const withServers = new Set(backends.flatMap(({ id, servers }) => (servers.length > 0 ? [id] : [])));
  const services = drafts.map((each) => {
    const { id } = each.service;
    const ofTable = [...(findings.get(id) ?? []), ...(shadowed.get(id) ?? [])];
    return report(each, lossesByService.get(id) ?? [], ofTable, withServers);
  });
  return { table, services };
}

function draft(found: Service, snapshot: Snapshot, settings: DeriveSettings): Draft | null {
  const reading = readLabels(found, settings);
  if (!reading.concernsUs && !found.findings.some(({ code }) => code === 'malformed-service')) return null;
  const service = { ...found, containers: found.containers.toSorted(byName) };
  const wanted = reading.exposures;
  const kind = judgeKind(service.kind);
  const exposures = kind.routable ? wanted : [];
  const healthRequired = reading.healthRequired ?? settings.healthRequired;
  const containers = judgeContainers(service, healthRequired);
  const shares = exposures.map((exposure) => {
    const traits = { ...exposure, preferredHost: preferredHost(exposure, snapshot, settings) };
    return { service, exposure, servers: serversOfShare(service, snapshot, containers, exposure, traits) };
  });
  return {
    service,
    shares,
    healthRequired,
    containers,
    findings: [
      ...service.findings,
      ...reading.findings,
      ...(wanted.length === 0 ? [] : kind.findings),
      ...localityFindings(exposures, snapshot.localHostUuid),
      ...(exposures.length === 0 ? [] : resolutionFindings(service.external, snapshot.resolutions)),
    ],
  };
}

function preferredHost(
  { preferLocal }: Exposure,
  { localHostUuid }: Snapshot,
  settings: DeriveSettings,
): string | null {
  return (preferLocal ?? settings.preferLocal) ? localHostUuid : null;
}

function serversOfShare(
  service: Service,
  { resolutions }: Snapshot,
  containers: readonly ContainerReport[],
  { refusal }: Exposure,
  traits: ServerTraits,
): readonly Server[] {
  // A refused service has no servers, so that nothing could reach it even if its refusal were overlooked.
  if (refusal !== null) return [];
  const { external } = service;
  return external === null
    ? serversOf(service, containers, traits)
    : externalServersOf(external, resolutions[external.hostname ?? ''], traits);
}

/** Containers are named as their reports and servers are, so that whatever follows from them is sorted too. */
function byName(a: Container, b: Container): number {
  return compareBytes(a.name, b.name);
}

function claimedRoutes({ service, shares }: Draft): readonly Route[] {
  return shares.flatMap(({ exposure }) => {
    const { segment, priority, passHostHeader, attempts, refusal } = exposure;
    const backend = backendId(service, exposure);
    return exposure.matches.map((match) => ({
      ...match,
      priority,
      service: service.id,
      segment,
      backend,
      passHostHeader,
      attempts,
      refusal,
    }));
  });
}

/** Who shares a backend may ask for the same requests: whoever wins, all of them get their share. */
function isConflict({ route, winner }: Loss): boolean {
  return route.backend !== winner.backend || JSON.stringify(route.rewrite) !== JSON.stringify(winner.rewrite);
}

/** `withServers`: the ids of backends that have any. */
function report(
  drafted: Draft,
  losses: readonly Loss[],
  ofTable: readonly Finding[],
  withServers: ReadonlySet<string>,
): ServiceReport {
  const { service, containers, healthRequired } = drafted;
  const kept = routesKept(drafted, losses);
  const liveSegments = segmentsOf(kept.filter(({ refusal }) => refusal === null));
  const live = drafted.shares.filter(({ exposure }) => liveSegments.has(exposure.segment));
  const servers = live.flatMap((share) => share.servers).toSorted(compareServers);
  const idle = live.filter(({ exposure }) => !withServers.has(backendId(service, exposure)));
  const reach = { service, healthRequired, containers, servers, without: idle.length > 0 };
  const findings = [
    ...drafted.findings,
    ...ofTable,
    ...conflictFindings(losses, segmentsOf(kept)),
    ...(live.length > 0 ? availabilityFindings(reach) : []),
  ];
  return {
    id: service.id,
    stack: service.stack,
    name: service.name,
    routed: live.length > 0,
    isServed: live.length > idle.length,
    hosts: [...new Set(kept.map(({ host }) => host))].toSorted(compareBytes),
    backends: [...new Set(live.map(({ exposure }) => backendId(service, exposure)))],
    servers,
    containers,
    findings: findings.toSorted(compareFindings),
    labels: traefikLabels(service.labels),
  };
}

function segmentsOf(routes: readonly Route[]): ReadonlySet<string | null> {
  return new Set(routes.map(({ segment }) => segment));
}

function compareServers(a: Server, b: Server): number {
  return compareBytes(a.id, b.id) || compareBytes(a.url, b.url);
}

function routesKept(drafted: Draft, losses: readonly Loss[]): readonly Route[] {
  const claims = claimedRoutes(drafted);
  if (losses.length === 0) return claims;
  const lost = new Set(losses.map(({ route }) => keyInService(route)));
  return claims.filter((route) => !lost.has(keyInService(route)));
}

function keyInService(route: Route): string {
  return `${route.segment ?? ''} ${claimKey(route)}`;
}

const SEVERITY_RANK: Readonly<Record<Severity, number>> = { error: 0, warning: 1, info: 2 };

/** Errors first; then by content, so that the order in which labels came makes no difference. */
function compareFindings(a: Finding, b: Finding): number {
  return (
    SEVERITY_RANK[a.severity] - SEVERITY_RANK[b.severity] ||
    compareBytes(a.code, b.code) ||
    compareBytes(a.label ?? '', b.label ?? '') ||
    compareBytes(a.segment ?? '', b.segment ?? '') ||
    compareBytes(a.message, b.message)
  );
}
