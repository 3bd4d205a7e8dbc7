import type { ServerResponse } from 'node:http';

/** Bodies over 2 KB have no Content-Length, as Go's net/http has it. */
const CHUNKED_FROM_BYTES = 2048;

/** Sends a body as rancher-metadata does: as `text/plain`, JSON or not. */
export function sendBody(response: ServerResponse, body: Buffer, status = 200): void {
  response.writeHead(status, {
    'Access-Control-Allow-Origin': '*',
    'Content-Type': 'text/plain; charset=utf-8',
    ...(status === 200 ? {} : { 'X-Content-Type-Options': 'nosniff' }),
    ...(body.length > CHUNKED_FROM_BYTES ? {} : { 'Content-Length': body.length }),
  });
  response.end(body);
}

/** Sends Rancher's error body. */
export function sendError(response: ServerResponse, code: number, message: string): void {
  sendBody(response, Buffer.from(`${JSON.stringify({ code, message, type: 'error' })}\n`), code);
}
