import type { Stickiness } from '../model/table.ts';

/**
 * The values of all cookies of that name in a request's fields, in order (RFC 6265 section 5.4). Quotes around a value are not part
 * of it; what is no cookie is passed over.
 */
export function cookieValues(fields: readonly string[], name: string): readonly string[] {
  const values: string[] = [];
  for (let i = 0; i < fields.length; i += 2) {
    if (fields[i]?.length !== 6 || fields[i]?.toLowerCase() !== 'cookie') continue;
    const cookies = fields[i + 1] ?? '';
    if (!cookies.includes(name)) continue;
    for (const cookie of cookies.split(';')) {
      const equalsAt = cookie.indexOf('=');
      if (equalsAt === -1 || cookie.slice(0, equalsAt).trim() !== name) continue;
      values.push(
        cookie
          .slice(equalsAt + 1)
          .trim()
          .replace(/^"(.*)"$/, '$1'),
      );
    }
  }
  return values;
}

const SAME_SITE = { none: 'None', lax: 'Lax', strict: 'Strict' } as const;

/** The value of the `Set-Cookie` field that has a client stick to the server of this id, until its browser is closed. */
export function stickyCookie({ cookie, secure, httpOnly, sameSite }: Stickiness, stickyId: string): string {
  let text = `${cookie}=${stickyId}; Path=/`;
  if (secure) text += '; Secure';
  if (httpOnly) text += '; HttpOnly';
  if (sameSite !== null) text += `; SameSite=${SAME_SITE[sameSite]}`;
  return text;
}
