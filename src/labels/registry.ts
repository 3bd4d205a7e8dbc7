import { KNOWN_LABELS, type KnownLabel } from './known.ts';

/** A label name, recognised. */
export interface Recognised {
  readonly known: KnownLabel;
  /** The segment of `traefik.<segment>.…`; null for a label of the service as a whole. */
  readonly segment: string | null;
  /** The name without the segment. */
  readonly nameInSegment: string;
}

const EXACT: ReadonlyMap<string, KnownLabel> = new Map(
  KNOWN_LABELS.filter(({ name }) => !name.includes('*')).map((known) => [known.name.toLowerCase(), known]),
);

const PATTERNS = KNOWN_LABELS.filter(({ name }) => name.includes('*')).map((known) => ({
  known,
  parts: known.name.toLowerCase().split('.'),
}));

/** First parts of names that both families use: as a segment's name they are a mistake (`traefik.frontend.port`). */
const NOT_SEGMENTS: ReadonlySet<string> = new Set(['frontend', 'backend']);

/** The names to suggest for a misspelled one. */
export const KNOWN_NAMES: readonly string[] = KNOWN_LABELS.map(({ name }) => name).filter(
  (name) => !name.includes('*'),
);

/** Those of them that may stand in a segment. */
export const NAMES_IN_SEGMENTS: readonly string[] = KNOWN_LABELS.filter(({ inSegments }) => inSegments)
  .map(({ name }) => name)
  .filter((name) => !name.includes('*'));

/**
 * Recognises a label by its lower-case name, with or without a segment, also one that may not stand in a segment; null where
 * neither family knows it.
 */
export function recognise(name: string): Recognised | null {
  const known = find(name);
  if (known !== null) return { known, segment: null, nameInSegment: name };
  const [prefix, segment, ...rest] = name.split('.');
  if (segment === undefined || segment === '' || rest.length === 0 || NOT_SEGMENTS.has(segment)) return null;
  const nameInSegment = `${prefix}.${rest.join('.')}`;
  const inSegment = find(nameInSegment);
  return inSegment === null ? null : { known: inSegment, segment, nameInSegment };
}

function find(name: string): KnownLabel | null {
  const exact = EXACT.get(name);
  if (exact !== undefined) return exact;
  const parts = name.split('.');
  return PATTERNS.find((pattern) => matches(pattern.parts, parts))?.known ?? null;
}

function matches(pattern: readonly string[], parts: readonly string[]): boolean {
  const open = pattern.at(-1) === '**';
  if (open ? parts.length < pattern.length : parts.length !== pattern.length) return false;
  return pattern.every((part, i) => part === parts[i] || (part.startsWith('*') && parts[i] !== ''));
}
