import { createHash } from 'node:crypto';
import type { Balancing } from '../labels/balancing.ts';
import type { Exposure } from '../labels/exposure.ts';
import { inSegment } from '../labels/label.ts';
import { shown } from '../labels/shown.ts';
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

/**
 * The id of the backend that an exposure is balanced in: `stack/name`, `stack/name/segment`, or `stack//name` and `stack//name/segment`
 * where it is shared. Neither stacks nor services nor segments have a slash in their names.
 */
export function backendId({ id, stack }: Service, exposure: Exposure): string {
  const { segment, sharedBackend, refusal } = exposure;
  // What is refused is left alone: no server of another may be reached by its routes, and it decides nothing for others.
  if (sharedBackend === null || refusal !== null) return segment === null ? id : `${id}/${segment}`;
  const shared = `${stack}//${encodeURIComponent(sharedBackend.name)}`;
  return sharedBackend.segment === null ? shared : `${shared}/${sharedBackend.segment}`;
}

/**
 * Joins the shares of each backend, which are sorted by service and segment. Of what services that share one wish for its
 * balancing, the first wish counts.
 */
export function buildBackends(shares: readonly Share[]): BuiltBackends {
  const groups = groupBy(shares, ({ service, exposure }) => backendId(service, exposure));
  const backends: Backend[] = [];
  const findings = new Map<string, readonly Finding[]>();
  const say = ({ service }: Share, finding: Finding): void => {
    findings.set(service.id, [...(findings.get(service.id) ?? []), finding]);
  };
  for (const [id, group] of groups) {
    const balancing = joinWishes(group, say);
    const servers = joinServers(group);
    if (servers.length > 0 && servers.every(({ weight }) => weight === 0))
      for (const share of group) say(share, weightless(share));
    backends.push({ id, servers, ...completed(balancing, id) });
  }
  return { backends, findings };
}

function weightless({ exposure: { segment, sharedBackend } }: Share): Finding {
  const label = segment === null ? 'traefik.weight' : `traefik.${segment}.weight`;
  const where = sharedBackend === null ? '' : ` for all servers of the backend ${shown(sharedBackend.name)}`;
  const message = `${label} is 0${where}, so no new client is sent there; set it to 1 or more.`;
  return { code: 'invalid-label', severity: 'warning', label, message, ...inSegment(segment) };
}

const WISHES = {
  method: 'traefik.backend.loadbalancer.method',
  stickiness: 'traefik.backend.loadbalancer.stickiness',
  circuitBreaker: 'traefik.backend.circuitbreaker.expression',
  healthCheck: 'traefik.backend.healthcheck.path',
} as const;

function joinWishes(group: readonly Share[], say: (share: Share, finding: Finding) => void): Balancing {
  const joined: { -readonly [K in keyof Balancing]: Balancing[K] } = {
    method: null,
    stickiness: null,
    circuitBreaker: null,
    healthCheck: null,
  };
  const winners = new Map<string, Share>();
  for (const share of group) {
    for (const wish of Object.keys(WISHES) as (keyof Balancing)[]) {
      const asked = share.exposure.balancing[wish];
      if (asked === null) continue;
      const winner = winners.get(wish);
      if (winner === undefined) {
        Object.assign(joined, { [wish]: asked });
        winners.set(wish, share);
      } else if (JSON.stringify(joined[wish]) !== JSON.stringify(asked)) {
        say(share, overruled(share, winner, WISHES[wish]));
      }
    }
  }
  return joined;
}

function overruled({ exposure }: Share, winner: Share, label: string): Finding {
  const { sharedBackend, segment } = exposure;
  const owner = ownerWords(winner.service.id, winner.exposure.segment);
  const message = `${label} has no effect: ${owner} shares the backend ${shown(sharedBackend?.name ?? '')}, asks for something else and comes first; say the same in both.`;
  return { code: 'label-overridden', severity: 'warning', label, message, ...inSegment(segment) };
}

/** Whose something is: a service's, or one of its segments'. */
export function ownerWords(service: string, segment: string | null): string {
  return segment === null ? service : `the segment ${segment} of ${service}`;
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
