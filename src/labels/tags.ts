import type { Constraint } from '../model/derivation.ts';
import type { Finding } from '../model/finding.ts';
import { matchesGlob } from './glob.ts';
import type { LabelSet } from './label.ts';
import { shown } from './shown.ts';

/** More tags than this are not told one by one. */
const MAX_SHOWN = 5;

/**
 * Compares `traefik.tags` with the constraints of the settings, as Traefik 1.7 does: all must hold. What it gives says why this
 * balancer does not publish the service; null: it does.
 */
export function findMismatch(labels: LabelSet, constraints: readonly Constraint[]): Finding | null {
  if (constraints.length === 0) return null;
  const label = labels.given('traefik.tags');
  // No `splitList`: tags have no patterns, and an open brace must not join what is forbidden to its neighbour.
  const tags = (label?.value ?? '')
    .split(',')
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '');
  const failing = constraints.find(
    ({ mustMatch, pattern }) => tags.some((tag) => matchesGlob(pattern, tag)) !== mustMatch,
  );
  if (failing === undefined) return null;
  const key = label?.key ?? 'traefik.tags';
  const constraint = `tag${failing.mustMatch ? '==' : '!='}${failing.pattern}`;
  const message = `The service is not published: LB_CONSTRAINTS asks for ${constraint}, but ${tagsWords(key, tags, failing)}.`;
  return { code: 'constraint-mismatch', severity: 'info', label: key, message };
}

function tagsWords(key: string, tags: readonly string[], { mustMatch, pattern }: Constraint): string {
  if (tags.length === 0) return `it has no tags (${key})`;
  const forbidden = tags.find((tag) => matchesGlob(pattern, tag));
  if (!mustMatch && forbidden !== undefined) return `${key} has ${shown(forbidden)}`;
  const more = tags.length > MAX_SHOWN ? ` and ${tags.length - MAX_SHOWN} more` : '';
  return `${key} has none such: ${tags.slice(0, MAX_SHOWN).map(shown).join(', ')}${more}`;
}
