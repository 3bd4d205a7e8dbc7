import type { Condition, PathMatch, Route } from '../model/table.ts';

/** Which requests a route takes, as people write it: the host, the path where it is not every path, and what else must hold. */
export function routeWords({ host, path, pathKind, conditions }: Route): string {
  const where = path === '/' && pathKind === 'prefix' ? host : `${host}${pathWords({ path, pathKind })}`;
  return conditions.length === 0 ? where : `${where} if ${conditions.map(conditionWords).join(' and ')}`;
}

function pathWords({ path, pathKind }: PathMatch): string {
  return pathKind === 'exact' || pathKind === 'pattern' ? `${path} (exactly)` : path;
}

/** What a condition asks for, in words that may follow "if". The value of a field may be a credential, so it is not told. */
function conditionWords(condition: Condition): string {
  if (condition.what === 'host') return `host is ${condition.anyOf.map(({ host }) => host).join(' or ')}`;
  if (condition.what === 'path') return `path is ${condition.anyOf.map(pathWords).join(' or ')}`;
  if (condition.what === 'method') return `method is ${condition.anyOf.join(' or ')}`;
  if (condition.what === 'query') return `query has ${condition.name}=${condition.value}`;
  return `the field ${condition.name} ${condition.what === 'field' ? 'has the value asked for' : 'matches'}`;
}
