/** One difference between two derivations, in words for the log and for people: `+ route host → stack/name (3 servers)`. */
export interface Change {
  readonly kind: 'added' | 'removed' | 'changed';
  readonly what: 'route' | 'server' | 'finding';
  /** `stack/name`. */
  readonly service: string;
  readonly text: string;
}
