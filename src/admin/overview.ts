import { NO_CONDITIONS, type Conditions } from '../control/conditions.ts';
import type { EntrypointStatus, Install, MetadataStatus, Status } from '../control/status.ts';
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

export interface TableOverview {
  readonly id: string;
  readonly metadataVersion: string;
  readonly installedAt: string;
  readonly routes: number;
  /** Those that are routed. */
  readonly services: number;
  readonly servers: number;
}

/** `now` in milliseconds since the epoch. */
export function overview(status: Status, now: number): Overview {
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
      ageSeconds: ageSeconds(metadata, now),
      stale: metadata.stale,
      fromState: metadata.fromState === null ? null : { readAt: isoTime(metadata.fromState.readAt) },
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

function ageSeconds({ lastSuccessAt }: MetadataStatus, now: number): number | null {
  return lastSuccessAt === null ? null : Math.max(0, Math.round((now - lastSuccessAt) / 1000));
}

export function isoTime(at: number): string {
  return new Date(at).toISOString();
}
