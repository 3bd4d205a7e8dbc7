/**
 * Whether a lower-case field name is one of those that tell of the client: only a trusted peer is believed in them. `_` counts
 * as `-`, since CGI-like servers cannot tell them apart.
 */
export function isForwardedField(key: string): boolean {
  const first = key.charCodeAt(0);
  if (first !== 0x78 && first !== 0x66) return false;
  const dashed = key.includes('_') ? key.replaceAll('_', '-') : key;
  return (
    dashed.startsWith('x-forwarded-') ||
    dashed === 'x-real-ip' ||
    dashed === 'x-request-id' ||
    dashed === 'forwarded'
  );
}
