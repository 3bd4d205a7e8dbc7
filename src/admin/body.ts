import type { IncomingMessage } from 'node:http';
import { errorAnswer, type Answer } from './answers.ts';

/**
 * The body of a request, or the answer to one that is larger than `maxBytes`; the server's request timeout bounds how long it may
 * take. Null: the client went away, and nobody waits for an answer.
 */
export function readBody(
  request: IncomingMessage,
  maxBytes: number,
): Promise<{ readonly body: Buffer } | { readonly refusal: Answer } | null> {
  const refusal = { refusal: bodyRefusal(maxBytes) };
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return Promise.resolve(refusal);
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= maxBytes) {
        chunks.push(chunk);
        return;
      }
      // Not destroyed: that would take the answer with it. The connection ends with the answer.
      request.pause().removeAllListeners('data');
      resolve(refusal);
    });
    request.on('end', () => resolve({ body: Buffer.concat(chunks) }));
    request.on('error', () => {});
    request.on('close', () => resolve(null));
  });
}

/** What a larger body than that is answered. */
export function bodyRefusal(maxBytes: number): Answer {
  return errorAnswer(
    413,
    'body-too-large',
    maxBytes === 0 ? 'this takes no body' : `a body may have at most ${maxBytes} bytes`,
  );
}
