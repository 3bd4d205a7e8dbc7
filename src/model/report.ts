import type { Finding } from './finding.ts';
import type { Server } from './table.ts';

/** Why a container receives no requests, in the order in which they are looked for. */
export const CONTAINER_REASONS = [
  'no-health-state',
  'initializing',
  'unhealthy',
  'not-running',
  'no-address',
] as const;

export type ContainerReason = (typeof CONTAINER_REASONS)[number];

export interface ContainerReport {
  readonly name: string;
  readonly eligible: boolean;
  /** Null where it is eligible. */
  readonly reason: ContainerReason | null;
}

/** What became of one service that carries a `traefik.*` label: the answer to "why is it (not) routed?". */
export interface ServiceReport {
  /** `stack/name`. */
  readonly id: string;
  readonly stack: string;
  readonly name: string;
  /** Whether requests for its hosts reach it; true also while it has no eligible container. */
  readonly routed: boolean;
  /** Whether some server receives those requests: its own, or one of a service that shares its backend. */
  readonly isServed: boolean;
  /** The hosts it was given, sorted; without those lost to another service. */
  readonly hosts: readonly string[];
  /** The ids of the backends that requests for its hosts are balanced in; several where it has segments, none where it is not routed. */
  readonly backends: readonly string[];
  /** Sorted by id. */
  readonly servers: readonly Server[];
  /** Sorted by name. */
  readonly containers: readonly ContainerReport[];
  /** Errors first. */
  readonly findings: readonly Finding[];
  /** Its `traefik.*` labels, as they are: never to be shown without `redactLabels`. */
  readonly labels: Readonly<Record<string, string>>;
}
