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
  // The last answer of a connection ends it for this side alone; on others the rest of the request is read first.
  if (connection.length > 0 || !response.shouldKeepAlive) response.end();
  else drainBody(request, () => response.end());
}
