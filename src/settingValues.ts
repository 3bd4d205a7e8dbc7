import { isIP } from 'node:net';
import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { readAdminUsers } from './adminUsers.ts';
import type { AdminUser } from './model/adminUser.ts';
import type { Constraint } from './model/derivation.ts';
import { isHostTemplate } from './model/hostTemplate.ts';

/** How the text of a setting becomes a value. Every error says what is allowed. */

type Parsed<T> = { readonly value: T } | { readonly allowed: string };

function parser<T>(parse: (text: string) => Parsed<T>): z.ZodType<T, string> {
  return z.string().transform((text, context): T => {
    const parsed = parse(text);
    if ('value' in parsed) return parsed.value;
    context.addIssue({ code: 'custom', message: `allowed: ${parsed.allowed}` });
    return z.NEVER;
  });
}

const MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** The longest duration: what a Node timer can wait is not much longer. */
const MAX_DAYS = 7;

/** Milliseconds from `500ms`, `60s`, `2m`, `1h`, or a bare number of seconds. */
export function duration(atLeastMs: number): z.ZodType<number, string> {
  const minimum =
    atLeastMs === 0 ? '' : `, at least ${atLeastMs < 1000 ? `${atLeastMs}ms` : `${atLeastMs / 1000}s`}`;
  const allowed = `a duration such as 500ms, 60s, 2m or 1h, or a number of seconds${minimum}, at most ${MAX_DAYS} days`;
  return parser((text) => {
    const [, digits = '', unit = 's'] = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h)?$/.exec(text) ?? [];
    const ms = Math.round(Number(digits) * (MS[unit] ?? 1000));
    return digits === '' || ms < atLeastMs || ms > MAX_DAYS * 24 * 3_600_000 ? { allowed } : { value: ms };
  });
}

export function integer(from: number, to: number): z.ZodType<number, string> {
  return parser((text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
    return value >= from && value <= to ? { value } : { allowed: `a whole number from ${from} to ${to}` };
  });
}

export const truth = parser((text) => {
  if (/^(true|1|yes|on)$/i.test(text)) return { value: true };
  if (/^(false|0|no|off)$/i.test(text)) return { value: false };
  return { allowed: 'true or false' };
});

/** The same for what is switched. */
export const onOff = parser((text) => {
  if (/^(on|true|1|yes)$/i.test(text)) return { value: true };
  if (/^(off|false|0|no)$/i.test(text)) return { value: false };
  return { allowed: 'on or off' };
});

export function oneOf<const T extends string>(values: readonly T[]): z.ZodType<T, string> {
  return parser((text) => {
    const value = values.find((candidate) => candidate === text.toLowerCase());
    return value === undefined ? { allowed: values.join(', ') } : { value };
  });
}

/** An address to listen on. */
export const bindAddress = parser((text) =>
  isIP(text) === 0 ? { allowed: 'an IP address of this machine, e.g. 127.0.0.1' } : { value: text },
);

/** CIDRs or single addresses, comma-separated. */
export const cidrs = parser((text) => {
  const list = members(text);
  return list.every(isCidr)
    ? { value: list }
    : { allowed: 'comma-separated networks or addresses, e.g. 127.0.0.0/8,192.168.7.1,fd00::/8' };
});

function isCidr(text: string): boolean {
  const [address = '', prefix, ...more] = text.split('/');
  const version = isIP(address);
  if (version === 0 || more.length > 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (version === 6 ? 128 : 32));
}

/** Protocol names in lower case; `none` for none at all. */
export const upgradeProtocols = parser((text) => {
  const list = members(text).map((name) => name.toLowerCase());
  if (list.length === 1 && list[0] === 'none') return { value: [] };
  const areTokens = list.every((name) => /^[!#$%&'*+.^_`|~0-9a-z/-]+$/.test(name));
  // An h2c connection would carry requests past every rule of the routes.
  return areTokens && !list.some((name) => name === 'h2c' || name === 'h2')
    ? { value: list }
    : { allowed: 'comma-separated protocol names such as websocket, or none; never h2c' };
});

export const domain = parser((text) =>
  /^[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?$/i.test(text)
    ? { value: text }
    : { allowed: 'a domain name, e.g. example.local' },
);

/** How hosts are made of names. */
export const hostTemplate = parser((text) =>
  isHostTemplate(text)
    ? { value: text }
    : {
        allowed:
          'a host with {service} and, where wanted, {stack} and {domain}, e.g. {service}-{stack}.{domain}',
      },
);

/** `tag==PATTERN` and `tag!=PATTERN`, comma-separated. */
export const constraints = parser((text): Parsed<readonly Constraint[]> => {
  const value = members(text).map(parseConstraint);
  return value.every((constraint) => constraint !== null)
    ? { value }
    : { allowed: 'comma-separated tag==PATTERN or tag!=PATTERN, where * in a pattern stands for any text' };
});

function parseConstraint(text: string): Constraint | null {
  const [, operator, pattern = ''] = /^tag\s*(==|!=)\s*(\S+)$/.exec(text) ?? [];
  return operator === undefined ? null : { mustMatch: operator === '==', pattern };
}

/** Where metadata is read from. */
export const metadataUrl = parser((text) => {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isHttp = url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
  return isHttp || /^file:./.test(text)
    ? { value: text.replace(/\/+$/, '') }
    : {
        allowed: 'a URL such as http://rancher-metadata/2016-07-29, without user and password, or file:PATH',
      };
});

/** A directory, which need not exist. */
export const directory = parser((text) =>
  isAbsolute(text) ? { value: text } : { allowed: 'an absolute path, e.g. /var/lib/active-lb' },
);

/** Lines of an htpasswd file, separated by commas or line ends: `name:$2y$…`. What is said never repeats what was given. */
export const adminUsers = parser((text): Parsed<readonly AdminUser[]> => {
  const read = readAdminUsers(text);
  return 'users' in read
    ? { value: read.users }
    : {
        allowed: `lines as htpasswd -nB NAME prints them, NAME:$2y$…, separated by commas; ${read.mistakes.join('; ')}`,
      };
});

/** Host names, comma-separated, in lower case. */
export const hostNames = parser((text) => {
  const list = members(text).map((name) => name.toLowerCase().replace(/\.$/, ''));
  return list.length > 0 && list.every((name) => /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(name))
    ? { value: list }
    : { allowed: 'comma-separated host names without port, e.g. lb.example.local' };
});

function members(text: string): string[] {
  return text
    .split(',')
    .map((member) => member.trim())
    .filter((member) => member !== '');
}
