import { parseBool } from './bool.ts';
import { findingOf, type Label, type LabelSet, type Understood } from './label.ts';
import { shown } from './shown.ts';

/** Reads a label that is true or false and never refuses: absent, blank or invalid is null, the last with a warning. */
export function readBool(labels: LabelSet, name: string): Understood<boolean> {
  const label = labels.given(name);
  if (label === null) return { value: null, findings: [] };
  const value = parseBool(label.value);
  return { value, findings: value === null ? [invalidBool(label)] : [] };
}

function invalidBool(label: Label) {
  const message = `${label.key} is ${shown(label.value)}, which is neither "true" nor "false"; the label has no effect.`;
  return findingOf(label, 'invalid-label', 'warning', message);
}
