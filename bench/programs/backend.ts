/** Backends on 127.0.0.1, 127.0.0.2 and 127.0.0.3 that answer every request with a few bytes. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const BODY = 'Hello from behind.\n';
const FIELDS = { 'Content-Type': 'text/plain', 'Content-Length': String(BODY.length) };

let port = 0;
for (const address of ['127.0.0.1', '127.0.0.2', '127.0.0.3']) {
  const server = createServer((_request, response) => response.writeHead(200, FIELDS).end(BODY));
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve) => server.listen(port, address, resolve));
  port = (server.address() as AddressInfo).port;
}
process.stdout.write(`${JSON.stringify({ kind: 'ready', port })}\n`);
process.stdin.resume().on('end', () => process.exit());
