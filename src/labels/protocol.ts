import { findingOf, type LabelSet } from './label.ts';
import { shown } from './shown.ts';
import type { Finding } from '../model/finding.ts';

/** How servers are spoken to. */
export interface ProtocolReading {
  readonly scheme: 'http' | 'https';
  /** Why requests are answered 503, in one sentence for whoever sends them; null where it was understood. */
  readonly refusal: string | null;
  readonly findings: readonly Finding[];
}

/** Reads `traefik.protocol`: `http` or `https`, without case. Anything else refuses: nobody who asks for more may get plain text. */
export function readProtocol(labels: LabelSet): ProtocolReading {
  const label = labels.given('traefik.protocol');
  if (label === null) return { scheme: 'http', refusal: null, findings: [] };
  const scheme = parseScheme(label.value);
  if (scheme !== null) return { scheme, refusal: null, findings: [] };
  const message = `${label.key} is ${shown(label.value)}; it must be "http" or "https", so ${labels.subject(label)} is refused.`;
  return {
    scheme: 'http',
    refusal: `its label ${label.key} cannot be understood`,
    findings: [findingOf(label, 'invalid-label', 'error', message)],
  };
}

/** `http` or `https`, without case; null for any other text. */
export function parseScheme(text: string): 'http' | 'https' | null {
  const scheme = text.trim().toLowerCase();
  return scheme === 'http' || scheme === 'https' ? scheme : null;
}
