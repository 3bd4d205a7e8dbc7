import type { Finding } from '../model/finding.ts';
import { parseBool } from './bool.ts';
import type { Label, LabelSet } from './label.ts';
import { nearest } from '../model/nearest.ts';
import { KNOWN_NAMES, recognise, type Recognised } from './registry.ts';

/** What labels that are known but not supported mean for their service. */
export interface Unsupported {
  /** One sentence for whoever requests the service, where it is refused (fail closed); else null. */
  readonly refusal: string | null;
  readonly findings: readonly Finding[];
}

/** Warns of every label that neither family knows, naming the nearest that they do. */
export function findUnknown(labels: LabelSet): readonly Finding[] {
  return [...labels.values()].filter(({ name }) => recognise(name) === null).map(unknown);
}

/** Judges every label that is known but does not work yet: those that restrict refuse the service, others only warn. */
export function findUnsupported(labels: LabelSet, allowUnsupported: boolean): Unsupported {
  const findings: Finding[] = [];
  const refusing: string[] = [];
  for (const label of labels.values()) {
    const recognised = recognise(label.name);
    if (recognised === null || isSupported(recognised) || asksNothing(label, recognised, labels)) continue;
    const refuses = recognised.known.restricts && !allowUnsupported;
    if (refuses) refusing.push(label.key);
    findings.push(unsupported(label, recognised, refuses));
  }
  return { refusal: refusalOf(refusing), findings };
}

function isSupported({ known, segment }: Recognised): boolean {
  return known.stage === 'A' && segment === null;
}

function asksNothing(label: Label, { known }: Recognised, labels: LabelSet): boolean {
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

function suggestion(name: string): string | null {
  const remembered = suggestions.get(name);
  if (remembered !== undefined) return remembered;
  const known = nearest(name, KNOWN_NAMES);
  if (suggestions.size >= MAX_SUGGESTIONS) suggestions.clear();
  suggestions.set(name, known);
  return known;
}

function unknown({ name, key }: Label): Finding {
  const known = suggestion(name);
  const hint = known === null ? '' : `; the nearest known label is ${known}`;
  return {
    code: 'unknown-label',
    severity: 'warning',
    label: key,
    message: `${key} is not a label that is known, and has no effect${hint}.`,
  };
}

function unsupported({ key }: Label, { known, segment }: Recognised, refuses: boolean): Finding {
  const which = segment === null ? key : `${key} (of a segment)`;
  const effect = refuses
    ? 'it restricts what reaches the service, so the service is refused and its hosts answer 503; remove the label, or publish without it by LB_ALLOW_UNSUPPORTED=true'
    : known.restricts
      ? 'the service is published without its restriction, as LB_ALLOW_UNSUPPORTED=true asks for'
      : 'it has no effect';
  const message = `${which} is known, but not supported by this version: ${effect}.`;
  return { code: 'unsupported-label', severity: refuses ? 'error' : 'warning', label: key, message };
}
