import type { Finding } from './finding.ts';

/** A container of a service, in our words. Any string may be what Rancher or a user wrote. */
export interface Container {
  /** Unique in a service. */
  readonly name: string;
  /** Rancher's container state, e.g. `running`; empty where it has none. */
  readonly state: string;
  /** Rancher's health state, e.g. `healthy`; null where it has none. */
  readonly healthState: string | null;
  /** IP address that its ports are reached at; for a host-network container the host's; null before it has one. */
  readonly address: string | null;
  /** The host it runs on; null where unknown. */
  readonly hostUuid: string | null;
}

/** Servers that Rancher does not run: addresses, or a name to resolve. */
export interface External {
  /** IP addresses, each once, sorted. */
  readonly addresses: readonly string[];
  /** Null where there are addresses. */
  readonly hostname: string | null;
}

/** What a name resolved to. */
export interface Resolution {
  /** IP addresses, each once, sorted; the last ones known where it could not be resolved this time. */
  readonly addresses: readonly string[];
  /** Why it could not be resolved, in one sentence; null where it could. */
  readonly error: string | null;
}

/** What a service is: only `service` (and its sidekicks) has containers that we can send requests to. */
export type ServiceKind = string;

/** A Rancher service as the metadata has it, whether it is meant for us or not. */
export interface Service {
  /** `stack/name`: the key. Rancher's uuid is not one, since sidekicks share it. */
  readonly id: string;
  readonly stack: string;
  readonly name: string;
  /** `service`, `externalService`, `dnsService`, `loadBalancerService`, … */
  readonly kind: ServiceKind;
  readonly labels: Readonly<Record<string, string>>;
  /** Whether the service defines a health check; without one Rancher reports no health for its containers. */
  readonly hasHealthCheck: boolean;
  /** Sorted by name. */
  readonly containers: readonly Container[];
  /** What an `externalService` stands for; null for every other kind. */
  readonly external: External | null;
  /** What was wrong with its metadata: `malformed-service`, `malformed-container`. */
  readonly findings: readonly Finding[];
}

/** One full read of the metadata. */
export interface Snapshot {
  /** The version that was announced when the read began; empty where the source has none. */
  readonly version: string;
  /** Sorted by id. */
  readonly services: readonly Service[];
  /** The host that we run on, as containers name theirs; null where it is not known. */
  readonly localHostUuid: string | null;
  /** What the names of external services resolve to. */
  readonly resolutions: Readonly<Record<string, Resolution>>;
}
