/**
 * Backends on 127.0.0.1, 127.0.0.2 and 127.0.0.3 that read what they are sent and answer with a few bytes; `/1k`, `/64k` and `/1m` with so
 * many.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const HELLO = Buffer.from('Hello from behind.\n');
const BODIES = new Map([
  ['/1k', Buffer.alloc(1024, 'x')],
  ['/64k', Buffer.alloc(65_536, 'x')],
  ['/1m', Buffer.alloc(1_048_576, 'x')],
]);

let port = 0;
for (const address of ['127.0.0.1', '127.0.0.2', '127.0.0.3']) {
  const server = createServer((request, response) => {
    const body = BODIES.get(request.url ?? '') ?? HELLO;
    const answer = () => {
      response
        .writeHead(200, { 'Content-Type': 'text/plain', 'Content-Length': String(body.length) })
        .end(body);
    };
    if (request.method === 'GET') answer();
    else request.resume().once('end', answer);
  });
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve) => server.listen(port, address, resolve));
  port = (server.address() as AddressInfo).port;
}
process.stdout.write(`${JSON.stringify({ kind: 'ready', port })}\n`);
process.stdin.resume().on('end', () => process.exit());
