import { RE2JS } from 're2js';
import { remembered } from '../model/remembered.ts';
import { comparablePath, encodePath, resolvePath } from '../model/path.ts';
import type { HostMatch, PathMatch } from '../model/table.ts';
import { parseTemplate, WILDCARDS } from '../model/template.ts';
import { parseHost } from './domain.ts';

/** What a text was read as, or what is wrong with it, to be read after "which". */
export type Parsed<T> = { readonly value: T } | { readonly problem: string };

/** Any team can write patterns, and each is compared with many requests: these keep one from costing much. */
const MAX_PATTERN_LENGTH = 500;
const MAX_PROGRAM_SIZE = 200;

const MAX_PATH_LENGTH = 4096;
const TOO_LONG = { problem: `is longer than a path may be (${MAX_PATH_LENGTH} characters)` };

/** Reads a host: a plain name, or a template such as `{sub:[a-z]+}.example.com`. */
export function parseHostMatch(given: string): Parsed<HostMatch> {
  // Hosts are matched without their last dot.
  const text = given.replace(/\.$/, '');
  if (/[{}]/.test(text)) {
    const problem = problemOfTemplate(text, 'host') ?? problemOfHostTemplate(text);
    return problem === null ? { value: { host: text, hostKind: 'pattern' } } : { problem };
  }
  const host = parseHost(text);
  if (host !== null) return { value: { host, hostKind: 'exact' } };
  const hint = text.startsWith('*') ? '; for any first part write "{sub:[^.]+}" instead of "*"' : '';
  return { problem: `is not a host name such as "www.example.com"${hint}` };
}

/** Reads a path or, with `isPrefix`, the start of one: plain, or a template such as `/users/{id:[0-9]+}`. */
export function parsePathMatch(text: string, isPrefix: boolean): Parsed<PathMatch> {
  if (text.length > MAX_PATH_LENGTH) return TOO_LONG;
  if (!text.startsWith('/')) return { problem: 'is not a path: it must begin with "/"' };
  if (/[{}]/.test(text)) {
    const problem = problemOfTemplate(text, 'path');
    if (problem !== null) return { problem };
    return { value: { path: text, pathKind: isPrefix ? 'prefix-pattern' : 'pattern' } };
  }
  if (/[?#]/.test(text)) return { problem: 'is not a path: no path contains "?" or "#"' };
  const path = resolvePath(encodePath(text) ?? '/..%2F');
  if (path === null) return { problem: 'is not a path that can be matched: it can be read in two ways' };
  return { value: { path: comparablePath(path), pathKind: isPrefix ? 'prefix' : 'exact' } };
}

/** Reads what is sent instead of a path, or before it. */
export function parseSentPath(text: string): Parsed<string> {
  if (text.length > MAX_PATH_LENGTH) return TOO_LONG;
  if (!text.startsWith('/')) return { problem: 'is not a path: it must begin with "/"' };
  const path = encodePath(text);
  return path === null ? { problem: 'is not a path' } : { value: path };
}

/** What is wrong with RE2 source; null: nothing. */
export function problemOfPattern(source: string): string | null {
  return source.length > MAX_PATTERN_LENGTH
    ? `is longer than a pattern may be (${MAX_PATTERN_LENGTH} characters)`
    : problemOfSource(source);
}

/** Every refresh asks for the same ones again. */
const problemOfSource = remembered(2000, (source): string | null => {
  try {
    const size = RE2JS.compile(source).programSize();
    return size > MAX_PROGRAM_SIZE ? 'is too costly a pattern: repeat less' : null;
  } catch (error) {
    // Its end quotes the pattern, which could be anything.
    const reason = /^error parsing regexp: ([a-zA-Z ()[\]]+)/.exec(
      error instanceof Error ? error.message : '',
    );
    const hint = reason === null ? '' : ` (${reason[1]?.trim()})`;
    return `is not a regular expression of Go's syntax, RE2${hint}`;
  }
});

/** What is wrong with a template; null: nothing. */
export function problemOfTemplate(text: string, what: keyof typeof WILDCARDS): string | null {
  // Each part by itself, so that no part can reach over its braces.
  const parts = parseTemplate(text, WILDCARDS[what]);
  if (parts === null) return 'has braces that do not match: a pattern is written "{name:pattern}"';
  if (text.length > MAX_PATTERN_LENGTH)
    return `is longer than a pattern may be (${MAX_PATTERN_LENGTH} characters)`;
  for (const { kind, text: part } of parts) {
    if (what === 'path' && kind === 'literal' && encodePath(part) === null) return 'is not a path';
    if (kind === 'literal') continue;
    // By itself, and in a group as it will stand: an open `\Q` must not quote what follows.
    const problem = problemOfPattern(part) ?? problemOfSource(`(?:${part})`);
    if (problem !== null) return problem;
  }
  const whole = parts.map(({ kind, text: part }) => (kind === 'pattern' ? `(?:${part})` : RE2JS.quote(part)));
  // Together they may still be none: two groups of one name.
  return problemOfSource(whole.join(''));
}

/** Outside its braces a host template holds what names hold, or it could never match. */
function problemOfHostTemplate(text: string): string | null {
  const literals = (parseTemplate(text, WILDCARDS.host) ?? []).filter(({ kind }) => kind === 'literal');
  return literals.every((part) => /^[\w.-]+$/.test(part.text))
    ? null
    : 'has a character outside of its braces that no host name has';
}
