import type { Failure } from './failure.ts';

/** What Node's parser found wrong with a request, as a failure; null where the connection broke and nobody is there to tell. */
export function clientFailure(error: NodeJS.ErrnoException & { reason?: string }): Failure | null {
  const code = error.code ?? '';
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { kind: 'request-timeout', detail: 'the request head did not come in time' };
    case 'HPE_HEADER_OVERFLOW':
      return { kind: 'head-too-large', detail: 'the request head, or the trailer, is too large' };
    case 'HPE_PAUSED_H2_UPGRADE':
      return { kind: 'unsupported-version', detail: 'this proxy speaks HTTP/1.1 and HTTP/1.0' };
    case 'HPE_INVALID_VERSION':
      return error.reason === 'Invalid HTTP version'
        ? { kind: 'unsupported-version', detail: 'this proxy speaks HTTP/1.1 and HTTP/1.0' }
        : { kind: 'bad-request', detail: 'the request line is malformed' };
    default:
      return code.startsWith('HPE_') ? { kind: 'bad-request', detail: describe(error.reason) } : null;
  }
}

function describe(reason: string | undefined): string {
  return reason === undefined || reason === ''
    ? 'the request is malformed'
    : `the request is malformed: ${reason}`;
}
