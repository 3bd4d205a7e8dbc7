import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { cleanup, type Lifetime } from '../support/cleanup.ts';
import { answerOf, CHUNKED_FROM, readTarget } from './echo.ts';
import { Seen } from './seen.ts';

/** How a server dies: `reset` as where the host drops its memory, `fin` as where the kernel closes what a killed process had. */
export type Death = 'reset' | 'fin';

/** How often a port that is free on one address is tried on the others. */
const TRIES = 20;

/** One container's server: answers as `answerOf` says, and can be killed, stopped and started again on its address and port. */
export class EchoServer {
  readonly name: string;
  readonly address: string;
  readonly #seen: Seen;
  readonly #sockets = new Set<Socket>();
  #server: Server | null = null;
  /** Requests that have arrived and are not answered. */
  inFlight = 0;
  /** Called for upgrades; without it they are refused. */
  onUpgrade: ((request: IncomingMessage, socket: Socket, head: Buffer) => void) | null = null;
  /** Answers what it knows, and returns true; the rest is echoed. */
  special: ((request: IncomingMessage, response: ServerResponse) => boolean) | null = null;

  constructor(name: string, address: string, seen: Seen) {
    this.name = name;
    this.address = address;
    this.#seen = seen;
  }

  /** Resolves with the port. */
  async start(port: number): Promise<number> {
    const server = createServer({ keepAliveTimeout: 30_000 }, (request, response) =>
      this.#serve(request, response),
    );
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    server.on('upgrade', (request, socket, head) => {
      const tcp = socket as Socket;
      tcp.on('error', () => tcp.destroy());
      if (this.onUpgrade === null) tcp.destroy();
      else this.onUpgrade(request, tcp, head);
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(port, this.address, resolve);
    });
    this.#server = server;
    return (server.address() as AddressInfo).port;
  }

  get openConnections(): number {
    return this.#sockets.size;
  }

  /** Dies at once, with whatever it was doing. */
  kill(death: Death): void {
    this.#server?.close();
    this.#server = null;
    for (const socket of this.#sockets) {
      if (death === 'reset') socket.resetAndDestroy();
      else socket.destroy();
    }
  }

  /** Ends as a well-behaved program does on SIGTERM: takes no more connections, closes idle ones, answers what it has. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (server === null) return;
    await new Promise((resolve) => {
      server.close(resolve);
      server.closeIdleConnections();
    });
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    response.on('error', () => {});
    const target = request.url ?? '/';
    const method = request.method ?? '';
    if (this.special?.(request, response) === true) return;
    const { nonce, waitMs } = readTarget(target);
    this.#seen.note(nonce, method);
    this.inFlight += 1;
    response.on('close', () => (this.inFlight -= 1));
    const pieces: Buffer[] = [];
    request.on('error', () => {});
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      // What is left of a server that stops is closed with its last answer.
      if (this.#server === null) response.shouldKeepAlive = false;
      const answer = answerOf(this.name, method, target, Buffer.concat(pieces));
      if (waitMs === 0) send(response, answer);
      else setTimeout(() => send(response, answer), waitMs);
    });
  }
}

function send(response: ServerResponse, answer: Buffer): void {
  if (answer.length < CHUNKED_FROM) {
    response.writeHead(200, { 'Content-Length': answer.length }).end(answer);
    return;
  }
  response.write(answer.subarray(0, answer.length >> 1));
  setTimeout(() => response.end(answer.subarray(answer.length >> 1)), 2);
}

/** Servers on addresses of their own and one port, as all containers of Rancher services have it here. */
export interface Fleet {
  readonly port: number;
  readonly seen: Seen;
  readonly servers: readonly EchoServer[];
  /** The server of that name. */
  get(name: string): EchoServer;
  /** Connections that are open at any of them. */
  readonly openConnections: number;
}

let fleets = 0;

/** Starts a server for each name, on 127.43.N.K. They are killed at the end of `t`. */
export async function startFleet(t: Lifetime, names: readonly string[]): Promise<Fleet> {
  const seen = new Seen();
  fleets += 1;
  const servers = names.map((name, k) => new EchoServer(name, `127.43.${fleets}.${k + 1}`, seen));
  cleanup(t, () => {
    for (const server of servers) server.kill('fin');
  });
  const port = await startOnOnePort(servers);
  const byName = new Map(servers.map((server) => [server.name, server]));
  return {
    port,
    seen,
    servers,
    get(name) {
      const server = byName.get(name);
      if (server === undefined) throw new Error(`no server is called ${name}`);
      return server;
    },
    get openConnections() {
      return servers.reduce((sum, { openConnections }) => sum + openConnections, 0);
    },
  };
}

async function startOnOnePort(servers: readonly EchoServer[]): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    let port = 0;
    try {
      for (const server of servers) port = await server.start(port);
      return port;
    } catch (error) {
      for (const server of servers) server.kill('fin');
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || attempt === TRIES) throw error;
    }
  }
}
