/**
 * What is derived, in the shape that people and scripts get it: the admin API and `active-lb explain --json`
 * show the same objects because both take them from here.
 */

import type { BreakerState } from '../model/condition.ts';
import type { Derivation } from '../model/derivation.ts';
import type { ServiceReport } from '../model/report.ts';
import type { Backend, BalancingMethod, PathKind, Server, Table } from '../model/table.ts';
import { NO_CONDITIONS, serverKey, type Conditions } from './conditions.ts';
import { conditionWords, rewriteWords } from '../routing/words.ts';
import { ejectionWords, outcomeSentence, serviceState, type ServiceState } from './words.ts';

/**
 * `active`: it receives requests. `standby`: only while no preferred server can. `failing`: it receives none, since its active health
 * check fails. `ejected`: none, or on probation one at a time, because of how it answered.
 */
export type ServerStatus = 'active' | 'standby' | 'failing' | 'ejected';

export interface ServerView {
  readonly id: string;
  readonly url: string;
  readonly weight: number;
  readonly status: ServerStatus;
  /** Why it does not receive requests; absent where it does. */
  readonly reason?: string;
}

export interface BreakerView {
  /** As its user wrote it. */
  readonly expression: string;
  readonly state: BreakerState;
}

export interface BackendView {
  readonly id: string;
  readonly method: BalancingMethod;
  readonly sticky: boolean;
  /** Null where it has none. */
  readonly circuitBreaker: BreakerView | null;
}

export interface RouteView extends Omit<BackendView, 'id'> {
  readonly host: string;
  readonly path: string;
  readonly pathKind: PathKind;
  readonly priority: number | null;
  /** `stack/name`. */
  readonly service: string;
  /** Of that service; null for the service as a whole. */
  readonly segment: string | null;
  /** What else a request must be, in words; all must hold. */
  readonly conditions: readonly string[];
  /** What is done to the path that is sent on, in words and in this order. */
  readonly rewrite: readonly string[];
  /** Whether servers see the client's Host. */
  readonly passHostHeader: boolean;
  /** The id of its backend. */
  readonly backend: string;
  readonly servers: readonly ServerView[];
  /** Why its requests are answered 503 (fail closed); null for a normal route. */
  readonly refusal: string | null;
}

/** A report without its labels, which may hold secrets, and with what is known of its servers and backends now. */
export interface ServiceView extends Omit<ServiceReport, 'labels' | 'servers' | 'backends' | 'isServed'> {
  readonly state: ServiceState;
  /** What happens to requests for its hosts, in one sentence. */
  readonly summary: string;
  readonly servers: readonly ServerView[];
  readonly backends: readonly BackendView[];
}

/** All of a derivation: what `/api/routes` and `/api/services` list, in their order. */
export interface DerivationView {
  readonly routes: readonly RouteView[];
  readonly services: readonly ServiceView[];
}

/** Where views look up what servers and backends are and how they fare. */
export interface Surroundings {
  readonly backends: ReadonlyMap<string, Backend>;
  readonly conditions: Conditions;
}

export function surroundingsIn(table: Table, conditions: Conditions): Surroundings {
  return { backends: new Map(table.backends.map((backend) => [backend.id, backend])), conditions };
}

export function viewDerivation(
  { table, services }: Derivation,
  conditions: Conditions = NO_CONDITIONS,
): DerivationView {
  const around = surroundingsIn(table, conditions);
  return {
    routes: viewRoutes(table, conditions),
    services: services.map((report) => viewService(report, around)),
  };
}

/** The routes of a table, each with its backend's servers. */
export function viewRoutes(table: Table, conditions: Conditions = NO_CONDITIONS): readonly RouteView[] {
  const around = surroundingsIn(table, conditions);
  return table.routes.map((route) => {
    const { host, path, pathKind, priority, service, segment, backend: id, refusal } = route;
    const { method, sticky, circuitBreaker } = viewBackend(id, around);
    const servers = refusal === null ? (around.backends.get(id)?.servers ?? []) : [];
    return {
      host,
      path,
      pathKind,
      priority,
      service,
      segment,
      conditions: route.conditions.map(conditionWords),
      rewrite: rewriteWords(route.rewrite),
      passHostHeader: route.passHostHeader,
      backend: id,
      servers: servers.map((server) => viewServer(server, [id], around)),
      method,
      sticky,
      circuitBreaker,
      refusal,
    };
  });
}

export function viewService(report: ServiceReport, around: Surroundings): ServiceView {
  // Each by name: the report has labels too, which must not get out.
  const { id, stack, name, routed, hosts, backends, servers, containers, findings } = report;
  return {
    id,
    stack,
    name,
    state: serviceState(report),
    summary: outcomeSentence(report),
    routed,
    hosts,
    backends: backends.map((backend) => viewBackend(backend, around)),
    servers: servers.map((server) => viewServer(server, backends, around)),
    containers,
    findings,
  };
}

function viewBackend(id: string, { backends, conditions }: Surroundings): BackendView {
  const { method = 'wrr', stickiness = null, circuitBreaker = null } = backends.get(id) ?? {};
  const state = conditions.breakers.get(id) ?? 'closed';
  return {
    id,
    method,
    sticky: stickiness !== null,
    circuitBreaker: circuitBreaker && { expression: circuitBreaker.expression, state },
  };
}

/** `backends` are those that it may be in. */
function viewServer(
  server: Server,
  backends: readonly string[],
  { backends: known, conditions }: Surroundings,
): ServerView {
  const { id, url, weight } = server;
  for (const backend of backends) {
    const trouble = troubleOf(serverKey(backend, server), conditions);
    if (trouble !== null) return { id, url, weight, ...trouble };
  }
  const isBehind =
    !server.isPreferred &&
    backends.some((backend) =>
      known
        .get(backend)
        ?.servers.some(
          (other) =>
            other.isPreferred &&
            other.weight > 0 &&
            troubleOf(serverKey(backend, other), conditions) === null,
        ),
    );
  return { id, url, weight, status: isBehind ? 'standby' : 'active' };
}

/** Why a server of a backend does not get its share of requests, by its `serverKey`; null where it does. */
function troubleOf(
  key: string,
  { failing, ejected }: Conditions,
): Required<Pick<ServerView, 'status' | 'reason'>> | null {
  const failure = failing.get(key);
  if (failure !== undefined) return { status: 'failing', reason: failure.reason };
  const ejection = ejected.get(key);
  return ejection === undefined ? null : { status: 'ejected', reason: ejectionWords(ejection) };
}
