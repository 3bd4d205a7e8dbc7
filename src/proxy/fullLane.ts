import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Account, type Ledger } from './account.ts';
import { answerFailure } from './answer.ts';
import { Connection } from './connection.ts';
import { Exchange } from './exchange.ts';
import type { Failure } from './failure.ts';
import { createHttpServer } from './httpServer.ts';
import { clientFailure } from './parserErrors.ts';
import type { Lane, LaneContext } from './lanes.ts';
import type { Place } from './places.ts';
import type { ParsedHead } from './request.ts';
import type { Router } from './router.ts';
import type { ProxySettings } from './settings.ts';
import { responseForUpgrade, upgradeOf, upgradeTo, type Upgrade } from './upgrade.ts';

/** The full lane: Node's HTTP server in front, exchanges behind. */
export class FullLane implements Lane {
  readonly server: Server;
  readonly #serveConnection: (socket: Socket) => void;
  readonly #settings: ProxySettings;
  readonly #router: Router;
  readonly #ledger: Ledger;
  readonly #context: LaneContext;
  readonly #connections = new Map<Duplex, Connection>();

  constructor(settings: ProxySettings, router: Router, ledger: Ledger, context: LaneContext) {
    this.#settings = settings;
    this.#router = router;
    this.#ledger = ledger;
    this.#context = context;
    const { server, serve } = createHttpServer(settings);
    this.server = server;
    this.#serveConnection = serve;
    // With or without an expectation: the router judges it, and the server behind answers it.
    for (const event of ['request', 'checkContinue', 'checkExpectation'] as const) {
      this.server.on(event, (request, response) => this.#serve(request, response));
    }
    this.server.on('upgrade', (request, socket, head) => this.#serveUpgrade(request, socket, head));
    this.server.on('connect', (request, socket) => this.#refuseConnect(request, socket));
    this.server.on('clientError', (error, socket) => this.#refuse(error, socket));
  }

  /** Serves a connection from here on; what was unread of it has been put back. `refused`: why its next request is no good already. */
  serve(socket: Socket, place: Place, refused: Failure | null = null): void {
    socket.setNoDelay(true);
    socket.setKeepAlive(true);
    this.#serveConnection(socket);
    const connection = new Connection(socket, place, (...how) => this.#openRefused(socket, ...how));
    this.#connections.set(socket, connection);
    socket.on('close', () => this.#connections.delete(socket));
    if (refused !== null) connection.refuse(refused);
    socket.resume();
  }

  closeUnused(): void {
    for (const { socket, isIdle } of this.#connections.values()) {
      // Accepted and never used: Node does not count it as idle.
      if (isIdle && socket.bytesRead === 0) socket.destroy();
    }
  }

  cutOff(): number {
    let inFlight = 0;
    for (const { socket, isIdle } of this.#connections.values()) {
      if (!isIdle) inFlight++;
      socket.destroy();
    }
    return inFlight;
  }

  get sockets(): readonly Duplex[] {
    return [...this.#connections.keys()];
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const connection = this.#connections.get(request.socket);
    if (connection === undefined || connection.isRefused) return;
    connection.arrived(request, () => this.#dispatch(connection, request, response, null));
  }

  #dispatch(
    connection: Connection,
    request: IncomingMessage,
    response: ServerResponse,
    upgrade: Upgrade | null,
  ): void {
    const routed = this.#router.route(parsedHead(request), request.socket.remoteAddress);
    const account = new Account(this.#ledger, routed);
    let isComplete = false;
    response.on('finish', () => (isComplete = true));
    response.on('close', () => {
      account.close(isComplete);
      connection.ended(response);
      if (this.#context.hasStopped()) this.server.closeIdleConnections();
    });
    if (routed.kind === 'unroutable') {
      connection.began(request, response, { account, abandon: () => finishAnswer(response) });
      answerFailure(request, response, routed.failure, this.#context.isClosing(), account);
      return;
    }
    const exchange = new Exchange(this.#context, request, response, routed, upgrade, account);
    connection.began(request, response, exchange);
    exchange.start();
  }

  #serveUpgrade(request: IncomingMessage, duplex: Duplex, firstBytes: Buffer): void {
    // A server on TCP hands out TCP sockets.
    const socket = duplex as Socket;
    socket.on('error', () => socket.destroy());
    const connection = this.#connections.get(socket);
    connection?.handOver();
    if (connection === undefined || connection.isRefused) return;
    connection.arrived(request, () => {
      const protocol = upgradeOf(request, this.#settings.upgrades);
      if (protocol === null) {
        // Node before 24.9 cannot be told to answer such a request normally.
        const detail = 'this protocol may not be upgraded to';
        connection.refuse({ kind: 'not-implemented', detail }, request);
        return;
      }
      const response = responseForUpgrade(request, socket);
      const silenceMs = this.#settings.timeouts.streamMs;
      this.#dispatch(
        connection,
        request,
        response,
        upgradeTo(protocol, socket, response, firstBytes, silenceMs),
      );
    });
  }

  #refuseConnect(request: IncomingMessage, socket: Duplex): void {
    socket.on('error', () => socket.destroy());
    const connection = this.#connections.get(socket);
    connection?.handOver();
    const routed = this.#router.route(parsedHead(request), request.socket.remoteAddress);
    if (routed.kind === 'unroutable') connection?.refuse(routed.failure, request);
  }

  /** The account of a request that its connection answers by itself. */
  #openRefused(socket: Socket, failure: Failure, request: IncomingMessage | null): Account {
    const parsed = request === null ? undefined : parsedHead(request);
    return new Account(this.#ledger, this.#router.unread(failure, socket.remoteAddress, parsed));
  }

  #refuse(error: NodeJS.ErrnoException, socket: Duplex): void {
    const connection = this.#connections.get(socket);
    const failure = clientFailure(error);
    const hasSentNothing = connection?.socket.bytesRead === 0;
    if (connection === undefined || failure === null || hasSentNothing) socket.destroy();
    else if (error.code === 'HPE_INVALID_EOF_STATE') connection.endedIn(failure);
    else connection.refuse(failure);
  }
}

/** The answer is on its way, and what follows of its request is broken: there is nothing to wait for. */
function finishAnswer(response: ServerResponse): 'answer' {
  response.end();
  return 'answer';
}

function parsedHead(request: IncomingMessage): ParsedHead {
  return {
    method: request.method ?? '',
    target: request.url ?? '',
    version: request.httpVersion,
    fields: request.rawHeaders,
  };
}
