import { REDACTED } from '../model/secret.ts';
import { splitList } from './list.ts';
import { shown } from './shown.ts';

const WORDS: Readonly<Record<string, (values: string) => string>> = {
  host: (values) => `the host is ${values}`,
  hostregexp: (values) => `the host matches ${values}`,
  path: (values) => `the path is ${values}`,
  pathstrip: (values) => `the path is ${values}, which is cut off`,
  pathstripregex: (values) => `the path matches ${values}, which is cut off`,
  pathprefix: (values) => `the path is below ${values}`,
  pathprefixstrip: (values) => `the path is below ${values}, which is cut off`,
  pathprefixstripregex: (values) => `the path is below ${values}, which is cut off`,
  method: (values) => `the method is ${values}`,
  query: (values) => `the query has ${values}`,
};

const MODIFIERS: Readonly<Record<string, (value: string) => string>> = {
  addprefix: (value) => `${value} is put before the path`,
  replacepath: (value) => `${value} is sent instead of the path`,
  replacepathregex: (value) => `in the path, ${value} is replaced`,
};

/** What `traefik.frontend.rule` says. Values of header fields may be credentials, so only their names are told. */
export function ruleWords(rule: string): string | null {
  const asks: string[] = [];
  const does: string[] = [];
  for (const part of splitList(rule, ';')) {
    const [, name = '', values = ''] = /^\s*(\w+)\s*:\s*(.*)$/s.exec(part) ?? [];
    const key = name.toLowerCase();
    const words = WORDS[key];
    const modifier = MODIFIERS[key];
    if (words !== undefined) asks.push(words(list(values)));
    else if (modifier !== undefined) does.push(modifier(shown(values.trim())));
    else if (key === 'headers' || key === 'headersregexp')
      asks.push(`the field ${unquoted(values.split(',')[0]?.trim() ?? '')} has the value asked for`);
    else return null;
  }
  const which = asks.length === 0 ? 'all requests reach it' : `requests reach it if ${asks.join(', and ')}`;
  return [which, ...does].join('; ');
}

/**
 * A rule as it may be shown: without the values of header fields, which may be credentials, also where it is misspelled. What follows
 * is shown as far as it is a matcher; else it may be a part of a value that holds a `;`.
 */
export function redactRule(rule: string): string {
  if (!/header/i.test(rule)) return rule;
  let isBehind = false;
  return splitList(rule, ';')
    .map((part) => {
      const [word = ''] = /^\w*/.exec(part) ?? [];
      const isHeader = /header/i.test(part);
      isBehind ||= isHeader;
      if (isHeader) return part.replace(/(header\w*)(?:(\s*:)(\s*[\w-]+\s*,)?)?.*$/is, `$1$2$3${REDACTED}`);
      return isBehind && !isMatcher(word, part) ? REDACTED : part;
    })
    .join(';');
}

function isMatcher(word: string, part: string): boolean {
  const key = word.toLowerCase();
  return (key in WORDS || key in MODIFIERS) && part.slice(word.length).trimStart().startsWith(':');
}

function list(values: string): string {
  return splitList(values).slice(0, 10).map(unquoted).join(' or ');
}

function unquoted(text: string): string {
  return shown(text).replace(/^"|"$/g, '');
}
