import { findingOf, type LabelSet, type Understood } from './label.ts';
import { shown } from './shown.ts';

/** A name as HTTP writes it (RFC 9110 section 5.6.2). */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/;

/** What a field's value may hold (RFC 9110 section 5.5). */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** The check's own affair: its request has no body, and its connection is not the user's. */
const NOT_OURS: ReadonlySet<string> = new Set(
  'connection content-length expect keep-alive te trailer transfer-encoding upgrade'.split(' '),
);

const MAX_FIELDS = 50;

/**
 * Reads `traefik.backend.healthcheck.headers`, `Name:value||Name:value`, into alternating names and values. An entry that is none is
 * left out with a warning. Values may be credentials, so no message has them.
 */
export function readCheckFields(labels: LabelSet): Understood<readonly string[]> {
  const label = labels.given('traefik.backend.healthcheck.headers');
  if (label === null) return { value: null, findings: [] };
  const entries = label.value.split('||').filter((entry) => entry.trim() !== '');
  const fields: string[] = [];
  const problems: string[] = [];
  for (const [i, entry] of entries.entries()) {
    const [, name = '', value = ''] = /^([^:]*):(.*)$/s.exec(entry) ?? [];
    const problem =
      i < MAX_FIELDS ? problemOf(name.trim(), value.trim()) : `is beyond the first ${MAX_FIELDS}`;
    if (problem === null) fields.push(name.trim(), value.trim());
    else problems.push(`entry ${i + 1} ${problem}`);
  }
  const findings = problems.slice(0, 5).map((problem) => {
    const message = `${label.key} must be "Name:value||Name:value", but its ${problem}; the entry is left out.`;
    return findingOf(label, 'invalid-label', 'warning', message);
  });
  return { value: fields, findings };
}

function problemOf(name: string, value: string): string | null {
  if (!TOKEN.test(name)) return 'has no name of a field before a ":"';
  if (name.toLowerCase() === 'host') return 'is Host, which traefik.backend.healthcheck.hostname is for';
  if (NOT_OURS.has(name.toLowerCase())) return `is ${shown(name)}, which cannot be set`;
  return VALUE.test(value) ? null : 'has a value with characters that no field may have';
}
