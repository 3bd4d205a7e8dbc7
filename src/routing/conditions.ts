import { isForwardedField } from '../model/forwarded.ts';
import { remembered } from '../model/remembered.ts';
import type { Condition, HostMatch, PathMatch } from '../model/table.ts';
import { compileHost, compilePath, compileSearch, compileValue, type Test, type Verdict } from './pattern.ts';

/** What of a request decides over its route. */
export interface MatchableRequest {
  /** As `normalizeHost` gives it. */
  readonly host: string;
  /** Of the request target, without its query, as sent. */
  readonly path: string;
  /** The request target with its query. */
  readonly target: string;
  readonly method: string;
  /** Alternating names and values, as received. */
  readonly fields: readonly string[];
}

/** Whether a request fulfils something; `path` is its path as paths are compared, `isTrusted` whether it is believed what it tells of its client. */
export type Requirement = (request: MatchableRequest, path: string, isTrusted: boolean) => Verdict;

/** Makes the test of one condition of a route. */
export function compileCondition(condition: Condition): Requirement {
  if (condition.what === 'host') {
    const tests = condition.anyOf.map(compileHostMatch);
    return ({ host }) => any(tests, host);
  }
  if (condition.what === 'path') {
    const tests = condition.anyOf.map(compilePathMatch);
    return (_, path) => any(tests, path);
  }
  if (condition.what === 'method') return ({ method }) => condition.anyOf.includes(method);
  if (condition.what === 'query') return compileQuery(condition.name, compileValue(condition.value));
  if (condition.what === 'field-pattern') {
    return compileField(condition.name, compileSearch(condition.pattern));
  }
  return compileField(condition.name, (text) => text === condition.value);
}

/** Whether some test passes. */
function any(tests: readonly Test[], text: string): Verdict {
  let verdict: Verdict = false;
  for (const test of tests) {
    const one = test(text);
    if (one === true) return true;
    if (one === 'too-long') verdict = one;
  }
  return verdict;
}

/** Makes the test of which hosts a route takes. */
export function compileHostMatch({ host, hostKind }: HostMatch): Test {
  if (hostKind === 'pattern') return compileHost(host);
  return hostKind === 'any' ? () => true : (text) => text === host;
}

/** Makes the test of which paths a route takes. A prefix ends at a segment. */
export function compilePathMatch({ path, pathKind }: PathMatch): Test {
  if (pathKind === 'exact') return (text) => text === path;
  if (pathKind !== 'prefix') return compilePath(path, pathKind === 'prefix-pattern');
  const endsSegment = path.endsWith('/');
  return (text) =>
    text.startsWith(path) && (endsSegment || text.length === path.length || text[path.length] === '/');
}

/** Some field of that name must pass; what an untrusted peer tells of its client counts as absent, as it is for the server. */
function compileField(name: string, test: Test): Requirement {
  const key = name.toLowerCase();
  const needsTrust = isForwardedField(key);
  return ({ fields }, _, isTrusted) => {
    if (needsTrust && !isTrusted) return false;
    let verdict: Verdict = false;
    for (let i = 0; i < fields.length; i += 2) {
      const field = fields[i] ?? '';
      if (field.length !== key.length || field.toLowerCase() !== key) continue;
      const one = test(fields[i + 1] ?? '');
      if (one === true) return true;
      if (one === 'too-long') verdict = one;
    }
    return verdict;
  };
}

/** Many routes may look at the query of one request, and taking a long one apart takes a fraction of a millisecond. */
const parametersOf = remembered(1, (query) => new URLSearchParams(query));

/** The first parameter of that name must pass, decoded. */
function compileQuery(name: string, test: Test): Requirement {
  return ({ target }) => {
    const at = target.indexOf('?');
    const value = at === -1 ? null : parametersOf(target.slice(at + 1)).get(name);
    return value === null ? false : test(value);
  };
}
