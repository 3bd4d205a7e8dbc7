import { comparablePath, endOfComparable, resolvePath } from '../model/path.ts';
import type { PathMatch, Rewrite } from '../model/table.ts';
import { compilePathMatch } from './conditions.ts';
import { compileCut, compileReplace } from './pattern.ts';

/** A request target as it is sent on. */
export interface Rewritten {
  readonly target: string;
  /** What was cut off, for `X-Forwarded-Prefix`; null where nothing was. */
  readonly prefix: string | null;
}

/** Why it cannot be said which target would be sent on, or, of a request, which route it takes. */
export type Unclear = 'ambiguous' | 'too-long';

/** Rewrites a request target; the result begins with `/` and keeps the query. */
export type Rewriter = (target: string) => Rewritten | Unclear;

type Cut = (path: string) => number | 'too-long';

/** Makes what rewrites request targets, in the order of Traefik 1.7: strip, add a prefix, replace by a pattern, replace. */
export function compileRewrite(rewrite: Rewrite): Rewriter {
  const cuts = rewrite.strip.map(compileStrip);
  const { addPrefix, replacePattern, replacePath } = rewrite;
  const replace =
    replacePattern === null ? null : compileReplace(replacePattern.pattern, replacePattern.replacement);

  return (target) => {
    if (!target.startsWith('/')) return { target, prefix: null };
    const queryAt = target.indexOf('?');
    const resolved = resolvePath(queryAt === -1 ? target : target.slice(0, queryAt));
    if (resolved === null) return 'ambiguous';
    const cutAt = cutOf(cuts, resolved);
    if (cutAt === 'too-long') return cutAt;
    const stripped = withSlash(resolved.slice(cutAt));
    const prefixed = addPrefix === '' ? stripped : withSlash(`${addPrefix}${stripped}`);
    // A replacement may join what was apart to `..`.
    const replacement = replace === null ? { text: prefixed } : replace(comparablePath(prefixed));
    if (replacement === 'too-long') return replacement;
    const replaced = replace === null ? prefixed : resolvePath(withSlash(replacement.text));
    if (replaced === null) return 'ambiguous';
    const query = queryAt === -1 ? '' : target.slice(queryAt);
    const prefix = resolved.slice(0, cutAt).replace(/\/$/, '');
    return { target: `${replacePath ?? replaced}${query}`, prefix: prefix === '' ? null : prefix };
  };
}

/** How much of a path is cut off. Found in the spelling that paths are compared in, cut in the one that was sent. */
function cutOf(cuts: readonly Cut[], path: string): number | 'too-long' {
  const comparable = comparablePath(path);
  for (const cut of cuts) {
    const length = cut(comparable);
    if (length === 'too-long') return length;
    if (length >= 0) return comparable === path ? length : endOfComparable(path, length);
  }
  return 0;
}

function compileStrip(match: PathMatch): Cut {
  const { path, pathKind } = match;
  if (pathKind === 'pattern' || pathKind === 'prefix-pattern')
    return compileCut(path, pathKind !== 'pattern');
  const test = compilePathMatch(match);
  return (text) => (test(text) === true ? path.length : -1);
}

function withSlash(path: string): string {
  return path.startsWith('/') ? path : `/${path}`;
}
