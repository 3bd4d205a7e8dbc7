import type { Finding } from '../model/finding.ts';
import type { Label, LabelSet } from './label.ts';
import { overridden } from './overridden.ts';
import { shown } from './shown.ts';

/** The priority that a service asks for; null: none. It never refuses. */
export interface PriorityReading {
  readonly priority: number | null;
  readonly findings: readonly Finding[];
}

/** Reads `traefik.frontend.priority` (0: none), else `traefik.priority`. */
export function readPriority(labels: LabelSet): PriorityReading {
  const own = present(labels, 'traefik.priority');
  const frontend = present(labels, 'traefik.frontend.priority');
  if (frontend === null) return own === null ? { priority: null, findings: [] } : parse(own);
  const { priority, findings } = parse(frontend);
  return {
    priority: priority === 0 ? null : priority,
    findings: own === null ? findings : [...findings, overridden(own, frontend)],
  };
}

function present(labels: LabelSet, name: string): Label | null {
  const label = labels.get(name);
  return label === undefined || label.value.trim() === '' ? null : label;
}

function parse({ key, value }: Label): PriorityReading {
  const text = value.trim();
  // Adding 0 makes -0 a 0.
  if (/^[+-]?\d{1,9}$/.test(text)) return { priority: Number(text) + 0, findings: [] };
  const message = `${key} is ${shown(value)}; it must be a whole number of at most 9 digits, higher first. The service has no priority.`;
  return {
    priority: null,
    findings: [{ code: 'invalid-label', severity: 'warning', label: key, message }],
  };
}
