import { remembered } from './remembered.ts';

/** What a host template's placeholders stand for. */
export interface HostParts {
  readonly service: string;
  readonly stack: string;
  readonly domain: string;
}

type TemplatePart = string | { readonly name: keyof HostParts };

/** Every service is named by the same few. */
const parse = remembered(1000, (template): readonly TemplatePart[] | null => {
  const parts = template.split(/\{(service|stack|domain)\}/);
  const read = parts.map((part, i) => (i % 2 === 1 ? { name: part as keyof HostParts } : part));
  return read.some((part) => typeof part === 'string' && /[{}]/.test(part)) ? null : read;
});

/** Writes the names into a template such as `{service}-{stack}.{domain}`; null where it has braces that are no placeholder. */
export function fillHostTemplate(template: string, parts: HostParts): string | null {
  return (
    parse(template)
      ?.map((part) => (typeof part === 'string' ? part : parts[part.name]))
      .join('') ?? null
  );
}

/** Whether services keep hosts of their own: a template that leaves a name out gives one host to several. */
export function isHostTemplate(template: string): boolean {
  const filled = fillHostTemplate(template, { service: 'a', stack: 'b', domain: 'c' });
  return filled !== null && template.includes('{service}') && /^[\w-]+(?:\.[\w-]+)*$/.test(filled);
}
