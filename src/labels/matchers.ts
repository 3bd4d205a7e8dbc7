import type { Condition, HostMatch, PathMatch, Rewrite } from '../model/table.ts';
import {
  parseHostMatch,
  parsePathMatch,
  parseSentPath,
  problemOfPattern,
  problemOfTemplate,
  type Parsed,
} from './pattern.ts';
import { shown } from './shown.ts';

/** What one matcher or modifier adds to a rule. */
export interface Part extends Partial<Rewrite> {
  readonly hosts?: readonly HostMatch[];
  readonly paths?: readonly PathMatch[];
  readonly conditions?: readonly Condition[];
}

/** What was understood of one matcher's values, and what is wrong with them, each to be read after its name and "with". */
export interface ParsedValues {
  readonly parts: readonly Part[];
  readonly problems: readonly string[];
}

/** A word of `traefik.frontend.rule`. */
export interface Matcher {
  readonly name: string;
  /** A modifier has one value, commas and all, and may stand once. */
  readonly isModifier: boolean;
  /** Of at least one value, not blank. */
  readonly parse: (values: readonly string[]) => ParsedValues;
}

/** A name or method as HTTP writes it (RFC 9110 section 5.6.2). */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** All matchers and modifiers of Traefik 1.7, by lower-case name. */
export const MATCHERS: ReadonlyMap<string, Matcher> = new Map(
  [
    matcher('Host', parseHosts),
    matcher('HostRegexp', parseHosts),
    matcher('Path', (values) => parsePaths(values, false, false)),
    matcher('PathStrip', (values) => parsePaths(values, false, true)),
    matcher('PathStripRegex', (values) => parsePaths(values, false, true)),
    matcher('PathPrefix', (values) => parsePaths(values, true, false)),
    matcher('PathPrefixStrip', (values) => parsePaths(values, true, true)),
    matcher('PathPrefixStripRegex', (values) => parsePaths(values, true, true)),
    matcher('Method', parseMethods),
    matcher('Headers', (values) => parseFields(values, parseFieldValue)),
    matcher('HeadersRegexp', (values) => parseFields(values, parseFieldPattern)),
    matcher('Query', parseQuery),
    modifier('AddPrefix', (value) => sentPath(value, (addPrefix) => ({ addPrefix }))),
    modifier('ReplacePath', (value) => sentPath(value, (replacePath) => ({ replacePath }))),
    modifier('ReplacePathRegex', parseReplacement),
  ].map((each) => [each.name.toLowerCase(), each]),
);

function matcher(name: string, parse: Matcher['parse']): Matcher {
  return { name, isModifier: false, parse };
}

function modifier(name: string, parse: (value: string) => ParsedValues): Matcher {
  return { name, isModifier: true, parse: ([value = '']) => parse(value) };
}

/** Reads each value by itself; the part is made of all of them, or not at all. */
function parseEach<T>(
  values: readonly string[],
  parse: (value: string) => Parsed<T>,
  toPart: (read: readonly T[]) => Part,
): ParsedValues {
  const read: T[] = [];
  const problems: string[] = [];
  for (const value of values) {
    const parsed = parse(value);
    if ('value' in parsed) read.push(parsed.value);
    else problems.push(`${shown(value)}, which ${parsed.problem}`);
  }
  return { parts: problems.length === 0 ? [toPart(read)] : [], problems };
}

function parseHosts(values: readonly string[]): ParsedValues {
  return parseEach(values, parseHostMatch, (hosts) => ({ hosts }));
}

function parsePaths(values: readonly string[], isPrefix: boolean, strips: boolean): ParsedValues {
  return parseEach(
    values,
    (value) => parsePathMatch(value, isPrefix),
    (paths) => (strips ? { paths, strip: paths } : { paths }),
  );
}

function parseMethods(values: readonly string[]): ParsedValues {
  return parseEach<string>(
    values,
    (value) =>
      TOKEN.test(value) ? { value: value.toUpperCase() } : { problem: 'is not a method such as "GET"' },
    (anyOf) => ({ conditions: [{ what: 'method', anyOf: [...new Set(anyOf)].toSorted() }] }),
  );
}

function parseQuery(values: readonly string[]): ParsedValues {
  return parseEach<Condition>(
    values,
    (text) => {
      const [, name = '', value = ''] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
      if (name === '') return { problem: 'is not written as "name=value"' };
      const problem = problemOfTemplate(value, 'query');
      // As in gorilla/mux: no value stands for any.
      return problem === null ? { value: { what: 'query', name, value: value || '{any}' } } : { problem };
    },
    (conditions) => ({ conditions }),
  );
}

/** Names and values in turn. The values may be credentials, so no message has them. */
function parseFields(
  values: readonly string[],
  parse: (name: string, value: string) => Parsed<Condition>,
): ParsedValues {
  if (values.length % 2 === 1) {
    return { parts: [], problems: ['a name or a value too few; it is written as "name,value,name,value"'] };
  }
  const conditions: Condition[] = [];
  const problems: string[] = [];
  for (let i = 0; i < values.length; i += 2) {
    const [name = '', value = ''] = values.slice(i, i + 2);
    const parsed: Parsed<Condition> = TOKEN.test(name)
      ? parse(name, value)
      : { problem: 'which is not the name of a field' };
    if ('value' in parsed) conditions.push(parsed.value);
    // Where a value has a comma, what stands for a name is a part of it.
    else if (i > 0 && !TOKEN.test(name)) problems.push(`entry ${i + 1}, ${parsed.problem}`);
    else problems.push(`${shown(name)}, ${parsed.problem}`);
  }
  return { parts: problems.length === 0 ? [{ conditions }] : [], problems };
}

function parseFieldValue(name: string, value: string): Parsed<Condition> {
  return { value: { what: 'field', name: name.toLowerCase(), value } };
}

function parseFieldPattern(name: string, pattern: string): Parsed<Condition> {
  const problem = problemOfPattern(pattern);
  if (problem !== null) return { problem: `whose value ${problem}` };
  return { value: { what: 'field-pattern', name: name.toLowerCase(), pattern } };
}

function sentPath(value: string, toPart: (path: string) => Part): ParsedValues {
  return parseEach([value], parseSentPath, ([path = '/']) => toPart(path));
}

/** `PATTERN REPLACEMENT`, with one space or more between. */
function parseReplacement(value: string): ParsedValues {
  const [pattern = '', replacement, ...rest] = value.split(/\s+/);
  if (replacement === undefined || rest.length > 0) {
    const problem = `${shown(value)}, which is not written as "PATTERN REPLACEMENT" with one space between`;
    return { parts: [], problems: [problem] };
  }
  const problem = problemOfPattern(pattern);
  if (problem !== null) return { parts: [], problems: [`${shown(pattern)}, which ${problem}`] };
  const parsed = parseReplacementText(replacement);
  if ('problem' in parsed) return { parts: [], problems: [`${shown(replacement)}, which ${parsed.problem}`] };
  return { parts: [{ replacePattern: { pattern, replacement: parsed.value } }], problems: [] };
}

function parseReplacementText(text: string): Parsed<string> {
  const parsed = parseSentPath(`/${text}`);
  return 'value' in parsed ? { value: parsed.value.slice(1) } : parsed;
}
