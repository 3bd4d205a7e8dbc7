/**
 * What is derived, in the shape that people and scripts get it: the admin API and `active-lb explain --json`
 * show the same objects because both take them from here.
 */

import type { Derivation } from '../model/derivation.ts';
import type { Finding } from '../model/finding.ts';
import type { ContainerReport, ServiceReport } from '../model/report.ts';
import type { PathKind, Server, Table } from '../model/table.ts';

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
  return table.routes.map(({ host, path, pathKind, priority, service, backend, refusal }) => ({
    host,
    path,
    pathKind,
    priority,
    service,
    servers: refusal === null ? (serversOf.get(backend) ?? []).map(viewServer) : [],
    refusal,
  }));
}

export function viewService(report: ServiceReport): ServiceView {
  const { id, stack, name, routed, hosts, servers, containers, findings } = report;
  return { id, stack, name, routed, hosts, servers: servers.map(viewServer), containers, findings };
}

function viewServer({ id, url, weight }: Server): ServerView {
  return { id, url, weight, status: 'active' };
}
