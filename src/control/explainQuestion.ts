import { METHODS } from 'node:http';
import { normalizeHost } from '../routing/host.ts';
import type { MatchableRequest } from '../routing/conditions.ts';
import { shown } from '../labels/shown.ts';

/** A request that somebody asks about, as they gave it. */
export interface Question {
  readonly host: string;
  /** With or without a query; null: `/`. */
  readonly path: string | null;
  /** Null: GET. */
  readonly method: string | null;
  /** Each `Name: value`. */
  readonly fields: readonly string[];
}

/** A request as the proxy would see it. */
export interface AskedRequest extends MatchableRequest {
  /** What Host would say. */
  readonly authority: string;
}

/** What is wrong with a question, and what would be right, in one sentence. */
export interface Mistake {
  readonly mistake: string;
}

const MAX_FIELDS = 100;
const MAX_TARGET = 8192;

/** Reads a question as the proxy reads a request: what it would refuse is a mistake. Other than visible ASCII in the path is encoded, as browsers do. */
export function readQuestion({ host, path, method, fields }: Question): AskedRequest | Mistake {
  const authority = host.trim();
  const normalized = normalizeHost(authority);
  if (normalized === null) return hostMistake(authority);
  const target = readTarget(path === null || path === '' ? '/' : path);
  if (typeof target !== 'string') return target;
  const verb = (method === null || method === '' ? 'GET' : method).toUpperCase();
  if (verb === 'CONNECT') return { mistake: 'CONNECT is not offered by the proxy; ask about another method' };
  if (!METHODS.includes(verb))
    return {
      mistake: `the method ${shown(verb)} is none that HTTP servers know; give one such as GET or POST`,
    };
  const pairs = readFields(fields);
  if ('mistake' in pairs) return pairs;
  return {
    host: normalized,
    authority,
    target,
    path: target.replace(/\?.*$/s, ''),
    method: verb,
    fields: pairs,
  };
}

function hostMistake(authority: string): Mistake {
  const [, host, path = ''] = /^https?:\/\/([^/?#]*)([^#]*)/i.exec(authority) ?? [];
  const example =
    host === undefined || normalizeHost(host) === null
      ? 'such as web.example.com or web.example.com:8080'
      : `here ${host}${path === '' ? '' : `, and ${shown(path)} as the path`}`;
  return {
    mistake: `${shown(authority)} is not a host; give one host name or address, with or without a port, ${example}`,
  };
}

function readTarget(path: string): string | Mistake {
  const given = shown(path);
  if (!path.startsWith('/')) return { mistake: `the path ${given} must begin with "/"` };
  if (path.includes('#'))
    return {
      mistake: `the path ${given} has a fragment, which is never sent; leave out "#" and what follows`,
    };
  if (path.length > MAX_TARGET)
    return { mistake: `the path has ${path.length} characters; at most ${MAX_TARGET} can be explained` };
  // Lone surrogates, which no request can carry.
  if (/\p{Cs}/u.test(path)) return { mistake: `the path ${given} is no text` };
  return path.replace(/[^\x21-\x7e]+/g, encodeURIComponent);
}

function readFields(fields: readonly string[]): readonly string[] | Mistake {
  if (fields.length > MAX_FIELDS)
    return { mistake: `a request may have ${MAX_FIELDS} header fields at most; there are ${fields.length}` };
  const pairs: string[] = [];
  for (const field of fields) {
    const [, name = '', value = ''] =
      /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e\u0080-\u00ff]*)$/.exec(field) ?? [];
    // Its value may be a credential, so what is wrong is not repeated.
    if (name === '') return { mistake: 'a header must be given as "Name: value", e.g. X-Version: 2' };
    if (name.toLowerCase() === 'host') return { mistake: 'Host is given as the host, not as a header' };
    pairs.push(name, value.trimEnd());
  }
  return pairs;
}
