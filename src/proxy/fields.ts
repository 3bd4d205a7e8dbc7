import { isForwardedField } from '../model/forwarded.ts';
import { listMembers, type RequestHead } from './request.ts';

/**
 * Which header fields are sent on, in both directions. Pure functions over alternating names and values, so that both
 * lanes send the same. Field names keep their spelling, repeats stay separate and in order.
 */

/** Never forwarded (RFC 9110 §7.6.1, and the `Proxy-*` fields that concern us alone). */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'te',
  'transfer-encoding',
  'upgrade',
]);

/** `Connection` may name these without effect: removing them would change what the message means. */
const KEPT_WHATEVER_CONNECTION_SAYS = new Set([
  'host',
  'content-length',
  'content-type',
  'content-encoding',
  'authorization',
  'cookie',
  'set-cookie',
  'expect',
  'trailer',
  'forwarded',
  'x-real-ip',
  'x-request-id',
]);

/** Trailer fields that would act on a message that was already judged by its head (RFC 9110 §6.5.1). */
const FORBIDDEN_TRAILERS = new Set([
  ...HOP_BY_HOP,
  ...KEPT_WHATEVER_CONNECTION_SAYS,
  'content-range',
  'trailer',
  'max-forwards',
  'cache-control',
  'www-authenticate',
  'proxy',
]);

/** Who sent the request, as far as the connection tells. */
export interface Peer {
  /** Plain address: no IPv4-mapped form. */
  readonly address: string;
  /** Whether its forwarded fields are believed (`LB_TRUSTED_PROXIES`). */
  readonly isTrusted: boolean;
  readonly scheme: 'http' | 'https';
}

export interface RequestFieldOptions {
  readonly peer: Peer;
  readonly requestId: string;
  /** Our host name, for `X-Forwarded-Server`. */
  readonly serverName: string;
  /** Sent as Host instead of the client's where not null. */
  readonly hostOverride: string | null;
  /** The protocol that the client may upgrade to; null: none. */
  readonly upgrade: string | null;
}

/** The fields that the server sees. */
export function requestFields(head: RequestHead, options: RequestFieldOptions): string[] {
  const out: string[] = [];
  const believed: Partial<Record<string, string>> = {};
  const { fields, connectionOptions } = head;
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] ?? '';
    const value = fields[i + 1] ?? '';
    const key = name.toLowerCase();
    if (key === 'host') {
      out.push(name, options.hostOverride ?? head.authority);
    } else if (isForwardedField(key)) {
      // A name with `_` for `-` looks the same to CGI-like servers, so it can never be believed.
      if (!options.peer.isTrusted || key.includes('_')) continue;
      if (!WRITTEN_BY_US.has(key)) out.push(name, value);
      else if (value !== '') believed[key] = join(believed[key], value);
    } else if (key === 'proxy' || HOP_BY_HOP.has(key) || isNamed(key, connectionOptions)) {
      continue;
    } else if (key === 'expect' && head.version === '1.0') {
      continue;
    } else if (key === 'trailer' && head.framing !== 'chunked') {
      // RFC 9110 §6.5: only behind chunks can there be any. Node refuses to write it.
      continue;
    } else {
      out.push(name, value);
    }
  }
  pushFraming(out, head);
  if (options.upgrade !== null) out.push('Connection', 'Upgrade', 'Upgrade', options.upgrade);
  pushForwarded(out, head, options, believed);
  return out;
}

/** The value of the first field of that lower-case name; undefined where there is none. */
export function valueOf(fields: readonly string[], key: string): string | undefined {
  for (let i = 0; i < fields.length; i += 2) {
    if (fields[i]?.length === key.length && fields[i]?.toLowerCase() === key) return fields[i + 1];
  }
  return undefined;
}

/** The values of all fields of that lower-case name, in order. */
export function valuesOf(fields: readonly string[], key: string): readonly string[] {
  return fields.filter((_, i) => i % 2 === 1 && fields[i - 1]?.toLowerCase() === key);
}

/** The request id that a trusted peer sent, if it is one that can be logged and sent on as it is; else null. */
export function trustedRequestId(head: RequestHead, peer: Peer): string | null {
  const value = peer.isTrusted ? valueOf(head.fields, 'x-request-id') : undefined;
  return value !== undefined && /^[\x21-\x7e]{1,200}$/.test(value) ? value : null;
}

const WRITTEN_BY_US = new Set([
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-server',
  'x-real-ip',
  'x-request-id',
]);

function isNamed(key: string, connectionOptions: readonly string[]): boolean {
  return connectionOptions.includes(key) && !KEPT_WHATEVER_CONNECTION_SAYS.has(key);
}

function join(before: string | undefined, value: string): string {
  return before === undefined ? value : `${before}, ${value}`;
}

function pushFraming(out: string[], head: RequestHead): void {
  if (head.framing === 'chunked') out.push('Transfer-Encoding', 'chunked');
  // RFC 9110 §8.6: a method that usually has a body says so when it has none.
  else if (
    head.framing === 'none' &&
    (head.method === 'POST' || head.method === 'PUT' || head.method === 'PATCH')
  ) {
    out.push('Content-Length', '0');
  }
}

function pushForwarded(
  out: string[],
  head: RequestHead,
  { peer, requestId, serverName }: RequestFieldOptions,
  believed: Partial<Record<string, string>>,
): void {
  const proto = believed['x-forwarded-proto'] ?? peer.scheme;
  out.push('X-Forwarded-For', join(believed['x-forwarded-for'], peer.address));
  out.push('X-Forwarded-Proto', proto);
  out.push('X-Forwarded-Host', believed['x-forwarded-host'] ?? head.authority);
  out.push('X-Forwarded-Port', believed['x-forwarded-port'] ?? portOf(head.authority, proto));
  out.push('X-Forwarded-Server', serverName);
  out.push('X-Real-Ip', believed['x-real-ip'] ?? peer.address);
  out.push('X-Request-Id', requestId);
}

/** As Traefik 1.7 does: the port in Host, else the scheme's. */
export function portOf(authority: string, proto: string): string {
  const colon = authority.lastIndexOf(':');
  const port = colon > authority.lastIndexOf(']') ? authority.slice(colon + 1) : '';
  if (port !== '') return port;
  return proto === 'https' || proto === 'wss' ? '443' : '80';
}

/** What is known of the response that decides over its fields. */
export interface ResponseContext {
  readonly status: number;
  /** The client's version: HTTP/1.0 knows no chunks. */
  readonly clientVersion: '1.0' | '1.1';
  /** The protocol of a 101; null otherwise. */
  readonly upgrade: string | null;
  /** The value of a `Set-Cookie` of our own, besides the server's; null: none. */
  readonly setCookie: string | null;
}

/** The fields that the client sees, without `Connection`, which the lane adds. */
export function responseFields(fields: readonly string[], context: ResponseContext): string[] {
  const out: string[] = [];
  // A set: a head has room for thousands of fields and as many names of them.
  const named = new Set<string>();
  for (let i = 0; i < fields.length; i += 2) {
    if (fields[i]?.toLowerCase() !== 'connection') continue;
    for (const member of listMembers(fields[i + 1] ?? '')) named.add(member);
  }
  // RFC 9110 §8.6, RFC 9112 §6.1: a 1xx or 204 has neither.
  const hasNoFraming = context.status === 204 || context.status < 200;
  const isChunked =
    !hasNoFraming && context.clientVersion === '1.1' && valueOf(fields, 'transfer-encoding') !== undefined;
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] ?? '';
    const key = name.toLowerCase();
    if (key === 'transfer-encoding') {
      if (isChunked) out.push(name, 'chunked');
    } else if (key === 'trailer' && !isChunked) {
      continue;
    } else if (
      HOP_BY_HOP.has(key) ||
      (named.has(key) && !KEPT_WHATEVER_CONNECTION_SAYS.has(key)) ||
      (key === 'content-length' && hasNoFraming)
    ) {
      continue;
    } else {
      out.push(name, fields[i + 1] ?? '');
    }
  }
  if (context.setCookie !== null) out.push('Set-Cookie', context.setCookie);
  if (context.upgrade !== null) out.push('Connection', 'Upgrade', 'Upgrade', context.upgrade);
  return out;
}

/** The trailer fields that may be sent on, as pairs. */
export function trailerFields(fields: readonly string[]): [string, string][] {
  const out: [string, string][] = [];
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] ?? '';
    const key = name.toLowerCase();
    if (!FORBIDDEN_TRAILERS.has(key) && !isForwardedField(key)) out.push([name, fields[i + 1] ?? '']);
  }
  return out;
}
