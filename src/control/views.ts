/**
 * What is derived, in the shape that people and scripts get it: the admin API and `active-lb explain --json`
 * show the same objects because both take them from here.
 */

import type { Derivation } from '../model/derivation.ts';
import type { Finding } from '../model/finding.ts';
import type { ContainerReport, ServiceReport } from '../model/report.ts';
import type { PathKind, Server, Table } from '../model/table.ts';
import { conditionWords, rewriteWords } from '../routing/words.ts';

/** Every server of a table receives requests; ejection and draining will add their own words. */
export type ServerStatus = 'active';

export interface ServerView {
  readonly id: string;
  readonly url: string;
  readonly weight: number;
  readonly status: ServerStatus;
}

export interface RouteView {
  readonly host: string;
  readonly path: string;
  readonly pathKind: PathKind;
  readonly priority: number | null;
  /** `stack/name`. */
  readonly service: string;
  /** Of the service; null for the service as a whole. */
  readonly segment: string | null;
  /** What else a request must be, in words; all must hold. */
  readonly conditions: readonly string[];
  /** What is done to the path that is sent on, in words and in this order. */
  readonly rewrite: readonly string[];
  /** Whether servers see the client's Host. */
  readonly passHostHeader: boolean;
  readonly servers: readonly ServerView[];
  /** Why its requests are answered 503 (fail closed); null for a normal route. */
  readonly refusal: string | null;
}

export interface ServiceView {
  /** `stack/name`. */
  readonly id: string;
  readonly stack: string;
  readonly name: string;
  readonly routed: boolean;
  readonly hosts: readonly string[];
  readonly servers: readonly ServerView[];
  readonly containers: readonly ContainerReport[];
  readonly findings: readonly Finding[];
}

/** All of a derivation: what `/api/routes` and `/api/services` list, in their order. */
export interface DerivationView {
  readonly routes: readonly RouteView[];
  readonly services: readonly ServiceView[];
}

export function viewDerivation(derivation: Derivation): DerivationView {
  return { routes: viewRoutes(derivation.table), services: derivation.services.map(viewService) };
}

/** The routes of a table, each with the servers of its backend. */
export function viewRoutes(table: Table): readonly RouteView[] {
  const serversOf = new Map(table.backends.map(({ id, servers }) => [id, servers]));
  return table.routes.map((route) => {
    const { host, path, pathKind, priority, service, segment, passHostHeader, refusal } = route;
    return {
      host,
      path,
      pathKind,
      priority,
      service,
      segment,
      conditions: route.conditions.map(conditionWords),
      rewrite: rewriteWords(route.rewrite),
      passHostHeader,
      servers: refusal === null ? (serversOf.get(route.backend) ?? []).map(viewServer) : [],
      refusal,
    };
  });
}

export function viewService(report: ServiceReport): ServiceView {
  const { id, stack, name, routed, hosts, servers, containers, findings } = report;
  return { id, stack, name, routed, hosts, servers: servers.map(viewServer), containers, findings };
}

function viewServer({ id, url, weight }: Server): ServerView {
  return { id, url, weight, status: 'active' };
}
