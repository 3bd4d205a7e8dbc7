import { createHash } from 'node:crypto';
import type { Balancing } from '../labels/balancing.ts';
import type { Exposure } from '../labels/read.ts';
import type { Finding } from '../model/finding.ts';
import type { Service } from '../model/service.ts';
import type { Backend, Server } from '../model/table.ts';
import { compareBytes } from '../routing/precedence.ts';
import { groupBy } from './group.ts';

/** An exposure with its servers: what a service adds to a backend. */
export interface Share {
  readonly service: Service;
  readonly exposure: Exposure;
  readonly servers: readonly Server[];
}

/** The backends of all shares, and what is to be said to services whose wishes for a shared one gave way. */
export interface BuiltBackends {
  readonly backends: readonly Backend[];
  /** By `stack/name`. */
  readonly findings: ReadonlyMap<string, readonly Finding[]>;
}

/** The id of the backend that an exposure is balanced in. Neither stacks nor services have a slash in their names. */
export function backendId({ id, stack }: Service, { segment, backendName }: Exposure): string {
  if (backendName !== null) return `${stack}//${encodeURIComponent(backendName)}`;
  return segment === null ? id : `${id}/${encodeURIComponent(segment)}`;
}

/**
 * Joins the shares of each backend, which are sorted by service and segment. Of what services that share one wish for its
 * balancing, the first wish counts.
 */
export function buildBackends(shares: readonly Share[]): BuiltBackends {
  const groups = groupBy(shares, ({ service, exposure }) => backendId(service, exposure));
  const backends: Backend[] = [];
  const findings = new Map<string, readonly Finding[]>();
  for (const [id, group] of groups) {
    const balancing = joinWishes(group, (service, finding) =>
      findings.set(service.id, [...(findings.get(service.id) ?? []), finding]),
    );
    backends.push({ id, servers: joinServers(group), ...completed(balancing, id) });
  }
  return { backends, findings };
}

const WISHES = {
  method: 'traefik.backend.loadbalancer.method',
  stickiness: 'traefik.backend.loadbalancer.stickiness',
  circuitBreaker: 'traefik.backend.circuitbreaker.expression',
  healthCheck: 'traefik.backend.healthcheck.path',
} as const;

function joinWishes(
  group: readonly Share[],
  overrule: (service: Service, finding: Finding) => void,
): Balancing {
  const joined: { -readonly [K in keyof Balancing]: Balancing[K] } = {
    method: null,
    stickiness: null,
    circuitBreaker: null,
    healthCheck: null,
  };
  const winners = new Map<string, Service>();
  for (const { service, exposure } of group) {
    for (const wish of Object.keys(WISHES) as (keyof Balancing)[]) {
      const winner = winners.get(wish);
      if (exposure.balancing[wish] === null) continue;
      if (winner === undefined) {
        Object.assign(joined, { [wish]: exposure.balancing[wish] });
        winners.set(wish, service);
      } else if (JSON.stringify(joined[wish]) !== JSON.stringify(exposure.balancing[wish])) {
        overrule(service, overruled(exposure, winner, WISHES[wish]));
      }
    }
  }
  return joined;
}

function overruled({ backendName, segment }: Exposure, winner: Service, label: string): Finding {
  const message = `${label} has no effect: ${winner.id} shares the backend ${backendName ?? ''}, asks for something else and comes first; say the same in both.`;
  return {
    code: 'label-overridden',
    severity: 'warning',
    label,
    message,
    ...(segment === null ? {} : { segment }),
  };
}

function completed(balancing: Balancing, id: string): Omit<Backend, 'id' | 'servers'> {
  const { method, stickiness, circuitBreaker, healthCheck } = balancing;
  return {
    method: method ?? 'wrr',
    stickiness:
      stickiness === null ? null : { ...stickiness, cookie: stickiness.cookie ?? defaultCookie(id) },
    circuitBreaker,
    healthCheck,
  };
}

/** Two backends of one host must not overwrite each other's cookie; Traefik 1.7 names it by a hash too. */
function defaultCookie(backend: string): string {
  return `_lb_${createHash('sha256').update(backend).digest('hex').slice(0, 8)}`;
}

/** Each address once, whoever brings it. */
function joinServers(group: readonly Share[]): readonly Server[] {
  const [only, ...others] = group;
  if (only !== undefined && others.length === 0) return only.servers;
  const byKey = new Map<string, Server>();
  for (const server of group.flatMap(({ servers }) => servers)) {
    const key = `${server.id} ${server.url}`;
    if (!byKey.has(key)) byKey.set(key, server);
  }
  return [...byKey.values()].toSorted((a, b) => compareBytes(a.id, b.id) || compareBytes(a.url, b.url));
}
