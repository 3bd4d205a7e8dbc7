import { createHash } from 'node:crypto';
import { STYLE } from './style.ts';

/**
 * Sent with every answer. The page needs its own style and icon, and nothing from anywhere else; no page of somebody else may
 * read, frame or script it. `Access-Control-*` is never sent, so no other origin reads an answer. `Cross-Origin-Opener-Policy` is
 * left out: browsers ignore it without TLS, with an error in their console.
 */
export const SECURITY_FIELDS: Readonly<Record<string, string>> = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': [
    "default-src 'none'",
    `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
    "img-src 'self' data:",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'Cross-Origin-Resource-Policy': 'same-origin',
  // Not no-referrer: with that a form would be sent with `Origin: null`, and could not be told from one of somebody else.
  'Referrer-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
};
