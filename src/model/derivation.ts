import type { ServiceReport } from './report.ts';
import type { Table } from './table.ts';

/** All that follows from one snapshot. */
export interface Derivation {
  readonly table: Table;
  /** Every service that carries a `traefik.*` label, sorted by id. */
  readonly services: readonly ServiceReport[];
}

/** The settings that shape a derivation. */
export interface DeriveSettings {
  /** For services without `traefik.domain`; null: none. */
  readonly defaultDomain: string | null;
  /** Whether a service needs a health check before its containers receive requests. */
  readonly healthRequired: boolean;
  /** Whether a service is published although a label that restricts it is not supported. */
  readonly allowUnsupported: boolean;
  /** How hosts are made of names, e.g. `{service}-{stack}.{domain}`; null: `{service}.{stack}.{domain}`. */
  readonly hostTemplate: string | null;
  /** What the tags of a service must be for it to be published; all must hold. */
  readonly constraints: readonly Constraint[];
  /** Whether servers on our own host come first. */
  readonly preferLocal: boolean;
}

/** `tag==api*` or `tag!=internal`, as in Traefik 1.7: some tag must match, or none may. */
export interface Constraint {
  readonly mustMatch: boolean;
  /** `*` stands for any text. */
  readonly pattern: string;
}
