import { NO_CONDITIONS, type Conditions } from '../control/conditions.ts';
import type { EntrypointStatus, HeldStatus, Install, Status } from '../control/status.ts';
import { viewsOf } from './installViews.ts';

/** The answer of `/api/overview`. Times are ISO 8601 in UTC. */
export interface Overview {
  /** Null before the first install. */
  readonly table: TableOverview | null;
  readonly metadata: {
    readonly url: string;
    readonly lastSuccessAt: string | null;
    readonly lastError: { readonly message: string; readonly at: string } | null;
    /** Whole seconds since the last success; null before it. */
    readonly ageSeconds: number | null;
    readonly stale: boolean;
    /** While what is installed comes from `LB_STATE_DIR`: when it was read from the source. */
    readonly fromState: { readonly readAt: string } | null;
    /** A refresh that is not installed for now, since it would remove most of the servers. */
    readonly held: HeldOverview | null;
  };
  readonly entrypoints: readonly EntrypointStatus[];
  readonly findings: { readonly errors: number; readonly warnings: number };
  /** Of the installed table: servers whose active health check fails, those that are ejected, and circuit breakers that let nothing pass. */
  readonly conditions: {
    readonly failingServers: number;
    readonly ejectedServers: number;
    readonly openBreakers: number;
  };
}

export interface HeldOverview {
  readonly since: string;
  /** When it goes live. */
  readonly until: string;
  readonly serversBefore: number;
  readonly serversAfter: number;
  /** The ids of services that would have none any more. */
  readonly servicesLost: readonly string[];
  /** Whether somebody has let it through: it goes live in a moment. */
  readonly isReleased: boolean;
}

export interface TableOverview {
  readonly id: string;
  readonly metadataVersion: string;
  readonly installedAt: string;
  readonly routes: number;
  /** Those that are routed. */
  readonly services: number;
  readonly servers: number;
}

export function overview(status: Status): Overview {
  const { install, metadata } = status;
  const { errors, warnings } = install === null ? { errors: 0, warnings: 0 } : viewsOf(install).counts;
  return {
    table: install === null ? null : tableOverview(install),
    metadata: {
      url: metadata.url,
      lastSuccessAt: metadata.lastSuccessAt === null ? null : isoTime(metadata.lastSuccessAt),
      lastError:
        metadata.lastError === null
          ? null
          : { message: metadata.lastError.message, at: isoTime(metadata.lastError.at) },
      ageSeconds: metadata.ageMs === null ? null : Math.round(metadata.ageMs / 1000),
      stale: metadata.stale,
      fromState: metadata.fromState === null ? null : { readAt: isoTime(metadata.fromState.readAt) },
      held: metadata.held === null ? null : heldOverview(metadata.held),
    },
    entrypoints: status.entrypoints,
    findings: { errors, warnings },
    conditions: conditionCounts(install?.conditions ?? NO_CONDITIONS),
  };
}

function tableOverview(install: Install): TableOverview {
  const { routes, services, servers } = viewsOf(install).counts;
  return {
    id: install.derivation.table.id,
    metadataVersion: install.metadataVersion,
    installedAt: isoTime(install.installedAt),
    routes,
    services,
    servers,
  };
}

function conditionCounts({ failing, ejected, breakers }: Conditions): Overview['conditions'] {
  const openBreakers = [...breakers.values()].filter((state) => state === 'open').length;
  return { failingServers: failing.size, ejectedServers: ejected.size, openBreakers };
}

function heldOverview(held: HeldStatus): HeldOverview {
  return { ...held, since: isoTime(held.since), until: isoTime(held.until) };
}

export function isoTime(at: number): string {
  return new Date(at).toISOString();
}
