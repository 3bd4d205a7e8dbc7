import type { Finding } from '../model/finding.ts';
import { findingOf, type Label, type LabelSet } from './label.ts';
import { overridden } from './overridden.ts';
import { shown } from './shown.ts';

/** The priority that a service or segment asks for; null: none. It never refuses. */
export interface PriorityReading {
  readonly priority: number | null;
  readonly findings: readonly Finding[];
}

/** Reads `traefik.frontend.priority` (0: none), else `traefik.priority`. */
export function readPriority(labels: LabelSet): PriorityReading {
  const own = labels.given('traefik.priority');
  const frontend = labels.given('traefik.frontend.priority');
  if (frontend === null) return own === null ? { priority: null, findings: [] } : parse(own);
  const { priority, findings } = parse(frontend);
  return {
    priority: priority === 0 ? null : priority,
    findings: own === null ? findings : [...findings, overridden(own, frontend)],
  };
}

function parse(label: Label): PriorityReading {
  const { key, value } = label;
  const text = value.trim();
  // Adding 0 makes -0 a 0.
  if (/^[+-]?\d{1,9}$/.test(text)) return { priority: Number(text) + 0, findings: [] };
  const message = `${key} is ${shown(value)}; it must be a whole number of at most 9 digits, higher first. It counts as none.`;
  return { priority: null, findings: [findingOf(label, 'invalid-label', 'warning', message)] };
}
