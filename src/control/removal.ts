import type { Derivation } from '../model/derivation.ts';

/** When a refresh that removes many servers is held. */
export interface GuardSettings {
  /** Per cent of the servers that a refresh may remove; 100: all of them. */
  readonly maxRemovalPercent: number;
  /** 0: nothing is held. */
  readonly holdMs: number;
}

/** With fewer servers than this, losing most of them is an everyday event. */
const MIN_SERVERS = 5;

/** How many servers a derivation has, for comparing it with another. Plain data. */
export interface ServerCount {
  /** Of all backends, each with those that differ in id or url: the number that the overview shows. */
  readonly servers: number;
  /** The ids of services that have any, sorted. */
  readonly services: readonly string[];
}

export function countServers({ table, services }: Derivation): ServerCount {
  return {
    servers: table.backends.reduce((sum, backend) => sum + backend.servers.length, 0),
    services: services.filter(({ servers }) => servers.length > 0).map(({ id }) => id),
  };
}

/**
 * Whether so few servers are left that it looks like a mistake rather than a change. Only their number counts: an upgrade that replaces
 * every container by a new one removes none.
 */
export function isMassRemoval(before: number, after: number, maxRemovalPercent: number): boolean {
  return before >= MIN_SERVERS && after * 100 < before * (100 - maxRemovalPercent);
}

/** Whether a refresh that leaves `after` of `before` servers is held. */
export function isHeld(before: number, after: number, { maxRemovalPercent, holdMs }: GuardSettings): boolean {
  return holdMs > 0 && isMassRemoval(before, after, maxRemovalPercent);
}
