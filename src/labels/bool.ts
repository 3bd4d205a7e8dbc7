import type { Label, LabelSet, Understood } from './label.ts';
import { shown } from './shown.ts';

/** Spellings of true and false, exactly those of Go's `strconv.ParseBool`, which both label families were read by. */
const TRUE: ReadonlySet<string> = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);
const FALSE: ReadonlySet<string> = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False']);

/** True or false as Go's ParseBool reads it; null for any other text. */
export function parseBool(text: string): boolean | null {
  if (TRUE.has(text)) return true;
  return FALSE.has(text) ? false : null;
}

/** Reads a label that is true or false and never refuses: absent, blank or invalid is null, the last with a warning. */
export function readBool(labels: LabelSet, name: string): Understood<boolean> {
  const label = labels.get(name);
  if (label === undefined || label.value.trim() === '') return { value: null, findings: [] };
  const value = parseBool(label.value);
  return { value, findings: value === null ? [invalidBool(label)] : [] };
}

function invalidBool(label: Label) {
  return {
    code: 'invalid-label',
    severity: 'warning',
    label: label.key,
    message: `${label.key} is ${shown(label.value)}, which is neither "true" nor "false"; the label has no effect.`,
  } as const;
}
