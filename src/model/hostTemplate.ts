/** What a host template's placeholders stand for. */
export interface HostParts {
  readonly service: string;
  readonly stack: string;
  readonly domain: string;
}

/** Writes the names into a template such as `{service}-{stack}.{domain}`; null where it has braces that are no placeholder. */
export function fillHostTemplate(template: string, parts: HostParts): string | null {
  const host = template.replace(/\{(service|stack|domain)\}/g, (_, name: keyof HostParts) => parts[name]);
  return /[{}]/.test(template.replace(/\{(?:service|stack|domain)\}/g, '')) ? null : host;
}

/** Whether services keep hosts of their own: a template that leaves a name out gives one host to several. */
export function isHostTemplate(template: string): boolean {
  const filled = fillHostTemplate(template, { service: 'a', stack: 'b', domain: 'c' });
  return filled !== null && template.includes('{service}') && /^[\w-]+(?:\.[\w-]+)*$/.test(filled);
}
