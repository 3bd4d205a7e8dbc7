import type { Finding } from '../model/finding.ts';
import { parseBool } from './bool.ts';
import { nearest } from '../model/nearest.ts';
import type { KnownLabel } from './known.ts';
import { findingOf, inSegment, isMisplaced, type Label, type LabelSet } from './label.ts';
import { KNOWN_NAMES, NAMES_IN_SEGMENTS } from './registry.ts';

/** What labels that are known but not supported mean for their service or segment. */
export interface Unsupported {
  /** One sentence for whoever requests it, where it is refused (fail closed); else null. */
  readonly refusal: string | null;
  readonly findings: readonly Finding[];
}

/** Warns of every label that neither family knows, naming the nearest that they do. `segments`: those of the service. */
export function findUnknown(labels: readonly Label[], segments: ReadonlySet<string>): readonly Finding[] {
  return labels
    .filter((label) => isUnknown(label, segments))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map((label, i) => unknown(label, segments, i < MAX_HINTS));
}

/** What may not stand in a segment makes none: without the segment, it is just a wrong name. */
function isUnknown(label: Label, segments: ReadonlySet<string>): boolean {
  return label.known === null || (isMisplaced(label) && !segments.has(label.segment ?? ''));
}

/**
 * Judges every label that is known but does not work, or not where it stands: those that restrict refuse the service or
 * segment, others only warn.
 */
export function findUnsupported(labels: LabelSet, allowUnsupported: boolean): Unsupported {
  const findings: Finding[] = [];
  const refusing: string[] = [];
  const judged = [...labels.values(), ...labels.misplaced];
  for (const label of judged) {
    const { known } = label;
    if (known === null || asksNothing(label, known, labels)) continue;
    if (known.stage === 'A' && !isMisplaced(label)) continue;
    const refuses = known.restricts && !allowUnsupported;
    if (refuses) refusing.push(label.key);
    findings.push(unsupported(label, known, refuses, labels.subject(label)));
  }
  return { refusal: refusalOf(refusing), findings };
}

function asksNothing(label: Label, known: KnownLabel, labels: LabelSet): boolean {
  if (known.asksNothing(label.value)) return true;
  const gate = known.switchedBy === null ? undefined : labels.get(known.switchedBy);
  return gate !== undefined && parseBool(gate.value) === false;
}

/** The refusing labels are named in one order, however they came. */
function refusalOf(keys: readonly string[]): string | null {
  const [first, ...others] = keys.toSorted();
  if (first === undefined) return null;
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
  return `its label ${first}${more} restricts it in a way that this version does not support`;
}

/** Thousands of services may share one misspelling, and looking for the nearest name takes a millisecond at worst. */
const suggestions = new Map<string, string | null>();
const MAX_SUGGESTIONS = 1000;

/** Of the unknown labels of one service, as many get a hint: nobody misspells more, and each costs time at every refresh. */
const MAX_HINTS = 50;

function suggestion(name: string, segment: string | null): string | null {
  const asked = segment === null ? name : name.replace(`.${segment}.`, '.');
  const key = `${segment === null} ${asked}`;
  let known = suggestions.get(key);
  if (known === undefined) {
    known = nearest(asked, segment === null ? KNOWN_NAMES : NAMES_IN_SEGMENTS);
    if (suggestions.size >= MAX_SUGGESTIONS) suggestions.clear();
    suggestions.set(key, known);
  }
  return known === null || segment === null ? known : known.replace('.', `.${segment}.`);
}

function unknown({ key, rawKey }: Label, segments: ReadonlySet<string>, withHint: boolean): Finding {
  const name = rawKey.toLowerCase();
  const [, second = '', ...rest] = name.split('.');
  const segment = segments.has(second) && rest.length > 0 ? second : null;
  const known = withHint ? suggestion(name, segment) : null;
  const hint = known === null ? '' : `; the nearest known label is ${known}`;
  const message = `${key} is not a label that is known, and has no effect${hint}.`;
  return { code: 'unknown-label', severity: 'warning', label: key, message, ...inSegment(segment) };
}

function unsupported(label: Label, known: KnownLabel, refuses: boolean, subject: string): Finding {
  const why = isMisplaced(label)
    ? `is not supported, since ${known.name} cannot stand in a segment`
    : 'is known, but not supported by this version';
  const message = `${label.key} ${why}: ${effectOf(known, refuses, subject)}.`;
  return findingOf(label, 'unsupported-label', refuses ? 'error' : 'warning', message);
}

function effectOf({ restricts }: KnownLabel, refuses: boolean, subject: string): string {
  if (refuses)
    return `it restricts what reaches ${subject}, so ${subject} is refused and its hosts answer 503; remove the label, or publish without it by LB_ALLOW_UNSUPPORTED=true`;
  return restricts
    ? `${subject} is published without its restriction, as LB_ALLOW_UNSUPPORTED=true asks for`
    : 'it has no effect';
}
