/** Characters that mean the same encoded or not (RFC 3986 section 2.3). */
const UNRESERVED = /[A-Za-z0-9._~-]/;

/** Most paths: nothing encoded, no segment that begins with a dot, no backslash. */
const PLAIN = /^(?:\/(?!\.)[^%/\\]*)*$/;

/**
 * A path without `.` and `..` segments, also encoded ones, as a server resolves them (RFC 3986 section 5.2.4); all else stays as it
 * was sent. Null where servers differ on where `..` leads, because a slash or backslash beside it may or may not part segments.
 */
export function resolvePath(path: string): string | null {
  if (PLAIN.test(path)) return path;
  const out: string[] = [];
  const segments = path.split('/').slice(1);
  for (const [i, segment] of segments.entries()) {
    const text = comparablePath(segment);
    if (text === '.' || text === '..') {
      if (text === '..') out.pop();
      if (i === segments.length - 1) out.push('');
    } else if (hidesParent(text)) {
      return null;
    } else {
      out.push(segment);
    }
  }
  return `/${out.join('/')}`;
}

/** Whether some server reads a `..` in a segment: after an encoded slash or a backslash, or with parameters (`..;x`). */
function hidesParent(segment: string): boolean {
  return segment.includes('..') && segment.split(/%2F|%5C|\\/).some((part) => /^\.\.(?:;|$)/.test(part));
}

/** A path in the one spelling that paths are compared in: what need not be encoded is not, and hex digits are capitals (RFC 3986 section 6.2.2). */
export function comparablePath(path: string): string {
  if (!path.includes('%')) return path;
  return path.replace(/%([0-9A-Fa-f]{2})/g, (code, hex: string) => {
    const character = String.fromCharCode(Number.parseInt(hex, 16));
    return UNRESERVED.test(character) ? character : code.toUpperCase();
  });
}

/** Where in `path` the first `length` characters of its `comparablePath` end. */
export function endOfComparable(path: string, length: number): number {
  let end = 0;
  for (let i = 0; i < length && end < path.length; i++) {
    const code = path[end] === '%' ? path.slice(end, end + 3) : '';
    end += comparablePath(code).length === 1 ? code.length : 1;
  }
  return end;
}

/** What a user wrote, as it can stand in a request: other than visible ASCII, and what would end a path, is encoded. Null where it is no text. */
export function encodePath(text: string): string | null {
  if (/\p{Cs}/u.test(text)) return null;
  return text.replace(/[^\x21-\x7e]+|[?#]/g, encodeURIComponent);
}
