import type { HostKind, PathKind, Route } from '../model/table.ts';
import { literalLength } from '../model/template.ts';

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

/** Orders claims of the same requests; the first wins: what is not refused, then priority, then `stack/name` in byte order. */
export function compareClaims(a: Route, b: Route): number {
  return (
    Number(a.refusal !== null) - Number(b.refusal !== null) ||
    comparePriority(a, b) ||
    compareBytes(a.service, b.service) ||
    compareBytes(a.segment ?? '', b.segment ?? '')
  );
}

const HOST_RANK: Readonly<Record<HostKind, number>> = { exact: 0, pattern: 1, any: 2 };
const PATH_RANK: Readonly<Record<PathKind, number>> = {
  exact: 0,
  pattern: 1,
  'prefix-pattern': 2,
  prefix: 3,
};

/** What may decide between two routes. */
export type PrecedenceStep =
  'priority' | 'host' | 'path-length' | 'path-kind' | 'conditions' | 'service' | 'text';

type Step = readonly [PrecedenceStep, (a: Route, b: Route) => number];

const STEPS: readonly Step[] = [
  ['priority', comparePriority],
  ['host', (a, b) => HOST_RANK[a.hostKind] - HOST_RANK[b.hostKind]],
  ['path-length', (a, b) => pathLength(b) - pathLength(a)],
  ['path-kind', (a, b) => PATH_RANK[a.pathKind] - PATH_RANK[b.pathKind]],
  ['conditions', (a, b) => b.conditions.length - a.conditions.length],
  ['service', (a, b) => compareBytes(a.service, b.service)],
  ['text', (a, b) => compareBytes(a.host, b.host)],
  ['text', (a, b) => compareBytes(a.path, b.path)],
  ['text', (a, b) => compareBytes(a.segment ?? '', b.segment ?? '')],
  ['text', (a, b) => compareBytes(JSON.stringify(a.conditions), JSON.stringify(b.conditions))],
];

/**
 * Orders routes as they are tried: priority, then the host (exact, pattern, any), then the longer path, of a template the part
 * before its first `{`; of equals the narrower kind of path, then more conditions, then `stack/name`. Zero only for the same requests of one service.
 */
export function comparePrecedence(a: Route, b: Route): number {
  for (const [, compare] of STEPS) {
    const difference = compare(a, b);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** What decides which of two routes is tried first; null where nothing does. */
export function decidingStep(a: Route, b: Route): PrecedenceStep | null {
  return STEPS.find(([, compare]) => compare(a, b) !== 0)?.[0] ?? null;
}

function pathLength({ path, pathKind }: Route): number {
  return pathKind === 'exact' || pathKind === 'prefix' ? path.length : literalLength(path);
}
