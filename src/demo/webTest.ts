import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

/** What rawmind/web-test shows: who answers, and every header that it received. */
export function answerAsWebTest(name: string, request: IncomingMessage, response: ServerResponse): void {
  const lines = [`Real_Server: ${name}`, `${request.method} ${request.url} HTTP/${request.httpVersion}`];
  for (let i = 0; i < request.rawHeaders.length; i += 2) {
    lines.push(`${request.rawHeaders[i]}: ${request.rawHeaders[i + 1]}`);
  }
  request.resume();
  request.on('end', () => {
    const body = `${lines.join('\n')}\n`;
    response.writeHead(200, {
      'Content-Type': 'text/plain; charset=utf-8',
      'Content-Length': Buffer.byteLength(body),
      'Cache-Control': 'no-store',
    });
    response.end(body);
  });
}

/** Containers of the web-test service, running on this machine. */
export interface WebTests {
  /** The port that all of them listen on, as all containers of a Rancher service do. */
  readonly port: number;
  /** The loopback address of the container with this index. */
  readonly addressOf: (index: number) => string;
  readonly close: () => Promise<void>;
}

/**
 * Starts `count` web-test containers on 127.0.0.1, 127.0.0.2, … and one port. Where only 127.0.0.1 exists (macOS), they
 * share one listener, and each connection to it meets the next of them.
 */
export async function startWebTests(count: number, nameOf: (index: number) => string): Promise<WebTests> {
  const first = await listen(
    named(() => nameOf(0)),
    '127.0.0.1',
    0,
  );
  const port = portOf(first);
  const servers = [first];
  try {
    for (let index = 1; index < count; index++) {
      servers.push(
        await listen(
          named(() => nameOf(index)),
          addressOf(index),
          port,
        ),
      );
    }
  } catch (error) {
    await closeAll(servers);
    const code = (error as NodeJS.ErrnoException).code;
    // Another process has that port on another loopback address.
    if (code === 'EADDRINUSE') return startWebTests(count, nameOf);
    if (code !== 'EADDRNOTAVAIL') throw error;
    return startShared(count, nameOf);
  }
  return { port, addressOf, close: () => closeAll(servers) };
}

async function startShared(count: number, nameOf: (index: number) => string): Promise<WebTests> {
  let connections = 0;
  const names = new WeakMap<object, string>();
  const server = await listen(
    named((socket) => names.get(socket) ?? nameOf(0)),
    '127.0.0.1',
    0,
  );
  server.on('connection', (socket) => names.set(socket, nameOf(connections++ % count)));
  return { port: portOf(server), addressOf: () => '127.0.0.1', close: () => closeAll([server]) };
}

function addressOf(index: number): string {
  return `127.0.0.${index + 1}`;
}

function named(nameOf: (socket: object) => string): Server {
  return createServer((request, response) => answerAsWebTest(nameOf(request.socket), request, response));
}

function listen(server: Server, host: string, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve(server));
  });
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function closeAll(servers: readonly Server[]): Promise<void> {
  await Promise.all(
    servers.map(
      (server) =>
        new Promise<void>((resolve) => {
          server.close(() => resolve());
          server.closeAllConnections();
        }),
    ),
  );
}
