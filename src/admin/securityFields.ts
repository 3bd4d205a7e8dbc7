/**
 * Sent with every answer. Answers for programs need nothing at all of a browser; no page of somebody else may read, frame or script
 * them. `Access-Control-*` is never sent, so no other origin reads an answer. `Cross-Origin-Opener-Policy` is left out: browsers
 * ignore it without TLS, with an error in their console.
 */
export const SECURITY_FIELDS: Readonly<Record<string, string>> = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': contentPolicy([], []),
  'Cross-Origin-Resource-Policy': 'same-origin',
  // Not no-referrer: with that a form would be sent with `Origin: null`, and could not be told from one of somebody else.
  'Referrer-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
};

/** What a document may do: nothing but use its own styles and scripts, by their hashes, its icon, this server's answers and its forms. */
export function contentPolicy(styles: readonly string[], scripts: readonly string[]): string {
  return [
    "default-src 'none'",
    ...(styles.length === 0 ? [] : [`style-src ${styles.join(' ')}`, 'img-src data:']),
    ...(scripts.length === 0 ? [] : [`script-src ${scripts.join(' ')}`, "connect-src 'self'"]),
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
