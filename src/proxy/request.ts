import { normalizeHost } from '../routing/host.ts';
import type { Failure } from './failure.ts';

/** A request head as its parser hands it over: nothing trusted yet. */
export interface ParsedHead {
  readonly method: string;
  readonly target: string;
  /** `1.1`, `1.0`; anything else is refused. */
  readonly version: string;
  /** Alternating names and values, as received. */
  readonly fields: readonly string[];
}

/** How the request's body is delimited (RFC 9112 §6). */
export type Framing = 'none' | 'length' | 'chunked';

/** A request head that can be routed and forwarded without a second reading being possible. */
export interface RequestHead {
  readonly method: string;
  readonly version: '1.0' | '1.1';
  /** What the server is asked for: origin form, or `*`. */
  readonly target: string;
  /** The target without its query, as sent; `/` for `*`. */
  readonly path: string;
  /** Host and port as the client wrote them, from the target where that is absolute. */
  readonly authority: string;
  /** For matching: lower case, no port, no trailing dot. */
  readonly host: string;
  readonly framing: Framing;
  /** Bytes of the body where `framing` is `length`, else 0. */
  readonly contentLength: number;
  /** Lower-case names that `Connection` lists. */
  readonly connectionOptions: readonly string[];
  /** The `Expect` field's value in lower case; empty where there is none. */
  readonly expectation: string;
  /** Whether there are fields that claim to tell of a client behind the peer: `X-Forwarded-For`, `X-Forwarded-Proto` or `Forwarded`. */
  readonly claimsToForward: boolean;
  readonly fields: readonly string[];
}

/** More fields than this are answered 431. */
export const MAX_FIELDS = 100;

const ABSOLUTE = /^https?:\/\/([^/?#]*)([^#]*)$/i;
const CONTENT_LENGTH = /^[0-9]{1,15}$/;
const CODING = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** Reads a head strictly. Whatever two readers could understand differently is a `bad-request` (RFC 9112 §3, §6). */
export function readHead(parsed: ParsedHead): RequestHead | Failure {
  if (parsed.version !== '1.1' && parsed.version !== '1.0') {
    return { kind: 'unsupported-version', detail: 'this proxy speaks HTTP/1.1 and HTTP/1.0' };
  }
  if (parsed.method === 'CONNECT') {
    return { kind: 'not-implemented', detail: 'CONNECT is not offered here' };
  }
  const { fields } = parsed;
  if (fields.length > MAX_FIELDS * 2) {
    return { kind: 'head-too-large', detail: `a request may have ${MAX_FIELDS} header fields at most` };
  }
  const found = collect(fields);
  const framing = readFraming(found, parsed.version);
  if (typeof framing !== 'string') return framing;
  const addressed = readTarget(parsed, found.hosts);
  if ('kind' in addressed) return addressed;
  return {
    method: parsed.method,
    version: parsed.version,
    ...addressed,
    framing,
    contentLength: framing === 'length' ? Number(found.lengths[0]) : 0,
    connectionOptions: found.connectionOptions,
    expectation: found.expectation,
    claimsToForward: found.claimsToForward,
    fields,
  };
}

interface Found {
  readonly hosts: string[];
  readonly lengths: string[];
  readonly codings: string[];
  readonly connectionOptions: string[];
  expectation: string;
  claimsToForward: boolean;
}

function collect(fields: readonly string[]): Found {
  const found: Found = {
    hosts: [],
    lengths: [],
    codings: [],
    connectionOptions: [],
    expectation: '',
    claimsToForward: false,
  };
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] ?? '';
    const value = fields[i + 1] ?? '';
    switch (name.length) {
      case 4:
        if (name.toLowerCase() === 'host') found.hosts.push(value);
        break;
      case 6:
        if (name.toLowerCase() === 'expect') found.expectation += value.toLowerCase();
        break;
      case 9:
        if (name.toLowerCase() === 'forwarded') found.claimsToForward = true;
        break;
      case 10:
        if (name.toLowerCase() === 'connection') found.connectionOptions.push(...listMembers(value));
        break;
      case 14:
        if (name.toLowerCase() === 'content-length') found.lengths.push(value);
        break;
      case 15:
        if (name.toLowerCase() === 'x-forwarded-for') found.claimsToForward = true;
        break;
      case 17:
        if (name.toLowerCase() === 'x-forwarded-proto') found.claimsToForward = true;
        if (name.toLowerCase() === 'transfer-encoding') found.codings.push(value);
        break;
      default:
    }
  }
  return found;
}

/** The lower-case members of a comma-separated field value. */
export function listMembers(value: string): string[] {
  return value
    .toLowerCase()
    .split(',')
    .map((member) => member.trim())
    .filter((member) => member !== '');
}

function readFraming(found: Found, version: string): Framing | Failure {
  const { lengths, codings } = found;
  if (codings.length > 0) {
    if (lengths.length > 0) return bad('both Content-Length and Transfer-Encoding; send one of them');
    if (version === '1.0') return bad('Transfer-Encoding in an HTTP/1.0 request');
    if (codings.length === 1 && codings[0]?.toLowerCase() === 'chunked') return 'chunked';
    const members = codings.flatMap((value) => value.toLowerCase().split(',')).map((member) => member.trim());
    const isUnknownCoding =
      members.every((member) => CODING.test(member)) && members.indexOf('chunked') === members.length - 1;
    return isUnknownCoding
      ? { kind: 'not-implemented', detail: 'the only transfer coding that this proxy speaks is chunked' }
      : bad('Transfer-Encoding must be exactly "chunked"');
  }
  if (lengths.length === 0) return 'none';
  if (lengths.length > 1) return bad('more than one Content-Length');
  return CONTENT_LENGTH.test(lengths[0] ?? '')
    ? 'length'
    : bad('Content-Length must be a number of at most 15 digits');
}

type Addressed = Pick<RequestHead, 'target' | 'path' | 'authority' | 'host'>;

function readTarget(parsed: ParsedHead, hosts: readonly string[]): Addressed | Failure {
  const { method, target } = parsed;
  if (hosts.length === 0) return bad('the Host field is missing');
  if (hosts.length > 1) return bad('more than one Host field');
  const hostField = hosts[0] ?? '';
  const host = normalizeHost(hostField);
  if (host === null) return bad('Host must be one host name or address, with or without a port');

  if (target.startsWith('/')) {
    if (target.includes('#')) return bad('the request target has a fragment');
    return { target, path: pathOf(target), authority: hostField, host };
  }
  if (target === '*') {
    if (method !== 'OPTIONS') return bad('the target "*" is for OPTIONS alone');
    return { target, path: '/', authority: hostField, host };
  }
  return readAbsolute(target, method);
}

/** RFC 9112 §3.2.2: the authority of an absolute target replaces Host. */
function readAbsolute(target: string, method: string): Addressed | Failure {
  const [, authority = '', rest = ''] = ABSOLUTE.exec(target) ?? [];
  const host = normalizeHost(authority);
  if (host === null) return bad('the request target must be a path, or an http URL without user information');
  if (rest === '' && method === 'OPTIONS') return { target: '*', path: '/', authority, host };
  const originForm = rest.startsWith('/') ? rest : `/${rest}`;
  return { target: originForm, path: pathOf(originForm), authority, host };
}

function pathOf(target: string): string {
  const queryAt = target.indexOf('?');
  return queryAt === -1 ? target : target.slice(0, queryAt);
}

function bad(detail: string): Failure {
  return { kind: 'bad-request', detail };
}
