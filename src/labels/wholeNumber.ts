import { findingOf, type LabelSet, type Understood } from './label.ts';
import { shown } from './shown.ts';

/** A whole number from 0 to `max` in digits; null for any other text. */
export function parseWholeNumber(text: string, max: number): number | null {
  const number = /^\d{1,9}$/.test(text) ? Number(text) : Infinity;
  return number <= max ? number : null;
}

/** Reads a label that is a whole number from 0 to `max` and never refuses: absent, blank or invalid is null, the last with a warning. */
export function readWholeNumber(
  labels: LabelSet,
  name: string,
  max: number,
  otherwise: string,
): Understood<number> {
  const label = labels.given(name);
  if (label === null) return { value: null, findings: [] };
  const value = parseWholeNumber(label.value.trim(), max);
  if (value !== null) return { value, findings: [] };
  const message = `${label.key} is ${shown(label.value)}; it must be a whole number from 0 to ${max}. ${otherwise}.`;
  return { value, findings: [findingOf(label, 'invalid-label', 'warning', message)] };
}
