import type { IncomingHttpHeaders } from 'node:http';
import { errorAnswer, type Answer } from './answers.ts';

/**
 * Why a command is not taken: a web page of somebody else sends it, with the login of whoever looks at that page (CSRF). Browsers
 * tell so in `Sec-Fetch-Site` (only to https and loopback) and `Origin`; programs send neither. Null: it is taken.
 *
 * The scheme of the origin is not compared, since TLS may end in front of us.
 */
export function refuseForeign(headers: IncomingHttpHeaders): Answer | null {
  const { host, origin } = headers;
  const site = headers['sec-fetch-site'];
  const isForeign =
    (site !== undefined && site !== 'same-origin' && site !== 'none') ||
    (origin !== undefined && authorityOf(origin) !== host?.toLowerCase());
  if (!isForeign) return null;
  return errorAnswer(
    403,
    'foreign-origin',
    'a web page of another origin may not do this; where a proxy stands in front, it must pass on Host as it is',
  );
}

/** Null for `null` and whatever else is no origin of http or https. */
function authorityOf(origin: string): string | null {
  return /^https?:\/\/([^/?#@]+)$/i.exec(origin)?.[1]?.toLowerCase() ?? null;
}
