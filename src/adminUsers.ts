import type { AdminUser } from './model/adminUser.ts';

/** What is wrong with a line: whether what follows it may still be shown by name, and why in words. */
interface Mistake {
  readonly mistake: string;
  /** False where the line may be a password in plain text, whose rest the split at commas may have put into the next lines. */
  readonly isHash: boolean;
}

const MIN_COST = 4;
/** A verification of cost 14 takes bcryptjs about two seconds of a core; each step more doubles that. */
const MAX_COST = 14;

/** 22 characters of salt and 31 of hash, each written by bcrypt with its spare bits zero; one with others would never be right. */
const SALT_AND_HASH = /^[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{31}$/;

/** Hashes that are not bcrypt, by how they begin. */
const OTHER_HASHES: readonly (readonly [RegExp, string])[] = [
  [/^\$apr1\$|^\$1\$/, 'an MD5 hash'],
  [/^\{SSHA\}|^\{SHA\}/i, 'a SHA-1 hash'],
  [/^\$5\$/, 'a SHA-256 hash'],
  [/^\$6\$/, 'a SHA-512 hash'],
  [/^\$(argon2\w*|y|gy|7|scrypt|pbkdf2[\w-]*)\$/, 'a hash of another kind'],
  [/^\$2x?\$/, 'a hash of an old, broken bcrypt'],
];

/**
 * Users from lines of an htpasswd file, separated by commas or line ends, or what is wrong, naming lines by number and user.
 * A mistake never repeats a hash or a password.
 */
export function readAdminUsers(
  text: string,
): { readonly users: readonly AdminUser[] } | { readonly mistakes: readonly string[] } {
  const lines = text
    .split(/[,\r\n]/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (lines.length === 0) return { mistakes: ['there is no line in it'] };
  const users: AdminUser[] = [];
  const mistakes: string[] = [];
  for (const [i, line] of lines.entries()) {
    const name = line.slice(0, Math.max(0, line.indexOf(':')));
    const first = users.findIndex((user) => user.name === name);
    const mistake = first === -1 ? mistakeIn(line) : again(first);
    users.push({ name, hash: line.slice(name.length + 1) });
    if (mistake === null) continue;
    mistakes.push(`line ${i + 1}${shownName(name)}: ${mistake.mistake}`);
    if (!mistake.isHash) break;
  }
  return mistakes.length > 0 ? { mistakes } : { users };
}

function again(first: number): Mistake {
  return { isHash: true, mistake: `the same name as in line ${first + 1}; give each user one line` };
}

function shownName(name: string): string {
  return /^[\p{L}\p{N}\p{P}\p{S} ]{1,100}$/u.test(name) ? ` (user ${JSON.stringify(name)})` : '';
}

function mistakeIn(line: string): Mistake | null {
  const at = line.indexOf(':');
  const hash = line.slice(at + 1);
  if (at === -1) return { isHash: false, mistake: 'no colon between a name and a hash' };
  if (at === 0) return { isHash: hash.startsWith('$'), mistake: 'no name before the colon' };
  if (at > 255 || /\p{Cc}/u.test(line.slice(0, at))) {
    return { isHash: hash.startsWith('$'), mistake: 'its name is too long or has control characters' };
  }
  return mistakeInHash(hash);
}

function mistakeInHash(hash: string): Mistake | null {
  const bcrypt = /^\$2[aby]\$(\d\d)\$(.*)$/.exec(hash);
  if (bcrypt !== null) return mistakeInBcrypt(Number(bcrypt[1]), bcrypt[2] ?? '');
  if (hash.startsWith('$$')) {
    return {
      isHash: true,
      mistake: 'the dollars of its hash are doubled, which only a compose file needs; here write $ for each',
    };
  }
  const [, kind = null] = OTHER_HASHES.find(([beginning]) => beginning.test(hash)) ?? [];
  if (kind !== null) return { isHash: true, mistake: `${kind}; only bcrypt is taken` };
  if (hasLostDollars(hash)) {
    return {
      isHash: false,
      mistake:
        'its hash looks as if its dollars had been taken for variables: write $$ for each $ in a compose file, and single quotes around it in a shell',
    };
  }
  return {
    isHash: false,
    mistake: /^[./A-Za-z0-9]{13}$/.test(hash)
      ? 'a crypt (DES) hash, or a password in plain text; only bcrypt is taken'
      : 'no hash, perhaps a password in plain text; only bcrypt is taken',
  };
}

function mistakeInBcrypt(cost: number, rest: string): Mistake | null {
  if (cost < MIN_COST || cost > MAX_COST) {
    return {
      isHash: true,
      mistake: `its cost is ${cost}; take one from ${MIN_COST} to ${MAX_COST}, such as 10`,
    };
  }
  if (SALT_AND_HASH.test(rest)) return null;
  return {
    isHash: true,
    mistake:
      rest.length === 53
        ? 'its bcrypt hash is damaged'
        : `its bcrypt hash has ${rest.length} characters after the cost instead of 53`,
  };
}

/** What is left of `$2y$10$salt.hash` where `$2y`, `$10` and `$salt`, or only `$2`, `$1` and `$salt`, were replaced with nothing. */
function hasLostDollars(hash: string): boolean {
  return (
    hash === '' ||
    /^(?:[aby]?\d{0,2})?[./][./A-Za-z0-9]{6,52}$/.test(hash) ||
    /^2[aby]\d\d[./A-Za-z0-9]{53}$/.test(hash)
  );
}
