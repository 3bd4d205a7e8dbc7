import type { Backend, HealthCheck, Table } from '../../model/table.ts';
import { normalized, uniqueNames } from './names.ts';

/** A backend as Traefik 1.7 shows it. What there is none of it leaves out. */
export interface BackendView {
  readonly servers?: Readonly<Record<string, ServerView>>;
  readonly circuitBreaker?: { readonly expression: string };
  readonly loadBalancer: {
    /** `least` is none of Traefik's. */
    readonly method: Backend['method'];
    readonly stickiness?: { readonly cookieName: string };
  };
  readonly healthCheck?: HealthCheckView;
}

export interface ServerView {
  readonly url: string;
  readonly weight: number;
}

/** Without the fields that are sent: they may be credentials. */
export interface HealthCheckView {
  readonly scheme?: string;
  readonly path: string;
  readonly port?: number;
  /** As Go writes it. */
  readonly interval: string;
  readonly hostname?: string;
}

/** By the ids of backends. */
export function backendNamesOf({ backends }: Table): ReadonlyMap<string, string> {
  const names = uniqueNames(
    backends,
    ({ id }) => `backend-${normalized(nameOf(id))}`,
    ({ id }) => id,
  );
  return new Map([...names].map(([{ id }, name]) => [id, name]));
}

/** By name, sorted. */
export function backendsOf(
  { backends }: Table,
  names: ReadonlyMap<string, string>,
): ReadonlyMap<string, BackendView> {
  const views = backends.map((backend) => [names.get(backend.id) ?? '', viewOf(backend)] as const);
  return new Map(views.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** What services of a backend with this id say that they share; null where it is one service's or segment's own. */
export function sharedNameOf(id: string): string | null {
  const [, service, name = ''] = id.split('/');
  return service === '' ? decodeURIComponent(name) : null;
}

/** As Traefik's Rancher provider names them, before they are normalized. */
function nameOf(id: string): string {
  const [stack = '', service = '', ...more] = id.split('/');
  const shared = sharedNameOf(id);
  if (shared !== null) return [shared, ...more.slice(1)].join('-');
  const own = `${stack}/${service}`;
  return more.length === 0 ? own : [own, own, ...more].join('-');
}

function viewOf({ servers, circuitBreaker, method, stickiness, healthCheck }: Backend): BackendView {
  const numbered = servers.map(({ url, weight }, i) => [`server-${i}`, { url, weight }] as const);
  return {
    ...(numbered.length === 0 ? {} : { servers: Object.fromEntries(numbered) }),
    ...(circuitBreaker === null ? {} : { circuitBreaker: { expression: circuitBreaker.expression } }),
    loadBalancer: {
      method,
      ...(stickiness === null ? {} : { stickiness: { cookieName: stickiness.cookie } }),
    },
    ...(healthCheck === null ? {} : { healthCheck: healthCheckOf(healthCheck) }),
  };
}

function healthCheckOf({ scheme, path, port, intervalMs, hostname }: HealthCheck): HealthCheckView {
  return {
    ...(scheme === null ? {} : { scheme }),
    path,
    ...(port === null ? {} : { port }),
    interval: intervalMs % 1000 === 0 ? `${intervalMs / 1000}s` : `${intervalMs}ms`,
    ...(hostname === null ? {} : { hostname }),
  };
}
