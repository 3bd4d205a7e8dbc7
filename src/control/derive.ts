import { readLabels, type Exposure } from '../labels/read.ts';
import type { Derivation, DeriveSettings } from '../model/derivation.ts';
import type { Finding, Severity } from '../model/finding.ts';
import type { ContainerReport, ServiceReport } from '../model/report.ts';
import type { Container, Service, Snapshot } from '../model/service.ts';
import type { Backend, Route, Server } from '../model/table.ts';
import { buildTable } from '../routing/build.ts';
import { claimKey, type Loss } from '../routing/conflicts.ts';
import { compareBytes } from '../routing/precedence.ts';
import { judgeContainers, serversOf } from './eligibility.ts';
import { availabilityFindings, conflictFindings, judgeKind } from './judgement.ts';

/** One service, understood by itself, before it is known which hosts it wins. */
interface Draft {
  readonly service: Service;
  /** Null where it claims no host. */
  readonly exposure: Exposure | null;
  /** Whether a health check is required, by the service's label or else the settings. */
  readonly healthRequired: boolean;
  readonly containers: readonly ContainerReport[];
  readonly servers: readonly Server[];
  readonly findings: readonly Finding[];
}

/**
 * Everything that follows from a snapshot: the table, and what became of each service that carries a `traefik.*` label
 * or is malformed. Pure; the same for the same services in any order. One service's mistakes concern no other.
 */
export function derive(snapshot: Snapshot, settings: DeriveSettings): Derivation {
  const drafts = snapshot.services
    .flatMap((service) => draft(service, settings) ?? [])
    .toSorted((a, b) => compareBytes(a.service.id, b.service.id));
  const { table, losses } = buildTable(drafts.flatMap(claimedRoutes), drafts.flatMap(backendOf));
  const lossesByService = groupByService(losses);
  const services = drafts.map((each) => report(each, lossesByService.get(each.service.id) ?? []));
  return { table, services };
}

function draft(found: Service, settings: DeriveSettings): Draft | null {
  const reading = readLabels(found, settings);
  if (!reading.concernsUs && !found.findings.some(({ code }) => code === 'malformed-service')) return null;
  const service = { ...found, containers: found.containers.toSorted(byName) };
  const wanted = reading.exposure;
  const kind = judgeKind(service.kind);
  const exposure = kind.routable ? wanted : null;
  const healthRequired = wanted?.healthRequired ?? settings.healthRequired;
  const containers = judgeContainers(service, healthRequired);
  // A refused service has no servers, so that nothing could reach it even if its refusal were overlooked.
  const servers = exposure?.refusal === null ? serversOf(service, containers, exposure.port) : [];
  return {
    service,
    exposure,
    healthRequired,
    containers,
    servers,
    findings: [...service.findings, ...reading.findings, ...(wanted === null ? [] : kind.findings)],
  };
}

/** Containers are named as their reports and servers are, so that whatever follows from them is sorted too. */
function byName(a: Container, b: Container): number {
  return compareBytes(a.name, b.name);
}

function groupByService(losses: readonly Loss[]): ReadonlyMap<string, readonly Loss[]> {
  const groups = new Map<string, Loss[]>();
  for (const loss of losses) {
    const group = groups.get(loss.route.service);
    if (group === undefined) groups.set(loss.route.service, [loss]);
    else group.push(loss);
  }
  return groups;
}

function claimedRoutes({ service, exposure }: Draft): readonly Route[] {
  if (exposure === null) return [];
  const { priority, refusal } = exposure;
  return exposure.matches.map((match) => ({
    ...match,
    priority,
    service: service.id,
    backend: service.id,
    refusal,
  }));
}

function backendOf({ service, exposure, servers }: Draft): readonly Backend[] {
  return exposure === null ? [] : [{ id: service.id, servers, passHostHeader: exposure.passHostHeader }];
}

function report(drafted: Draft, losses: readonly Loss[]): ServiceReport {
  const { service, exposure, containers } = drafted;
  const hosts = hostsKept(drafted, losses);
  const routed = hosts.length > 0 && exposure?.refusal === null;
  const findings = [
    ...drafted.findings,
    ...conflictFindings(losses, hosts.length === 0),
    ...(routed ? availabilityFindings(service, drafted.healthRequired, containers) : []),
  ];
  return {
    id: service.id,
    stack: service.stack,
    name: service.name,
    routed,
    hosts,
    servers: routed ? drafted.servers : [],
    containers,
    findings: findings.toSorted(compareFindings),
  };
}

/** Hosts of which at least one route was not lost, sorted. */
function hostsKept(drafted: Draft, losses: readonly Loss[]): readonly string[] {
  const lost = new Set(losses.map(({ route }) => claimKey(route)));
  const kept = claimedRoutes(drafted).filter((route) => lost.size === 0 || !lost.has(claimKey(route)));
  return [...new Set(kept.map(({ host }) => host))].toSorted(compareBytes);
}

const SEVERITY_RANK: Readonly<Record<Severity, number>> = { error: 0, warning: 1, info: 2 };

/** Errors first; then by content, so that the order in which labels came makes no difference. */
function compareFindings(a: Finding, b: Finding): number {
  return (
    SEVERITY_RANK[a.severity] - SEVERITY_RANK[b.severity] ||
    compareBytes(a.code, b.code) ||
    compareBytes(a.label ?? '', b.label ?? '') ||
    compareBytes(a.message, b.message)
  );
}
