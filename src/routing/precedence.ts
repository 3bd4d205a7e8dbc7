import type { Route } from '../model/table.ts';

/** Halves of surrogate pairs: code units below U+E000 that stand for code points above all others. */
const SURROGATE = /[\ud800-\udfff]/;

/** Orders texts by their UTF-8 bytes: the same on every machine, whatever its language. */
export function compareBytes(a: string, b: string): number {
  if (a === b) return 0;
  if (SURROGATE.test(a) || SURROGATE.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : 1;
}

/** Higher first, and any before none. */
function comparePriority(a: Route, b: Route): number {
  if (a.priority === b.priority) return 0;
  if (a.priority === null) return 1;
  return b.priority === null ? -1 : b.priority - a.priority;
}

/** Orders claims of one host and path; the first wins: what is not refused, then priority, then `stack/name` in byte order. */
export function compareClaims(a: Route, b: Route): number {
  return (
    Number(a.refusal !== null) - Number(b.refusal !== null) ||
    comparePriority(a, b) ||
    compareBytes(a.service, b.service)
  );
}

/** Orders routes of one host as they are tried: priority, then longer path, then exact before prefix. */
export function comparePrecedence(a: Route, b: Route): number {
  return (
    comparePriority(a, b) ||
    b.path.length - a.path.length ||
    compareBytes(a.path, b.path) ||
    Number(b.pathKind === 'exact') - Number(a.pathKind === 'exact')
  );
}
