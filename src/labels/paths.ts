import type { Finding } from '../model/finding.ts';
import type { PathMatch } from '../model/table.ts';
import { findingOf, type Label, type LabelSet } from './label.ts';
import { splitList } from './list.ts';
import { parsePathMatch } from './pattern.ts';
import { longestFirst, MAX_ROUTES, type Rule } from './rule.ts';
import { shown } from './shown.ts';

/** The community template's labels about paths. Several of them must all match. */
export const PATH_LABELS = [
  { name: 'traefik.path', isPrefix: false, strips: false },
  { name: 'traefik.path.prefix', isPrefix: true, strips: false },
  { name: 'traefik.path.strip', isPrefix: false, strips: true },
  { name: 'traefik.path.prefix.strip', isPrefix: true, strips: true },
] as const;

/** What the path labels ask for. */
export interface PathReading extends Pick<Rule, 'paths' | 'rewrite'> {
  /** The first label that has an entry which is no path: the service would match too much or too little without it. */
  readonly broken: Label | null;
  readonly findings: readonly Finding[];
}

/** Reads the path labels: comma lists, of which one entry must match. Blank counts as absent. */
export function readPaths(labels: LabelSet): PathReading {
  const paths: (readonly PathMatch[])[] = [];
  const strip: PathMatch[] = [];
  const findings: Finding[] = [];
  let broken: Label | null = null;
  for (const { name, isPrefix, strips } of PATH_LABELS) {
    const label = labels.get(name);
    const entries = splitList(label?.value ?? '');
    if (label === undefined || entries.length === 0) continue;
    const list: PathMatch[] = [];
    // One more than may be is enough to refuse them all.
    for (const entry of entries.slice(0, MAX_ROUTES + 1)) {
      const parsed = parsePathMatch(entry, isPrefix);
      if ('value' in parsed) list.push(parsed.value);
      else {
        broken ??= label;
        findings.push(invalid(label, entry, parsed.problem, labels.subject(label)));
      }
    }
    paths.push(list);
    if (strips) strip.push(...list);
  }
  const rewrite =
    strip.length === 0
      ? null
      : { strip: longestFirst(strip), addPrefix: '', replacePattern: null, replacePath: null };
  return { paths, rewrite, broken, findings: findings.slice(0, 10) };
}

function invalid(label: Label, entry: string, problem: string, subject: string): Finding {
  const message = `${label.key} has ${shown(entry)}, which ${problem}; ${subject} is refused.`;
  return findingOf(label, 'invalid-label', 'error', message);
}
