import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Account } from './account.ts';
import { ownAnswer, type Failure } from './failure.ts';
import { drainBody } from './requestBody.ts';

/** Answers a failure on the full lane, or cuts the connection where a response has begun already. */
export function answerFailure(
  request: IncomingMessage,
  response: ServerResponse,
  failure: Failure,
  isClosing: boolean,
  account: Account,
): void {
  if (response.headersSent || response.destroyed) {
    account.broke(failure.kind);
    response.destroy();
    return;
  }
  const { status, reason, fields, body, closes } = ownAnswer(failure, account.requestId);
  const awaitsContinue = request.headers.expect !== undefined;
  const connection = closes || isClosing || awaitsContinue ? ['Connection', 'close'] : [];
  // Relaying a server's response may have begun, which has a date of its own.
  response.sendDate = true;
  response.writeHead(status, reason, [...fields, ...connection]);
  account.failed(failure);
  if (request.method === 'HEAD') response.flushHeaders();
  else {
    response.write(body);
    account.bytesOut += Buffer.byteLength(body);
  }
  // Ended only when the request's body is read: closing over unread bytes resets the connection and loses the answer.
  if (awaitsContinue) response.end();
  else drainBody(request, () => response.end());
}
