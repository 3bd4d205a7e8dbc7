/** Who somebody says they are. */
export interface Credentials {
  readonly name: string;
  readonly password: string;
}

/** What the `Authorization` fields of a request hold: credentials, nothing, or something that can be right for nobody. */
export type Presented = Credentials | { readonly mistake: string } | null;

/** bcrypt looks at no more of a password: two that begin alike would be one. */
const MAX_PASSWORD_BYTES = 72;

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads HTTP Basic (RFC 7617) in UTF-8. */
export function readCredentials(fields: readonly string[]): Presented {
  const [field, ...more] = fields;
  if (field === undefined) return null;
  if (more.length > 0) return { mistake: 'there is more than one Authorization field' };
  const [, token] = /^basic +([A-Za-z0-9+/]+={0,2}) *$/i.exec(field) ?? [];
  if (token === undefined) return { mistake: 'the Authorization field is not "Basic" with a base64 text' };
  const text = decode(token);
  const colon = text?.indexOf(':') ?? -1;
  if (text === null || colon === -1) {
    return { mistake: 'the Authorization field does not hold a name, a colon and a password in UTF-8' };
  }
  return mistakenOr({ name: text.slice(0, colon), password: text.slice(colon + 1) });
}

function decode(token: string): string | null {
  try {
    return UTF8.decode(Buffer.from(token, 'base64'));
  } catch {
    return null;
  }
}

/** What no line of LB_ADMIN_USERS can stand for is refused before it costs anything. */
function mistakenOr(credentials: Credentials): Presented {
  const { name, password } = credentials;
  if (/\p{Cc}/u.test(name + password)) return { mistake: 'a name or password has no control characters' };
  if (name === '') return { mistake: 'the name is empty' };
  if (password === '') return { mistake: 'the password is empty' };
  return Buffer.byteLength(password) > MAX_PASSWORD_BYTES
    ? {
        mistake: `the password is longer than ${MAX_PASSWORD_BYTES} bytes, of which bcrypt would look at no more; choose a shorter one`,
      }
    : credentials;
}
