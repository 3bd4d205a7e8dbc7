import type { IncomingMessage, ServerResponse } from 'node:http';
import { ownAnswer, type Failure } from './failure.ts';
import { drainBody } from './requestBody.ts';

/** Answers a failure on the full lane, or cuts the connection where a response has begun already. */
export function answerFailure(
  request: IncomingMessage,
  response: ServerResponse,
  failure: Failure,
  requestId: string,
  isClosing: boolean,
): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const { status, reason, fields, body, closes } = ownAnswer(failure, requestId);
  const awaitsContinue = request.headers.expect !== undefined;
  const connection = closes || isClosing || awaitsContinue ? ['Connection', 'close'] : [];
  response.writeHead(status, reason, [...fields, ...connection]);
  if (request.method !== 'HEAD') response.write(body);
  // Ended only when the request's body is read: closing over unread bytes resets the connection and loses the answer.
  if (awaitsContinue) response.end();
  else drainBody(request, () => response.end());
}
