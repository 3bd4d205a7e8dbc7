import { REDACTED } from '../../model/secret.ts';
import type { Condition, HostMatch, PathMatch, Rewrite } from '../../model/table.ts';

/** What a frontend takes: any of the hosts (none: every host), any of the paths, and all conditions. */
export interface Asked {
  readonly hosts: readonly HostMatch[];
  /** All of them either whole paths or prefixes. */
  readonly paths: readonly PathMatch[];
  readonly conditions: readonly Condition[];
  readonly rewrite: Rewrite | null;
}

/** The rule in the syntax of Traefik 1.7. Values of fields may be credentials, so they are not told. */
export function ruleText({ hosts, paths, conditions, rewrite }: Asked): string {
  const strip = rewrite?.strip ?? [];
  const matchers = [
    hostMatcher(hosts),
    pathMatcher(paths, strip),
    ...conditions.map((condition) => conditionMatcher(condition, strip)),
    ...modifiers(rewrite),
  ].filter((matcher) => matcher !== null);
  return matchers.length === 0 ? 'PathPrefix:/' : matchers.join(';');
}

function hostMatcher(hosts: readonly HostMatch[]): string | null {
  const named = hosts.filter(({ hostKind }) => hostKind !== 'any');
  if (named.length === 0) return null;
  const name = named.every(({ hostKind }) => hostKind === 'exact') ? 'Host' : 'HostRegexp';
  return `${name}:${named.map(({ host }) => host).join(',')}`;
}

function pathMatcher(paths: readonly PathMatch[], strip: readonly PathMatch[]): string | null {
  const strips = paths.every((path) => strip.some((each) => isSame(each, path)));
  const isEvery = paths.some(({ path, pathKind }) => path === '/' && pathKind === 'prefix');
  if (isEvery && !strips) return null;
  const isPrefix = paths.some(({ pathKind }) => pathKind === 'prefix' || pathKind === 'prefix-pattern');
  const isPattern = paths.some(({ pathKind }) => pathKind === 'pattern' || pathKind === 'prefix-pattern');
  const name = `Path${isPrefix ? 'Prefix' : ''}${strips ? 'Strip' : ''}${strips && isPattern ? 'Regex' : ''}`;
  return `${name}:${paths.map(({ path }) => path).join(',')}`;
}

function isSame(a: PathMatch, b: PathMatch): boolean {
  return a.path === b.path && a.pathKind === b.pathKind;
}

function conditionMatcher(condition: Condition, strip: readonly PathMatch[]): string | null {
  if (condition.what === 'host') return hostMatcher(condition.anyOf);
  if (condition.what === 'path') return pathMatcher(condition.anyOf, strip);
  if (condition.what === 'method') return `Method:${condition.anyOf.join(',')}`;
  if (condition.what === 'query') return `Query:${condition.name}=${condition.value}`;
  return `${condition.what === 'field' ? 'Headers' : 'HeadersRegexp'}:${condition.name},${REDACTED}`;
}

function modifiers(rewrite: Rewrite | null): readonly string[] {
  if (rewrite === null) return [];
  const { addPrefix, replacePattern, replacePath } = rewrite;
  return [
    ...(addPrefix === '' ? [] : [`AddPrefix:${addPrefix}`]),
    ...(replacePattern === null
      ? []
      : [`ReplacePathRegex:${replacePattern.pattern} ${replacePattern.replacement}`]),
    ...(replacePath === null ? [] : [`ReplacePath:${replacePath}`]),
  ];
}
