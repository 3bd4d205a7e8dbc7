import type { DeriveSettings } from '../../src/model/derivation.ts';
import type { Service, Snapshot } from '../../src/model/service.ts';
import type { Backend, Route, Server } from '../../src/model/table.ts';

/** The settings of a derivation where nothing is set, but for what is given. */
export function deriveSettings(given: Partial<DeriveSettings> = {}): DeriveSettings {
  const none = { defaultDomain: null, hostTemplate: null, constraints: [], preferLocal: false };
  return { ...none, healthRequired: true, allowUnsupported: false, ...given };
}

/** A snapshot of these services, sorted by id, but for what is given. */
export function snapshotWith(services: readonly Service[], given: Partial<Snapshot> = {}): Snapshot {
  return { version: 'v1', services, localHostUuid: null, resolutions: {}, ...given };
}

/** A server as plain as can be, but for what is given. */
export function serverOf(id: string, url: string, given: Partial<Server> = {}): Server {
  return { id, url, weight: 1, hostname: null, isPreferred: true, ...given };
}

/** A backend of these servers that asks for nothing, but for what is given. */
export function backendWith(id: string, servers: readonly Server[], given: Partial<Backend> = {}): Backend {
  const nothing = { stickiness: null, circuitBreaker: null, healthCheck: null };
  return { id, servers, method: 'wrr', ...nothing, ...given };
}

/** A route for every request of `host` to the backend of `service`, but for what is given. */
export function routeOf(host: string, service: string, given: Partial<Route> = {}): Route {
  return {
    host,
    hostKind: 'exact',
    path: '/',
    pathKind: 'prefix',
    conditions: [],
    rewrite: null,
    priority: null,
    service,
    segment: null,
    backend: service,
    passHostHeader: true,
    attempts: null,
    refusal: null,
    ...given,
  };
}
