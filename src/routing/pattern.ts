import { RE2JS } from 're2js';
import { comparablePath, encodePath } from '../model/path.ts';
import { remembered } from '../model/remembered.ts';
import { literalLength, parseTemplate, WILDCARDS } from '../model/template.ts';

/** Whether something matches; `too-long`: nobody knows, since what is to be compared is longer than patterns are compared with. */
export type Verdict = boolean | 'too-long';

/** Says whether a text matches. */
export type Test = (text: string) => Verdict;

/**
 * The time of a comparison is linear in the text, but a character may cost tens of microseconds (a pattern has up to 200
 * states), during which nobody else's request is served. So longer texts are not compared.
 */
const MAX_TEXT = { path: 2048, value: 4096 } as const;

/** Each find is linear, so all of them together are not: so many matches are replaced at most. */
const MAX_REPLACED = 20;

/** A table that follows another mostly has its patterns, and the routes of one rule share them. */
const compile = remembered(2000, (source) => RE2JS.compile(source));

/** Makes the test of a host template; hosts match as a whole. Throws on what is no template: a bug, since labels are read strictly. */
export function compileHost(template: string): Test {
  const regex = compile(`(?i:${sourceOf(template, 'host')})`);
  // Most hosts differ from most templates in their ends, and to see that is twenty times faster.
  const end = template.slice(template.lastIndexOf('}') + 1).toLowerCase();
  return (host) => host.endsWith(end) && regex.testExact(host);
}

/** Makes the test of a path template, of a whole path or of a prefix that ends at a segment. */
export function compilePath(template: string, isPrefix: boolean): Test {
  const regex = compile(`${sourceOf(template, 'path')}${isPrefix ? restOf(template) : ''}`);
  const start = literalSource(template.slice(0, literalLength(template)), 'path');
  return (path) => {
    if (!path.startsWith(start)) return false;
    return path.length > MAX_TEXT.path ? 'too-long' : regex.testExact(path);
  };
}

/** Makes what finds the length of the part of a path that a template matches at its start; -1 where it does not. */
export function compileCut(template: string, isPrefix: boolean): (path: string) => number | 'too-long' {
  const regex = compile(`^(${sourceOf(template, 'path')})${isPrefix ? restOf(template) : ''}$`);
  return (path) => {
    if (path.length > MAX_TEXT.path) return 'too-long';
    const found = regex.matcher(path);
    return found.find() ? found.end(1) : -1;
  };
}

/** Makes the test of the template of a query parameter's value. */
export function compileValue(template: string): Test {
  const regex = compile(sourceOf(template, 'query'));
  return (value) => (value.length > MAX_TEXT.value ? 'too-long' : regex.testExact(value));
}

/** Makes the test of RE2 source, which may match anywhere in a text. */
export function compileSearch(source: string): Test {
  const regex = compile(source);
  return (text) => (text.length > MAX_TEXT.value ? 'too-long' : regex.test(text));
}

/** Makes what replaces every match, or the first twenty; in the replacement `$1`, `$name` and `${name}` stand for groups and `$$` for `$` (Go's `Expand`). */
export function compileReplace(
  source: string,
  replacement: string,
): (text: string) => { readonly text: string } | 'too-long' {
  const regex = compile(source);
  const groupNames = regex.namedGroups();
  return (text) => {
    if (text.length > MAX_TEXT.path) return 'too-long';
    const found = regex.matcher(text);
    let replaced = 0;
    let out = '';
    let end = 0;
    let wasFound = false;
    while (replaced < MAX_REPLACED && found.find()) {
      // As in Go, nothing is found right behind a match.
      if (wasFound && found.start() === end && found.end() === end) continue;
      wasFound = true;
      replaced++;
      const expanded = replacement.replace(/\$(?:(\$)|\{(\w+)\}|(\w+))/g, (_, dollar, braced, bare) => {
        if (dollar !== undefined) return '$';
        const name: string = braced ?? bare;
        const group = /^\d+$/.test(name) ? Number(name) : groupNames[name];
        return group === undefined || group > regex.groupCount() ? '' : (found.group(group) ?? '');
      });
      out += text.slice(end, found.start()) + expanded;
      end = found.end();
    }
    return { text: out + text.slice(end) };
  };
}

/** What may follow a prefix: nothing or a new segment, unless the prefix itself ends with one. */
function restOf(template: string): string {
  return template.endsWith('/') ? '(?s:.*)' : '(?:/(?s:.*))?';
}

function sourceOf(template: string, what: keyof typeof WILDCARDS): string {
  const parts = parseTemplate(template, WILDCARDS[what]);
  if (parts === null) throw new Error(`${template} is not a template.`);
  return parts
    .map(({ kind, text }) => {
      if (kind === 'pattern') return `(?:${text})`;
      return RE2JS.quote(literalSource(text, what));
    })
    .join('');
}

/** What stands outside of braces, in the spelling that requests are compared in. */
function literalSource(text: string, what: keyof typeof WILDCARDS): string {
  return what === 'path' ? comparablePath(encodePath(text) ?? text) : text;
}
