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

/** It stands in labels, URLs of the admin API and ids of backends. */
const SEGMENT_NAME = /^[a-z0-9_-]{1,63}$/;

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
  const segments = new Set([...names].filter((name) => SEGMENT_NAME.test(name)).sort());
  const own = new Map(Array.from(segments, (name): [string, Label[]] => [name, []]));
  for (const label of labels) own.get(label.segment ?? '')?.push(label);
  const sets = Array.from(own, ([segment, ofSegment]) => {
    const counting = ofSegment.filter((label) => !isMisplaced(label) && !isLeftBlank(label));
    return new LabelSet([...lent, ...counting], segment, ofSegment.filter(isMisplaced));
  });
  return { sets, segments, findings: findBadNames(labels, names) };
}

/** As catalog questions leave it: it does not hide what the service says. A list of no users does. */
function isLeftBlank({ known, value }: Label): boolean {
  return value.trim() === '' && known?.asksNothing(value) === true;
}

function findBadNames(labels: readonly Label[], names: ReadonlySet<string>): readonly Finding[] {
  const bad = [...names].filter((name) => !SEGMENT_NAME.test(name));
  return bad.flatMap((name) => {
    const [first] = labels
      .filter(({ segment }) => segment === name)
      .toSorted((a, b) => (a.key < b.key ? -1 : 1));
    if (first === undefined) return [];
    const message = `${first.key} has the segment ${shown(name)}, which is refused: its name must be of letters, digits, "-" and "_", at most 63.`;
    return [findingOf({ ...first, segment: null }, 'invalid-label', 'error', message)];
  });
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
