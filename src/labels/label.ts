import type { Finding, FindingCode, Severity } from '../model/finding.ts';
import type { KnownLabel } from './known.ts';
import { recognise } from './registry.ts';
import { shownKey } from './shown.ts';

/** One `traefik.*` label of a service. */
export interface Label {
  /** In lower case and without its segment: what it is looked up by. */
  readonly name: string;
  /** In the spelling of the user, fit to be shown. */
  readonly key: string;
  /** In the spelling of the user, untouched: never for messages. */
  readonly rawKey: string;
  readonly value: string;
  /** What it is a label of; null where neither family knows it. */
  readonly known: KnownLabel | null;
  /** The segment in its key, in lower case; null where it is about the service as a whole. */
  readonly segment: string | null;
}

/** What one concern made of the labels: its value, null where the service or segment is refused, and what is to be said about it. */
export interface Understood<T> {
  readonly value: T | null;
  readonly findings: readonly Finding[];
}

/** The labels that one exposure is read from: those of a service or, for a segment, its own before those of its service. */
export class LabelSet {
  /** Null: the service as a whole. */
  readonly segment: string | null;
  /** Labels of the segment that may not stand in one: they are not read. */
  readonly misplaced: readonly Label[];
  readonly #byName: ReadonlyMap<string, Label>;

  constructor(labels: Iterable<Label>, segment: string | null = null, misplaced: readonly Label[] = []) {
    this.segment = segment;
    this.misplaced = misplaced;
    this.#byName = new Map(Array.from(labels, (label) => [label.name, label]));
  }

  /** By lower-case name without segment. */
  get(name: string): Label | undefined {
    return this.#byName.get(name);
  }

  /** As `get`, for a label whose blank value counts as an absent one; null where it is absent. */
  given(name: string): Label | null {
    const label = this.#byName.get(name);
    return label === undefined || label.value.trim() === '' ? null : label;
  }

  values(): Iterable<Label> {
    return this.#byName.values();
  }

  /** Whether this is a segment's set, and the label one that its service lends it. */
  inherits(label: Label): boolean {
    return this.segment !== null && label.segment === null;
  }

  /**
   * Who is refused for this label, or for none: in words that stay true of a label that several segments inherit, so that
   * they say the same of it.
   */
  subject(label: Label | null): string {
    if (this.segment === null) return 'the service';
    return label !== null && this.inherits(label)
      ? 'each segment that inherits it'
      : `the segment ${this.segment}`;
  }
}

/** Whether it is a label of a segment that may only be one of a service. */
export function isMisplaced({ known, segment }: Label): boolean {
  return segment !== null && known?.inSegments !== true;
}

/** What is to be said about a label, with the segment that it is about. */
export function findingOf(label: Label, code: FindingCode, severity: Severity, message: string): Finding {
  return { code, severity, label: label.key, message, ...inSegment(label.segment) };
}

/** What a finding carries besides the rest where it is about a segment. */
export function inSegment(segment: string | null): { readonly segment?: string } {
  return segment === null ? {} : { segment };
}

const PREFIX = 'traefik.';

/**
 * Picks out the `traefik.*` labels; keys are matched without case. Where two keys differ in case alone, the one
 * nearer to lower case counts and the other is answered with `label-overridden`.
 */
export function collectLabels(raw: Readonly<Record<string, string>>): {
  readonly labels: readonly Label[];
  readonly findings: readonly Finding[];
} {
  const keys = Object.keys(raw).filter(isTraefikKey);
  const winners = new Map<string, string>();
  for (const rawKey of keys) {
    const name = rawKey.toLowerCase();
    const rival = winners.get(name);
    // Lower-case letters come last in code unit order, and the order of the input must not matter.
    if (rival === undefined || rival < rawKey) winners.set(name, rawKey);
  }
  const labels = Array.from(winners, ([name, rawKey]) => toLabel(name, rawKey, raw[rawKey] ?? ''));
  const findings = labels.length === keys.length ? [] : keys.flatMap((key) => overridden(key, raw, winners));
  return { labels, findings };
}

/** The `traefik.*` labels as they are, in one order. */
export function traefikLabels(raw: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const keys = Object.keys(raw).filter(isTraefikKey).sort();
  return Object.fromEntries(keys.map((key) => [key, raw[key] ?? '']));
}

function isTraefikKey(key: string): boolean {
  return key.startsWith(PREFIX) || key.slice(0, PREFIX.length).toLowerCase() === PREFIX;
}

function toLabel(name: string, rawKey: string, value: string): Label {
  const { known, segment, nameInSegment } = recognise(name) ?? {
    known: null,
    segment: null,
    nameInSegment: name,
  };
  return { name: nameInSegment, key: shownKey(rawKey), rawKey, value, known, segment };
}

function overridden(
  rawKey: string,
  raw: Readonly<Record<string, string>>,
  winners: ReadonlyMap<string, string>,
): readonly Finding[] {
  const winner = winners.get(rawKey.toLowerCase()) ?? rawKey;
  if (winner === rawKey || raw[winner] === raw[rawKey]) return [];
  const key = shownKey(rawKey);
  const message = `${key} has no effect: ${shownKey(winner)} is the same label in another spelling and wins; remove one of them.`;
  return [{ code: 'label-overridden', severity: 'warning', label: key, message }];
}
