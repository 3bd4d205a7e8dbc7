import { isIPv6 } from 'node:net';

/** The common case: a lower-case name, as browsers and curl send it, with or without a port. */
const PLAIN = /^([a-z0-9_-]+(?:\.[a-z0-9_-]+)*)(?::\d{1,5})?$/;

/** Any `reg-name` of RFC 3986 section 3.2.2 (without `,`, which would hide a second Host), and an optional, perhaps empty, port. */
const NAME = /^((?:[\w.~!$&'()*+;=-]|%[0-9a-f]{2})+)(?::(\d*))?$/i;

const IP_LITERAL = /^\[([0-9a-f:.]+)\](?::(\d*))?$/i;

/**
 * The host of an authority (a Host field's value) as routes are matched by it: lower case, without port and one trailing
 * dot. IPv6 literals keep their brackets. Null where it is not one valid `host[:port]` (user info, space, comma, path, …).
 */
export function normalizeHost(authority: string): string | null {
  const plain = PLAIN.exec(authority);
  if (plain !== null && isPort(authority.slice((plain[1] ?? '').length + 1))) return plain[1] ?? null;
  return normalizeUnusual(authority);
}

function normalizeUnusual(authority: string): string | null {
  const literal = IP_LITERAL.exec(authority);
  if (literal !== null) {
    const [, address = '', port = ''] = literal;
    return isIPv6(address) && isPort(port) ? `[${address.toLowerCase()}]` : null;
  }
  const [, name = '', port = ''] = NAME.exec(authority) ?? [];
  const host = name.endsWith('.') ? name.slice(0, -1) : name;
  return host !== '' && isPort(port) ? host.toLowerCase() : null;
}

function isPort(digits: string): boolean {
  return digits.length <= 5 && Number(digits) <= 65_535;
}
