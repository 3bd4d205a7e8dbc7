/**
 * Why a request is answered by the proxy itself. A value, not an exception: both lanes produce it and both answer it
 * with the status and the text given here.
 */
export interface Failure {
  readonly kind: FailureKind;
  /** One line for the client: what is wrong and, where there is one, what would be right. No software version. */
  readonly detail: string;
  /** Seconds for `Retry-After`; absent: the kind's own. */
  readonly retryAfterSeconds?: number;
}

export type FailureKind =
  | 'bad-request'
  | 'no-route'
  | 'request-timeout'
  | 'body-too-large'
  | 'head-too-large'
  | 'target-too-long'
  | 'unknown-expectation'
  | 'not-implemented'
  | 'unsupported-version'
  /** No connection could be made. */
  | 'no-connection'
  | 'bad-response'
  /** Its certificate was not accepted; nothing was sent to it. */
  | 'untrusted-server'
  | 'no-server'
  /** All servers have as many requests as they may, and as many wait, or it has waited long enough. */
  | 'overloaded'
  /** The backend's circuit breaker is open, or recovering and it was this request's turn to wait. */
  | 'circuit-open'
  | 'refused'
  | 'server-timeout';

interface Answer {
  readonly status: number;
  readonly reason: string;
  /** Whether the connection is of no further use: what follows on it cannot be trusted. */
  readonly closes: boolean;
  /** Seconds for `Retry-After`. */
  readonly retryAfterSeconds?: number;
}

const ANSWERS: Readonly<Record<FailureKind, Answer>> = {
  'bad-request': { status: 400, reason: 'Bad Request', closes: true },
  'no-route': { status: 404, reason: 'Not Found', closes: false },
  'request-timeout': { status: 408, reason: 'Request Timeout', closes: true },
  'body-too-large': { status: 413, reason: 'Content Too Large', closes: true },
  'target-too-long': { status: 414, reason: 'URI Too Long', closes: false },
  'unknown-expectation': { status: 417, reason: 'Expectation Failed', closes: false },
  'head-too-large': { status: 431, reason: 'Request Header Fields Too Large', closes: true },
  'not-implemented': { status: 501, reason: 'Not Implemented', closes: true },
  'no-connection': { status: 502, reason: 'Bad Gateway', closes: false },
  'bad-response': { status: 502, reason: 'Bad Gateway', closes: false },
  'no-server': { status: 503, reason: 'Service Unavailable', closes: false, retryAfterSeconds: 1 },
  overloaded: { status: 503, reason: 'Service Unavailable', closes: false, retryAfterSeconds: 1 },
  'untrusted-server': { status: 502, reason: 'Bad Gateway', closes: false },
  'circuit-open': { status: 503, reason: 'Service Unavailable', closes: false, retryAfterSeconds: 1 },
  refused: { status: 503, reason: 'Service Unavailable', closes: false },
  'server-timeout': { status: 504, reason: 'Gateway Timeout', closes: false },
  'unsupported-version': { status: 505, reason: 'HTTP Version Not Supported', closes: true },
};

/** All kinds there are. */
export const FAILURE_KINDS: readonly string[] = Object.keys(ANSWERS);

/** A request body of more than `limit` bytes. */
export function bodyTooLarge(limit: number): Failure {
  return { kind: 'body-too-large', detail: `a request body may have ${limit} bytes at most` };
}

/** How a kind of failure is answered. */
export function answerFor(kind: FailureKind): Answer {
  return ANSWERS[kind];
}

/** An own answer, ready for either lane to write. */
export interface OwnAnswer {
  readonly status: number;
  readonly reason: string;
  /** Alternating names and values, without `Connection`. */
  readonly fields: readonly string[];
  readonly body: string;
  readonly closes: boolean;
}

/** Builds the answer that the contract promises for a failure: one line of plain text with length and request id. */
export function ownAnswer(failure: Failure, requestId: string): OwnAnswer {
  const { status, reason, closes } = ANSWERS[failure.kind];
  const retryAfterSeconds = failure.retryAfterSeconds ?? ANSWERS[failure.kind].retryAfterSeconds;
  const body = `${status} ${reason}: ${failure.detail}\n`;
  const fields = [
    'Content-Type',
    'text/plain; charset=utf-8',
    'Content-Length',
    String(Buffer.byteLength(body)),
    'X-Request-Id',
    requestId,
  ];
  if (retryAfterSeconds !== undefined) fields.push('Retry-After', String(retryAfterSeconds));
  return { status, reason, fields, body, closes };
}

/** An own answer as bytes, for who has no response object. It closes the connection where `isLast`, or where its kind does. */
export function answerText(
  failure: Failure,
  requestId: string,
  isLast: boolean,
): { readonly head: string; readonly body: string; readonly closes: boolean } {
  const { status, reason, fields, body, closes } = ownAnswer(failure, requestId);
  let head = `HTTP/1.1 ${status} ${reason}\r\n`;
  for (let i = 0; i < fields.length; i += 2) head += `${fields[i]}: ${fields[i + 1]}\r\n`;
  // RFC 9110 section 6.6.1: whoever makes a response and has a clock says when.
  head += `Date: ${new Date().toUTCString()}\r\n`;
  if (closes || isLast) head += 'Connection: close\r\n';
  return { head: `${head}\r\n`, body: Buffer.from(body).toString('latin1'), closes: closes || isLast };
}
