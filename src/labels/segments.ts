import type { Finding } from '../model/finding.ts';
import { findingOf, isMisplaced, LabelSet, type Label } from './label.ts';
import { shown } from './shown.ts';

/** The labels of one service, parted into what is published. */
export interface Parts {
  /** One for each segment, in byte order of their names; one for the service as a whole where it has none. */
  readonly sets: readonly LabelSet[];
  /** The names of its segments. */
  readonly segments: ReadonlySet<string>;
  /** Segments that are dropped for their name. */
  readonly findings: readonly Finding[];
}

/** It stands in labels, findings and ids of backends. */
const SEGMENT_NAME = /^[a-z0-9_-]{1,63}$/;

/** Each inherits all labels of its service: without a limit, their product could be more than fits in memory. */
const MAX_SEGMENTS = 50;

/** Of a long list of mistakes, the first are enough to see what is wrong. */
const MAX_FINDINGS = 10;

/**
 * Parts the labels of a service into those of its segments, as Traefik 1.7 does: labels without a segment are the defaults of
 * every segment, and with segments the service as a whole is not published.
 */
export function partLabels(labels: readonly Label[]): Parts {
  const names = new Set(
    labels.flatMap((label) => (label.segment === null || isMisplaced(label) ? [] : [label.segment])),
  );
  const lent = labels.filter(({ segment, known }) => segment === null && known !== null);
  if (names.size === 0) return { sets: [new LabelSet(lent)], segments: names, findings: [] };
  const named = [...names].filter((name) => SEGMENT_NAME.test(name)).sort();
  const segments = new Set(named.slice(0, MAX_SEGMENTS));
  const own = new Map(Array.from(segments, (name): [string, Label[]] => [name, []]));
  for (const label of labels) own.get(label.segment ?? '')?.push(label);
  const sets = Array.from(own, ([segment, ofSegment]) => {
    const counting = ofSegment.filter((label) => !isMisplaced(label) && !isLeftBlank(label));
    return new LabelSet([...lent, ...counting], segment, ofSegment.filter(isMisplaced));
  });
  const findings = [...findBadNames(labels, names), ...findSurplus(named.slice(MAX_SEGMENTS))];
  return { sets, segments, findings };
}

/** As catalog questions leave it: it does not hide what the service says. A list of no users does. */
function isLeftBlank({ known, value }: Label): boolean {
  return value.trim() === '' && known?.asksNothing(value) === true;
}

function findBadNames(labels: readonly Label[], names: ReadonlySet<string>): readonly Finding[] {
  const bad = [...names].filter((name) => !SEGMENT_NAME.test(name)).sort();
  return bad.slice(0, MAX_FINDINGS).flatMap((name) => {
    const [first] = labels
      .filter(({ segment }) => segment === name)
      .toSorted((a, b) => (a.key < b.key ? -1 : 1));
    if (first === undefined) return [];
    const message = `${first.key} has the segment ${shown(name)}, which is refused: its name must be of letters, digits, "-" and "_", at most 63.`;
    return [findingOf({ ...first, segment: null }, 'invalid-label', 'error', message)];
  });
}

function findSurplus(names: readonly string[]): readonly Finding[] {
  const [first] = names;
  if (first === undefined) return [];
  const message = `The service has more than ${MAX_SEGMENTS} segments, so the segment ${first} and all whose names follow are refused; publish some of them as services of their own.`;
  return [{ code: 'invalid-label', severity: 'error', label: null, message }];
}

/** What one segment was read as. */
interface Reading {
  readonly labels: LabelSet;
  readonly findings: readonly Finding[];
}

/**
 * What is to be said about all segments of a service, each once. A warning about a label of the service counts only where every
 * segment that inherits the label gives it: an option without effect in one may have one in another.
 */
export function joinFindings(readings: readonly Reading[]): readonly Finding[] {
  const [only, ...others] = readings;
  if (only !== undefined && others.length === 0) return only.findings;
  const givers = new Map<string, { readonly finding: Finding; readonly by: Set<LabelSet> }>();
  for (const { labels, findings } of readings) {
    for (const finding of findings) {
      const text = JSON.stringify(finding);
      const giver = givers.get(text) ?? { finding, by: new Set() };
      giver.by.add(labels);
      givers.set(text, giver);
    }
  }
  return [...givers.values()].flatMap(({ finding, by }) => {
    const counts =
      finding.severity === 'error' ||
      finding.segment !== undefined ||
      readings.every(({ labels }) => by.has(labels) || !inheritsKey(labels, finding.label));
    return counts ? [finding] : [];
  });
}

function inheritsKey(labels: LabelSet, key: string | null): boolean {
  return [...labels.values()].some((label) => label.key === key && labels.inherits(label));
}
