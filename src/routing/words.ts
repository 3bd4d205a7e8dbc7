import type { Condition, PathMatch, Rewrite, Route } from '../model/table.ts';

/** Which requests a route takes, as people write it: the host, the path where it is not every path, and what else must hold. */
export function routeWords({ host, path, pathKind, conditions }: Route): string {
  const where = path === '/' && pathKind === 'prefix' ? host : `${host}${pathWords({ path, pathKind })}`;
  return conditions.length === 0 ? where : `${where} if ${conditions.map(conditionWords).join(' and ')}`;
}

function pathWords({ path, pathKind }: PathMatch): string {
  return pathKind === 'exact' || pathKind === 'pattern' ? `${path} (exactly)` : path;
}

/** What a condition asks for, in words that may follow "if". The value of a field may be a credential, so it is not told. */
export function conditionWords(condition: Condition): string {
  if (condition.what === 'host') return `host is ${condition.anyOf.map(({ host }) => host).join(' or ')}`;
  if (condition.what === 'path') return `path is ${condition.anyOf.map(pathWords).join(' or ')}`;
  if (condition.what === 'method') return `method is ${condition.anyOf.join(' or ')}`;
  if (condition.what === 'query') return `query has ${condition.name}=${condition.value}`;
  return `the field ${condition.name} ${condition.what === 'field' ? 'has the value asked for' : 'matches'}`;
}

/** What is done to the path before a request is sent on, one text for each step, in their order. */
export function rewriteWords(rewrite: Rewrite | null): readonly string[] {
  if (rewrite === null) return [];
  const { strip, addPrefix, replacePattern, replacePath } = rewrite;
  return [
    ...(strip.length === 0 ? [] : [`cuts off ${strip.map(({ path }) => path).join(' or ')}`]),
    ...(addPrefix === '' ? [] : [`puts ${addPrefix} before the path`]),
    ...(replacePattern === null
      ? []
      : [`replaces ${replacePattern.pattern} by ${replacePattern.replacement || 'nothing'}`]),
    ...(replacePath === null ? [] : [`sends ${replacePath} instead of the path`]),
  ];
}

/** The words that the proxy's own answers have about routes, after their status. */
export const ANSWER_WORDS = {
  noRoute: (host: string) => `no route takes this request for ${host.slice(0, 200)}`,
  refused: (service: string) => `${service} is not published`,
  noServer: (service: string) => `${service} has no eligible container at the moment`,
  noneLeft: (backend: string) => `${backend} has no server left`,
  allFailing: (backend: string) => `every server of ${backend} fails its health check`,
  allBusy: (backend: string) => `all servers of ${backend} are busy`,
  circuitOpen: (backend: string) =>
    `the circuit breaker of ${backend} is open, because too many requests went wrong`,
  tooLong:
    'a pattern decides over this request, and it is not compared with a path of more than 2048 or a value of more than 4096 characters',
  ambiguousPath: 'servers differ on where ".." in this path leads; send the path without it',
} as const;
