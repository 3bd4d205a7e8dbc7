import type { BreakerState } from '../model/condition.ts';
import type { ContainerReason, ServiceReport } from '../model/report.ts';
import type { Backend, BalancingMethod, Server } from '../model/table.ts';
import { serverKey, type Conditions } from './conditions.ts';
import { ejectionWords, METHOD_WORDS, REASON_WORDS } from './words.ts';

/** A server, and whether requests reach it. */
export interface ServerExplanation {
  readonly id: string;
  readonly url: string;
  readonly weight: number;
  /** Whether new clients come to it. */
  readonly receives: boolean;
  /** Of new clients, in per cent, rounded; what the method `drr` or `least` shifts with the load is not in it. */
  readonly sharePercent: number;
  /** Why it receives nothing; null where it does. */
  readonly why: string | null;
}

/** A container that is no server. */
export interface ContainerExplanation {
  /** `stack/name`. */
  readonly service: string;
  readonly name: string;
  readonly reason: ContainerReason;
  readonly why: string;
}

/** How a backend shares requests out. */
export interface BackendExplanation {
  readonly id: string;
  readonly method: BalancingMethod;
  /** What is to be known of its balancing, a sentence each. */
  readonly balancing: readonly string[];
  readonly servers: readonly ServerExplanation[];
  /** Containers of its services that receive nothing. */
  readonly containers: readonly ContainerExplanation[];
}

const BREAKER_WORDS: Readonly<Record<BreakerState, string>> = {
  closed: 'closed: requests pass',
  open: 'open: all requests are answered 503',
  recovering: 'recovering: more and more requests pass',
};

/** Explains a backend. `reports` are those of all services. */
export function explainBackend(
  backend: Backend,
  reports: readonly ServiceReport[],
  conditions: Conditions,
): BackendExplanation {
  const { id, method, stickiness, circuitBreaker, healthCheck } = backend;
  const breaker = BREAKER_WORDS[conditions.breakers.get(id) ?? 'closed'];
  return {
    id,
    method,
    balancing: [
      METHOD_WORDS[method],
      ...(stickiness === null ? [] : [`a client stays with its server by the cookie ${stickiness.cookie}`]),
      ...(circuitBreaker === null ? [] : [`circuit breaker ${circuitBreaker.expression}, ${breaker}`]),
      ...(healthCheck === null
        ? []
        : [`each server is checked by ${healthCheck.path} every ${healthCheck.intervalMs / 1000} s`]),
    ],
    servers: explainServers(backend, conditions),
    containers: idleContainers(backend, reports),
  };
}

/** As the balancer picks: never one that fails, is ejected or has no weight, and one that is not preferred only where no preferred one is left. */
function explainServers(
  { id: backend, servers }: Backend,
  { failing, ejected }: Conditions,
): readonly ServerExplanation[] {
  const troubleOf = (server: Server): string | null => {
    const key = serverKey(backend, server);
    const [failure, ejection] = [failing.get(key), ejected.get(key)];
    if (failure !== undefined) return `its health check fails: ${failure.reason}`;
    return ejection === undefined ? null : `it is ejected, since it ${ejectionWords(ejection)}`;
  };
  const usable = servers.filter((server) => server.weight > 0 && troubleOf(server) === null);
  const preferred = usable.filter(({ isPreferred }) => isPreferred);
  const receiving = new Set(preferred.length > 0 ? preferred : usable);
  const total = [...receiving].reduce((sum, { weight }) => sum + weight, 0);
  return servers.map((server) => {
    const { id, url, weight } = server;
    const receives = receiving.has(server);
    const why =
      troubleOf(server) ??
      (weight === 0
        ? 'its weight is 0: only clients that stick to it come to it'
        : 'it is not on the host of the load balancer, where others are (traefik.prefer.local)');
    const sharePercent = receives ? Math.round((weight / total) * 1000) / 10 : 0;
    return { id, url, weight, receives, sharePercent, why: receives ? null : why };
  });
}

/** The containers of all services of a backend that receive nothing. */
function idleContainers({ id }: Backend, reports: readonly ServiceReport[]): readonly ContainerExplanation[] {
  return reports
    .filter(({ backends }) => backends.includes(id))
    .flatMap((report) =>
      report.containers.flatMap(({ name, reason }) =>
        reason === null ? [] : [{ service: report.id, name, reason, why: REASON_WORDS[reason] }],
      ),
    );
}
