import type { Finding } from '../model/finding.ts';
import { findingOf, type Label, type LabelSet } from './label.ts';
import { splitList } from './list.ts';
import { MATCHERS, type Part } from './matchers.ts';
import { nearest } from '../model/nearest.ts';
import { overridden } from './overridden.ts';
import { PATH_LABELS } from './paths.ts';
import { longestFirst, MAX_ROUTES, surplusOf, type Rule, type RuleReading } from './rule.ts';
import { shown } from './shown.ts';

/** The labels that a rule replaces; `traefik.domain` is not told, since Traefik 1.7 wants both. */
const REPLACED = [
  'traefik.alias',
  'traefik.alias.fqdn',
  'traefik.domain.regexp',
  'traefik.host.template',
].concat(PATH_LABELS.map(({ name }) => name));

const MAX_EXPRESSIONS = 100;

const MATCHER_NAMES = [...MATCHERS.values()].map(({ name }) => name);

/**
 * Reads `traefik.frontend.rule` as Traefik 1.7 does: matchers and modifiers joined by `;`, all of which hold, values by `,`. Null
 * where it is absent or blank. What cannot be understood refuses the service, on the hosts that were understood.
 */
export function readFrontendRule(labels: LabelSet): RuleReading | null {
  const label = labels.given('traefik.frontend.rule');
  if (label === null) return null;
  const domain = labels.given('traefik.domain');
  // A segment's own domain asks for a host that the service's rule does not give.
  const isOdd = domain !== null && labels.inherits(label) && !labels.inherits(domain);
  const ignored = REPLACED.flatMap((name) => labels.given(name) ?? [])
    .concat(isOdd ? [domain] : [])
    .map((loser) => overridden(loser, label));
  const { rule, problems } = parseRule(label.value);
  if (problems.length === 0) return { rule, refusal: null, findings: ignored };
  const findings = problems.slice(0, 10).map((problem) => invalid(label, problem, labels.subject(label)));
  const hosts = { hosts: rule.hosts, paths: [], conditions: [], rewrite: null };
  return {
    // Without a host it would take the requests of every other service.
    rule: rule.hosts.length === 0 ? null : hosts,
    refusal: `its label ${label.key} cannot be understood`,
    findings: [...ignored, ...findings],
  };
}

function parseRule(text: string): { readonly rule: Rule; readonly problems: readonly string[] } {
  const parts: Part[] = [];
  const problems: string[] = [];
  const used = new Set<string>();
  if (!hasMatchingBraces(text)) problems.push('has braces that do not match');
  const expressions = splitList(text, ';');
  if (expressions.length > MAX_EXPRESSIONS) problems.push(`has more than ${MAX_EXPRESSIONS} matchers`);
  for (const expression of expressions.slice(0, MAX_EXPRESSIONS)) {
    const read = parseExpression(expression, used);
    parts.push(...read.parts);
    problems.push(...read.problems);
  }
  if (parts.length === 0 && problems.length === 0)
    problems.push('names no matcher, such as "Host:example.com"');
  const rule = joinParts(parts);
  const surplus = surplusOf(rule);
  if (surplus !== null) problems.push(`makes more than ${surplus}; ask for fewer hosts or paths`);
  return { rule, problems };
}

function parseExpression(
  expression: string,
  used: Set<string>,
): { readonly parts: readonly Part[]; readonly problems: readonly string[] } {
  const colon = expression.indexOf(':');
  const given = (colon === -1 ? expression : expression.slice(0, colon)).trim();
  const matcher = MATCHERS.get(given.toLowerCase());
  if (matcher === undefined && (asksForFields(used) || HEADERS.test(given))) {
    // It may be a part of a credential that holds a ";", or one behind a "=" for the ":".
    const what = HEADERS.test(given) ? 'Headers or HeadersRegexp' : 'something behind Headers';
    const problem = `has ${what} that is not written as "Headers:name,value", without a ";" in values`;
    return { parts: [], problems: [problem] };
  }
  if (matcher === undefined) {
    if (/^[A-Za-z]+\s*\(/.test(given))
      return {
        parts: [],
        problems: [
          `has ${shown(expression)}, which is the syntax of Traefik 2; write it as "Host:www.example.com"`,
        ],
      };
    const known = nearest(given.toLowerCase(), MATCHER_NAMES);
    const hint = known === null ? '' : `; the nearest one is ${known}`;
    return { parts: [], problems: [`has ${shown(given)}, which is no matcher or modifier${hint}`] };
  }
  const { name, isModifier, parse } = matcher;
  if (isModifier && used.has(name))
    return { parts: [], problems: [`has ${name} twice; it can only be done once`] };
  used.add(name);
  const value = colon === -1 ? '' : expression.slice(colon + 1).trim();
  const values = isModifier ? [value] : splitList(value);
  if (values.length > MAX_ROUTES)
    return { parts: [], problems: [`has ${name} with more than ${MAX_ROUTES} values`] };
  if (values.join('') === '') return { parts: [], problems: [`has ${name} without a value`] };
  const parsed = parse(values);
  return { parts: parsed.parts, problems: parsed.problems.map((problem) => `has ${name} with ${problem}`) };
}

/** Values of fields may be credentials, so what follows a word like that is not repeated. */
const HEADERS = /header/i;

function asksForFields(used: ReadonlySet<string>): boolean {
  return used.has('Headers') || used.has('HeadersRegexp');
}

/** One rule of all parts: each list of hosts or paths by itself, what is done to the path together. */
function joinParts(parts: readonly Part[]): Rule {
  const strip = parts.flatMap((part) => part.strip ?? []);
  const addPrefix = parts.find((part) => part.addPrefix !== undefined)?.addPrefix ?? '';
  const replacePattern = parts.find((part) => part.replacePattern !== undefined)?.replacePattern ?? null;
  const replacePath = parts.find((part) => part.replacePath !== undefined)?.replacePath ?? null;
  const changes = strip.length > 0 || addPrefix !== '' || replacePattern !== null || replacePath !== null;
  return {
    hosts: parts.flatMap(({ hosts }) => (hosts === undefined ? [] : [hosts])),
    paths: parts.flatMap(({ paths }) => (paths === undefined ? [] : [paths])),
    conditions: parts.flatMap(({ conditions }) => conditions ?? []),
    rewrite: changes ? { strip: longestFirst(strip), addPrefix, replacePattern, replacePath } : null,
  };
}

/** Without that, a `;` or `,` behind an open brace would be taken for a part of a pattern. */
function hasMatchingBraces(text: string): boolean {
  let depth = 0;
  for (const character of text) {
    if (character === '{') depth++;
    else if (character === '}') depth--;
    if (depth < 0) return false;
  }
  return depth === 0;
}

function invalid(label: Label, problem: string, subject: string): Finding {
  return findingOf(label, 'invalid-label', 'error', `${label.key} ${problem}; ${subject} is refused.`);
}
