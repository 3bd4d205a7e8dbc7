import { readLabels } from '../labels/read.ts';
import type { Derivation, DeriveSettings } from '../model/derivation.ts';
import type { Finding } from '../model/finding.ts';
import { nearest } from '../model/nearest.ts';
import type { ServiceReport } from '../model/report.ts';
import { compileHostMatch } from '../routing/conditions.ts';
import { isError } from './words.ts';

/** Something that may be what was meant, or what to change. */
export interface Hint {
  /** The service that it is about; null where it is about none. */
  readonly service: string | null;
  readonly text: string;
}

const MAX_HINTS = 10;
/** Services whose labels are read anew; each takes some ten microseconds. */
const MAX_READ = 500;

/** What services would do if nothing spoke against them. */
const WITHOUT_OBSTACLES: DeriveSettings = {
  defaultDomain: null,
  healthRequired: false,
  allowUnsupported: true,
  hostTemplate: null,
  constraints: [],
  preferLocal: false,
};

/** What helps whoever asks for a host that no route takes: services that would have it, and the nearest host that is published. */
export function hintsForHost(host: string, { table, services }: Derivation): readonly Hint[] {
  const meant = services
    .filter((report) => mayMean(report, host))
    .slice(0, MAX_READ)
    .flatMap((report) => hintOf(report, host) ?? [])
    .slice(0, MAX_HINTS);
  const published = new Set(
    table.routes.filter(({ hostKind }) => hostKind === 'exact').map((route) => route.host),
  );
  if (meant.length > 0 || published.has(host)) return meant;
  const near = nearestHost(host, [...published]);
  return [
    near === null
      ? nothingMeant(host, published.size)
      : { service: null, text: `the nearest host that is published is ${near}` },
  ];
}

/** Services that claim the host too and lost it. */
export function hintsForConflicts(host: string, services: readonly ServiceReport[]): readonly Hint[] {
  return services
    .flatMap(({ id, findings }) =>
      findings
        .filter(({ code, message }) => code === 'host-conflict' && namesHost(message, host))
        .map(({ message }) => ({ service: id, text: `${id} lost it: ${message}` })),
    )
    .slice(0, MAX_HINTS);
}

/** Findings begin with the route that they are about. */
function namesHost(message: string, host: string): boolean {
  return message.startsWith(host) && /^[/ ]/.test(message.slice(host.length));
}

/** Cheap, and true for all that `hintOf` has something to say about: there may be ten thousand. */
function mayMean(report: ServiceReport, host: string): boolean {
  if (hasNameIn(report, host)) return true;
  const [first = ''] = host.split('.');
  return (
    (!report.routed || report.findings.some(({ code }) => code === 'host-conflict')) &&
    Object.values(report.labels).some((value) => value.includes('{') || value.toLowerCase().includes(first))
  );
}

/** Whether a host is what a service is published as, whatever its domain. */
function hasNameIn({ stack, name, labels }: ServiceReport, host: string): boolean {
  const own = (labels['traefik.enable'] === 'stack' ? stack : `${name}.${stack}`).toLowerCase();
  return host.startsWith(own) && (host.length === own.length || host[own.length] === '.');
}

function hintOf(report: ServiceReport, host: string): Hint | null {
  const { id, hosts, findings } = report;
  const conflict = findings.find(({ code, message }) => code === 'host-conflict' && namesHost(message, host));
  if (conflict !== undefined)
    return { service: id, text: `${id} claims it, but lost it: ${conflict.message}` };
  if (report.routed) {
    if (hosts.includes(host) || !hasNameIn(report, host)) return null;
    const text = `${id} is published as ${hosts.slice(0, 3).join(', ')}; traefik.domain decides over what stands behind its name`;
    return { service: id, text };
  }
  if (!hasNameIn(report, host) && !wouldHave(report, host)) return null;
  const why = obstacleOf(findings)?.message ?? 'it is not routed';
  return { service: id, text: `${id} would have this host: ${why}` };
}

function obstacleOf(findings: readonly Finding[]): Finding | undefined {
  return (
    findings.find(isError) ??
    findings.find(({ code }) => code === 'not-enabled' || code === 'constraint-mismatch') ??
    findings[0]
  );
}

/** Whether its labels would give a service this host if nothing spoke against publishing it. */
function wouldHave({ stack, name, labels }: ServiceReport, host: string): boolean {
  const wishes: Record<string, string> = {};
  for (const [key, value] of Object.entries(labels)) {
    const lower = key.toLowerCase();
    wishes[lower] = /^traefik\.(?:[^.]+\.)?port$/.test(lower) ? '80' : value;
  }
  if (wishes['traefik.enable'] !== 'stack') wishes['traefik.enable'] = 'true';
  const service = {
    id: `${stack}/${name}`,
    stack,
    name,
    labels: wishes,
    kind: 'service',
    hasHealthCheck: true,
    containers: [],
    external: null,
    findings: [],
  };
  return readLabels(service, WITHOUT_OBSTACLES).exposures.some(({ matches }) =>
    matches.some((match) => match.hostKind !== 'any' && compileHostMatch(match)(host)),
  );
}

/** A misspelling, or else one that begins with the same two names. */
function nearestHost(host: string, published: readonly string[]): string | null {
  const near = nearest(host, published, Math.max(2, Math.floor(host.length / 5)));
  if (near !== null) return near;
  const start = `${host.split('.').slice(0, 2).join('.')}.`;
  return host.includes('.') ? (published.find((each) => each.startsWith(start)) ?? null) : null;
}

function nothingMeant(host: string, published: number): Hint {
  const known = published === 0 ? 'no host is published at all' : 'no published host is similar';
  return {
    service: null,
    text: `${known}, and no service with traefik.* labels would have ${host.slice(0, 200)}; a service is published as <service>.<stack>.<domain> by traefik.enable=true`,
  };
}
