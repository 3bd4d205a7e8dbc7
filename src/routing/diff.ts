import type { Derivation } from '../model/derivation.ts';
import type { Finding } from '../model/finding.ts';
import type { ServiceReport } from '../model/report.ts';
import type { Route, Server } from '../model/table.ts';
import { claimKey } from './conflicts.ts';
import { compareBytes } from './precedence.ts';
import { routeWords } from './words.ts';

/** One difference between two derivations, in words for the log and for people: `+ route host → stack/name (3 servers)`. */
export interface Change {
  readonly kind: 'added' | 'removed' | 'changed';
  readonly what: 'route' | 'server' | 'finding';
  /** `stack/name`. */
  readonly service: string;
  readonly text: string;
}

const SIGNS = { added: '+', removed: '-', changed: '~' } as const;
const WHAT_ORDER = ['route', 'server', 'finding'] as const;

/**
 * What differs, by service, routes first. `before` null: everything is new. Servers are told of one by one only where the
 * service was routed before and still is, since a route that comes or goes says how many. A container that changes from
 * one reason against it to another is no change: nothing that is routed differs.
 */
export function diffDerivations(before: Derivation | null, after: Derivation): readonly Change[] {
  const then = servicesById(before);
  const now = servicesById(after);
  const ofServices = after.services.flatMap((report) => {
    const old = then.get(report.id);
    const servers = old?.routed === true && report.routed ? diffServers(old, report) : [];
    return [...servers, ...diffFindings(report.id, old?.findings ?? [], report.findings)];
  });
  const ofGone = [...then.values()]
    .filter(({ id }) => !now.has(id))
    .flatMap(({ id, findings }) => diffFindings(id, findings, []));
  return [...diffRoutes(before, after, now), ...ofServices, ...ofGone].toSorted(
    (a, b) => compareBytes(a.service, b.service) || WHAT_ORDER.indexOf(a.what) - WHAT_ORDER.indexOf(b.what),
  );
}

type Reports = ReadonlyMap<string, ServiceReport>;

function servicesById(derivation: Derivation | null): Reports {
  return new Map(derivation?.services.map((report) => [report.id, report]));
}

function diffRoutes(before: Derivation | null, after: Derivation, now: Reports): readonly Change[] {
  const old = new Map(before?.table.routes.map((route) => [claimKey(route), route]));
  const changes: Change[] = [];
  const kept = new Set<string>();
  for (const route of after.table.routes) {
    const key = claimKey(route);
    kept.add(key);
    const was = old.get(key);
    const target = `${routeWords(route)} → ${route.service} (${outcome(route, now)})`;
    if (was === undefined) changes.push(change('added', 'route', route.service, `route ${target}`));
    else if (was.service !== route.service) {
      changes.push(change('changed', 'route', route.service, `route ${target}, before → ${was.service}`));
    } else if (was.refusal !== route.refusal) {
      const restored = route.refusal === null ? ', no longer refused' : '';
      changes.push(change('changed', 'route', route.service, `route ${target}${restored}`));
    } else if (was.priority !== route.priority) {
      changes.push(
        change('changed', 'route', route.service, `route ${target}, priority ${route.priority ?? 'none'}`),
      );
    } else if (JSON.stringify(was.rewrite) !== JSON.stringify(route.rewrite)) {
      const rewritten = route.rewrite === null ? 'as they come' : 'with another path';
      changes.push(change('changed', 'route', route.service, `route ${target}, sent on ${rewritten}`));
    }
  }
  for (const [key, route] of old) {
    const text = `route ${routeWords(route)} → ${route.service}`;
    if (!kept.has(key)) changes.push(change('removed', 'route', route.service, text));
  }
  return [...changes, ...diffHostHeader(before, after)];
}

function outcome(route: Route, now: Reports): string {
  if (route.refusal !== null) return `refused, answers 503: ${route.refusal}`;
  const count = now.get(route.service)?.servers.length ?? 0;
  return count === 0 ? 'no servers, answers 503' : `${count} ${count === 1 ? 'server' : 'servers'}`;
}

function diffHostHeader(before: Derivation | null, after: Derivation): readonly Change[] {
  const old = new Map(before?.table.backends.map((backend) => [backend.id, backend.passHostHeader]));
  return after.table.backends
    .filter(({ id, passHostHeader }) => old.has(id) && old.get(id) !== passHostHeader)
    .map(({ id, passHostHeader }) => {
      const host = passHostHeader ? "the client's Host" : 'their own address as Host';
      return change('changed', 'route', id, `servers of ${id} now see ${host}`);
    });
}

function diffServers(old: ServiceReport, report: ServiceReport): readonly Change[] {
  const was = new Map(old.servers.map((server) => [server.id, server.url]));
  const is = new Map(report.servers.map((server) => [server.id, server.url]));
  const gone = old.servers.filter(({ id }) => !is.has(id)).map((server) => removedServer(server, report));
  const others = report.servers.flatMap(({ id, url }) => {
    const oldUrl = was.get(id);
    if (oldUrl === url) return [];
    return oldUrl === undefined
      ? change('added', 'server', report.id, `server ${id} (${url}) of ${report.id}`)
      : change('changed', 'server', report.id, `server ${id} of ${report.id}: ${oldUrl} → ${url}`);
  });
  return [...gone, ...others];
}

/** With why it left, as far as the report knows. */
function removedServer({ id, url }: Server, report: ServiceReport): Change {
  const container = report.containers.find(({ name }) => name === id);
  const reason = container === undefined ? 'the container is gone' : container.reason;
  const why = reason === null ? '' : `: ${reason}`;
  return change('removed', 'server', report.id, `server ${id} (${url}) of ${report.id}${why}`);
}

function diffFindings(service: string, old: readonly Finding[], now: readonly Finding[]): readonly Change[] {
  const was = new Set(old.map(findingText));
  const is = new Set(now.map(findingText));
  const gone = old.filter((finding) => !is.has(findingText(finding)));
  const come = now.filter((finding) => !was.has(findingText(finding)));
  return [
    ...gone.map((f) =>
      change('removed', 'finding', service, `${f.severity} ${f.code} of ${service}${about(f)}`),
    ),
    ...come.map((f) =>
      change('added', 'finding', service, `${f.severity} ${f.code} of ${service}: ${f.message}`),
    ),
  ];
}

function findingText({ severity, code, label, message }: Finding): string {
  return `${severity} ${code} ${label ?? ''} ${message}`;
}

function about({ label }: Finding): string {
  return label === null ? '' : ` (${label})`;
}

function change(kind: Change['kind'], what: Change['what'], service: string, text: string): Change {
  return { kind, what, service, text: `${SIGNS[kind]} ${text}` };
}
