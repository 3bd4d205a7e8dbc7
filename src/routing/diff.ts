import type { Derivation } from '../model/derivation.ts';
import type { Finding } from '../model/finding.ts';
import type { ServiceReport } from '../model/report.ts';
import type { Backend, Route, Server } from '../model/table.ts';
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
  return [...diffRoutes(before, after), ...ofServices, ...ofGone].toSorted(
    (a, b) => compareBytes(a.service, b.service) || WHAT_ORDER.indexOf(a.what) - WHAT_ORDER.indexOf(b.what),
  );
}

type Reports = ReadonlyMap<string, ServiceReport>;

function servicesById(derivation: Derivation | null): Reports {
  return new Map(derivation?.services.map((report) => [report.id, report]));
}

function diffRoutes(before: Derivation | null, after: Derivation): readonly Change[] {
  const old = new Map(before?.table.routes.map((route) => [claimKey(route), route]));
  const backends = new Map(after.table.backends.map((backend) => [backend.id, backend]));
  const changes: Change[] = [];
  const kept = new Set<string>();
  for (const route of after.table.routes) {
    const key = claimKey(route);
    kept.add(key);
    const was = old.get(key);
    const difference = was === undefined ? '' : routeDifference(was, route);
    if (difference === null) continue;
    const target = `${routeWords(route)} → ${route.service} (${outcome(route, backends)})${difference}`;
    const kind = was === undefined ? 'added' : 'changed';
    changes.push(change(kind, 'route', route.service, `route ${target}`));
  }
  for (const [key, route] of old) {
    const text = `route ${routeWords(route)} → ${route.service}`;
    if (!kept.has(key)) changes.push(change('removed', 'route', route.service, text));
  }
  return [...changes, ...diffBackends(before, after)];
}

/** What differs between two routes for the same requests, to be read after the route; null: nothing. */
function routeDifference(was: Route, is: Route): string | null {
  if (was.service !== is.service) return `, before → ${was.service}`;
  if (was.refusal !== is.refusal) return is.refusal === null ? ', no longer refused' : '';
  if (was.priority !== is.priority) return `, priority ${is.priority ?? 'none'}`;
  if (JSON.stringify(was.rewrite) !== JSON.stringify(is.rewrite))
    return `, sent on ${is.rewrite === null ? 'as they come' : 'with another path'}`;
  if (was.passHostHeader !== is.passHostHeader)
    return `, servers now see ${is.passHostHeader ? "the client's Host" : 'their own address as Host'}`;
  if (was.attempts !== is.attempts) return `, tried on ${is.attempts ?? 'as many servers as usual'}`;
  return was.backend === is.backend ? null : `, balanced in ${is.backend}, before in ${was.backend}`;
}

function outcome(route: Route, backends: ReadonlyMap<string, Backend>): string {
  if (route.refusal !== null) return `refused, answers 503: ${route.refusal}`;
  const count = backends.get(route.backend)?.servers.length ?? 0;
  return count === 0 ? 'no servers, answers 503' : `${count} ${count === 1 ? 'server' : 'servers'}`;
}

/** Backends whose servers are balanced in another way than before. */
function diffBackends(before: Derivation | null, after: Derivation): readonly Change[] {
  const old = new Map(before?.table.backends.map((backend) => [backend.id, backend]));
  const serviceOf = new Map(after.table.routes.map(({ backend, service }) => [backend, service]));
  return after.table.backends.flatMap((backend) => {
    const was = old.get(backend.id);
    const differing = was === undefined ? [] : balancingDifferences(was, backend);
    if (differing.length === 0) return [];
    const text = `backend ${backend.id}: ${differing.join(', ')}`;
    return change('changed', 'route', serviceOf.get(backend.id) ?? backend.id, text);
  });
}

function balancingDifferences(was: Backend, is: Backend): readonly string[] {
  const out = was.method === is.method ? [] : [`balanced by ${is.method}, before by ${was.method}`];
  for (const [name, key] of [
    ['stickiness', 'stickiness'],
    ['circuit breaker', 'circuitBreaker'],
    ['health check', 'healthCheck'],
  ] as const) {
    if (JSON.stringify(was[key]) === JSON.stringify(is[key])) continue;
    out.push(is[key] === null ? `no ${name} any more` : `${was[key] === null ? 'a' : 'another'} ${name}`);
  }
  return out;
}

function diffServers(old: ServiceReport, report: ServiceReport): readonly Change[] {
  const was = byKey(old.servers);
  const is = byKey(report.servers);
  const movedFrom = (id: string): Server | undefined =>
    old.servers.find((server) => server.id === id && !is.has(keyOf(server)));
  const stays = new Set(report.servers.map(({ id }) => id));
  const gone = old.servers.filter(({ id }) => !stays.has(id)).map((server) => removedServer(server, report));
  const others = report.servers.flatMap((server) => {
    const { id, url, weight } = server;
    const before = was.get(keyOf(server)) ?? movedFrom(id);
    const of = `${id} of ${report.id}`;
    if (before === undefined)
      return change('added', 'server', report.id, `server ${id} (${url}) of ${report.id}`);
    if (before.url !== url)
      return change('changed', 'server', report.id, `server ${of}: ${before.url} → ${url}`);
    if (before.weight === weight) return [];
    return change('changed', 'server', report.id, `server ${of}: weight ${before.weight} → ${weight}`);
  });
  return [...gone, ...others];
}

function byKey(servers: readonly Server[]): ReadonlyMap<string, Server> {
  return new Map(servers.map((server) => [keyOf(server), server]));
}

function keyOf({ id, url }: Server): string {
  return `${id} ${url}`;
}

/** With why it left, as far as the report knows. */
function removedServer({ id, url }: Server, report: ServiceReport): Change {
  const container = report.containers.find(({ name }) => name === id);
  const reason = container === undefined ? 'the container is gone' : container.reason;
  const why = reason === null ? '' : `: ${reason}`;
  return change('removed', 'server', report.id, `server ${id} (${url}) of ${report.id}${why}`);
}

function diffFindings(service: string, old: readonly Finding[], now: readonly Finding[]): readonly Change[] {
  return [
    ...newFindings(now, old).map((f) =>
      change('removed', 'finding', service, `${f.severity} ${f.code} of ${service}${about(f)}`),
    ),
    ...newFindings(old, now).map((f) =>
      change('added', 'finding', service, `${f.severity} ${f.code} of ${service}: ${f.message}`),
    ),
  ];
}

/** Those findings of a service that were not there before. */
export function newFindings(before: readonly Finding[], after: readonly Finding[]): readonly Finding[] {
  const was = new Set(before.map(findingText));
  return after.filter((finding) => !was.has(findingText(finding)));
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
