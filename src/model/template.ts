/** A piece of a template: text that stands for itself, or the RE2 source of a `{name:pattern}`. */
export interface TemplatePart {
  readonly kind: 'literal' | 'pattern';
  readonly text: string;
}

/**
 * Reads a template as gorilla/mux, and so Traefik 1.7, writes them: `{name:pattern}`, or `{name}` for `wildcard`. Null where
 * braces do not match, or a name or pattern is empty.
 */
export function parseTemplate(template: string, wildcard: string): readonly TemplatePart[] | null {
  const parts: TemplatePart[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < template.length; i++) {
    if (template[i] === '{' && depth++ === 0) {
      if (i > start) parts.push({ kind: 'literal', text: template.slice(start, i) });
      start = i + 1;
    } else if (template[i] === '}' && --depth === 0) {
      const [, pattern = wildcard] = /^[^:{}]+(?::(.*))?$/s.exec(template.slice(start, i)) ?? [null, ''];
      if (pattern === '') return null;
      parts.push({ kind: 'pattern', text: pattern });
      start = i + 1;
    }
    if (depth < 0) return null;
  }
  if (depth !== 0) return null;
  if (start < template.length) parts.push({ kind: 'literal', text: template.slice(start) });
  return parts;
}

/** What `{name}` without a pattern stands for, as in gorilla/mux. */
export const WILDCARDS = { host: '[^.]+', path: '[^/]+', query: '.*' } as const;

/** The length of the text before the first `{`. */
export function literalLength(template: string): number {
  const at = template.indexOf('{');
  return at === -1 ? template.length : at;
}
