import fetch, { AbortError, FetchError } from 'node-fetch';
import type { Response } from 'node-fetch';
import { MetadataError, quote } from './error.ts';

/** How long and how large the answer to one request may be. */
export interface RequestLimits {
  /** From the start to the last byte of the body. */
  readonly deadlineMs: number;
  readonly maxBytes: number;
}

/** As much of an error's body as can matter to a person. */
const ERROR_BODY_BYTES = 4096;

/**
 * Gets a JSON value from rancher-metadata, or throws a `MetadataError`. Redirects are followed (`//` in a path gives 301), and the
 * Content-Type is not looked at: rancher-metadata says `text/plain` for JSON too. `signal` ends the request with kind `stopped`.
 */
export async function fetchJson(url: string, limits: RequestLimits, signal?: AbortSignal): Promise<unknown> {
  const abort = new AbortController();
  const stop = () => abort.abort();
  if (signal?.aborted) throw new MetadataError('stopped', url, 'was not asked: we are stopping.');
  signal?.addEventListener('abort', stop);
  const deadline = setTimeout(() => abort.abort(), limits.deadlineMs);
  let response: Response | null = null;
  try {
    response = await fetch(url, {
      // rancher-metadata answers JSON for exactly this; with parameters or upper case it answers text.
      headers: { Accept: 'application/json' },
      signal: abort.signal,
      size: limits.maxBytes,
      // A compressed answer could unfold to more than its size promises, and rancher-metadata never compresses.
      compress: false,
    });
    if (!response.ok) throw await statusError(url, response);
    return parseJson(url, await response.text());
  } catch (error) {
    throw explain(error, url, limits, response !== null, signal);
  } finally {
    clearTimeout(deadline);
    signal?.removeEventListener('abort', stop);
  }
}

function parseJson(url: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new MetadataError(
      'not-json',
      url,
      `answered ${text === '' ? 'nothing' : quote(text.slice(0, 60))}; a JSON document was expected.`,
    );
  }
}

async function statusError(url: string, response: Response): Promise<MetadataError> {
  const said = rancherMessage(await readStart(response));
  const hint =
    said === 'Invalid version'
      ? 'the URL must name one of the versions 2015-07-25, 2015-12-19, 2016-07-29, latest'
      : '200 was expected';
  return new MetadataError(
    'status',
    url,
    `answered status ${response.status}${said === '' ? '' : ` (${quote(said)})`}; ${hint}.`,
  );
}

async function readStart(response: Response): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    const bytes = Buffer.from(chunk);
    chunks.push(bytes);
    length += bytes.length;
    if (length >= ERROR_BODY_BYTES) break;
  }
  return Buffer.concat(chunks).toString('utf8', 0, ERROR_BODY_BYTES);
}

/** The `message` of Rancher's error body `{"code":404,"message":"Not found","type":"error"}`; else the text as it came. */
function rancherMessage(body: string): string {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === 'object' && parsed !== null && 'message' in parsed) return String(parsed.message);
  } catch {
    // Not Rancher's: a gateway in between answers HTML or text.
  }
  return body.trim();
}

function explain(
  error: unknown,
  url: string,
  limits: RequestLimits,
  answered: boolean,
  signal: AbortSignal | undefined,
): MetadataError {
  if (error instanceof MetadataError) return error;
  if (signal?.aborted) return new MetadataError('stopped', url, 'was given up: we are stopping.');
  if (error instanceof AbortError) {
    const seconds = limits.deadlineMs / 1000;
    const what = answered ? 'did not complete its answer' : 'did not answer';
    return new MetadataError('deadline', url, `${what} within ${seconds} s.`);
  }
  if (error instanceof FetchError && error.type === 'max-size') {
    return new MetadataError('too-big', url, `answered more than the limit of ${limits.maxBytes} bytes.`);
  }
  if (error instanceof FetchError && error.type.includes('redirect')) {
    return new MetadataError(
      'redirect',
      url,
      `answered a redirect that cannot be followed: ${error.message}.`,
    );
  }
  const reason = error instanceof Error ? error.message : String(error);
  return answered
    ? new MetadataError('cut-off', url, `broke off in the middle of its answer (${reason}).`)
    : new MetadataError('unreachable', url, `cannot be reached: ${causeOf(reason)}.`);
}

/** Node's part of node-fetch's message, which repeats the URL. */
function causeOf(message: string): string {
  return message.replace(/^request to .* failed, reason: /, '') || 'the connection was closed';
}
