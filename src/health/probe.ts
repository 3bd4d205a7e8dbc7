import {
  request as httpRequest,
  type ClientRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Check } from './check.ts';

/** As much of a body as is read, so that a server can finish its answer; the status is all that counts. */
const MAX_BODY_BYTES = 65_536;

/** Asks a server once. Resolves with what came instead of a status from 200 to 399 (as Traefik 1.7 has it), null where such a one came. */
export type Probe = (check: Check, signal: AbortSignal) => Promise<string | null>;

/**
 * Asks by HTTP, on a connection of its own: what is checked is also whether the server still accepts one, and one kept from the
 * last check may be closed by the server just as it is used again.
 */
export function httpProbe(insecureSkipVerify: boolean): Probe {
  return async (check, signal) => {
    try {
      return await ask(check, insecureSkipVerify, signal);
    } catch (error) {
      return reasonOf(error);
    }
  };
}

function ask(check: Check, insecureSkipVerify: boolean, signal: AbortSignal): Promise<string | null> {
  const { how } = check;
  const { isTls, options } = requestOf(check);
  const request: ClientRequest = isTls
    ? // What traffic to it would be checked for: its name, or else its address.
      httpsRequest({
        ...options,
        signal,
        rejectUnauthorized: !insecureSkipVerify,
        servername: check.hostname ?? '',
      })
    : httpRequest({ ...options, signal });
  return new Promise((resolve, reject) => {
    const deadline = setTimeout(() => {
      resolve(`gave no answer within ${how.timeoutMs / 1000} s`);
      request.destroy();
    }, how.timeoutMs);
    request.on('response', (response) => {
      const { statusCode = 0 } = response;
      resolve(statusCode >= 200 && statusCode < 400 ? null : `answered ${statusCode}`);
      discard(response);
    });
    request.on('error', reject);
    request.on('close', () => {
      clearTimeout(deadline);
      reject(new Error('the connection was closed'));
    });
    request.end();
  });
}

function requestOf({ url, hostname, how }: Check): {
  readonly isTls: boolean;
  readonly options: RequestOptions;
} {
  const target = new URL(url);
  // A port that the scheme of the server implies is not in its URL, and another scheme does not change it.
  const port =
    how.port ?? (target.port === '' ? (target.protocol === 'https:' ? 443 : 80) : Number(target.port));
  const isTls = (how.scheme ?? target.protocol.slice(0, -1)) === 'https';
  const authority = port === (isTls ? 443 : 80) ? target.hostname : `${target.hostname}:${port}`;
  const fields = [...how.fields];
  const given = new Set(fields.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase()));
  if (!given.has('user-agent')) fields.unshift('User-Agent', 'active-lb');
  if (!given.has('host')) fields.unshift('Host', how.hostname ?? hostname ?? authority);
  const host = target.hostname.replace(/^\[|\]$/g, '');
  return { isTls, options: { host, port, path: how.path, headers: fields, agent: false } };
}

function discard(response: IncomingMessage): void {
  let length = 0;
  response.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) response.destroy();
  });
  // The answer was judged by its head.
  response.on('error', () => {});
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refused the connection',
  ECONNRESET: 'broke the connection off',
  EHOSTUNREACH: 'cannot be reached',
  ENETUNREACH: 'cannot be reached',
  ETIMEDOUT: 'cannot be reached',
};

/** An error of Node's in the few words of `FailingServer.reason`. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const known = REASONS[code];
  if (known !== undefined) return known;
  // OpenSSL's own words are a line of file names and numbers.
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_')) return `the TLS handshake failed (${code})`;
  if (code.includes('CERT') || code.includes('SIGNATURE')) return `its certificate is not trusted (${code})`;
  if (code.startsWith('HPE_')) return 'answered something that is not HTTP';
  return code === '' ? message : `cannot be asked: ${message} (${code})`;
}
