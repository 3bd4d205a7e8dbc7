/** Every code a finding can have; docs/labels.md explains each. The set is closed: scripts switch over it. */
export const FINDING_CODES = [
  'constraint-mismatch',
  'domain-missing',
  'host-conflict',
  'invalid-enable',
  'invalid-label',
  'invalid-port',
  'label-overridden',
  'local-host-unknown',
  'malformed-container',
  'malformed-service',
  'no-eligible-container',
  'no-health-check',
  'not-enabled',
  'port-defaulted',
  'route-shadowed',
  'unknown-label',
  'unresolved-name',
  'unsupported-kind',
  'unsupported-label',
] as const;

export type FindingCode = (typeof FINDING_CODES)[number];

/** `error`: the service (or a part of it) is not routed. `warning`: routed, but look. `info`: as asked for. */
export type Severity = 'error' | 'warning' | 'info';

/** Something an operator should know about one service. */
export interface Finding {
  readonly code: FindingCode;
  readonly severity: Severity;
  /** The label it is about, in the spelling of the user (ours where it is absent); null where it is about no label. */
  readonly label: string | null;
  /** The segment that it concerns (`traefik.<segment>.…`); absent where it is about the service as a whole. */
  readonly segment?: string;
  /** One sentence: what is wrong, with the offending value, and what would be right. */
  readonly message: string;
}
