import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Account, type Ledger } from './account.ts';
import { answerFailure } from './answer.ts';
import { Connection } from './connection.ts';
import { Exchange, type ExchangeContext } from './exchange.ts';
import type { Failure } from './failure.ts';
import { createHttpServer } from './httpServer.ts';
import { clientFailure } from './parserErrors.ts';
import { Places, type PlacesContext } from './places.ts';
import type { ParsedHead } from './request.ts';
import type { Router } from './router.ts';
import type { ProxySettings } from './settings.ts';
import { responseForUpgrade, upgradeOf, upgradeTo, type Upgrade } from './upgrade.ts';

/** What a lane tells of, and what time it is. */
export type LaneContext = Pick<ExchangeContext, 'clock' | 'untrustedServer'> &
  Pick<PlacesContext, 'overloaded' | 'shared'>;

/** The full lane: Node's HTTP server in front, exchanges behind. */
export class FullLane {
  readonly server: Server;
  readonly places: Places;
  readonly #serveConnection: (socket: Socket) => void;
  readonly #settings: ProxySettings;
  readonly #router: Router;
  readonly #ledger: Ledger;
  readonly #context: ExchangeContext;
  readonly #connections = new Map<Duplex, Connection>();
  #isClosing = false;
  #hasStopped = false;

  constructor(settings: ProxySettings, router: Router, ledger: Ledger, context: LaneContext) {
    this.#settings = settings;
    this.#router = router;
    this.#ledger = ledger;
    this.#context = { ...context, settings, serverName: router.serverName, isClosing: () => this.#isClosing };
    this.places = new Places(settings.limits.connections, settings.timeouts.headerMs, {
      clock: context.clock,
      admit: (socket) => this.#admit(socket),
      overloaded: context.overloaded,
      ...(context.shared && { shared: context.shared }),
    });
    const { server, serve } = createHttpServer(settings);
    this.server = server;
    this.#serveConnection = serve;
    this.server.on('connection', (socket) => this.places.arrived(socket));
    // With or without an expectation: the router judges it, and the server behind answers it.
    for (const event of ['request', 'checkContinue', 'checkExpectation'] as const) {
      this.server.on(event, (request, response) => this.#serve(request, response));
    }
    this.server.on('upgrade', (request, socket, head) => this.#serveUpgrade(request, socket, head));
    this.server.on('connect', (request, socket) => this.#refuseConnect(request, socket));
    // An accept that fails concerns that connection alone; without a listener it would end the thread. Where there are too many
    // open files we do not even hear of it: libuv accepts with a descriptor that it keeps for that, and closes.
    this.server.on('error', () => this.places.missed());
    this.server.on('clientError', (error, socket) => this.#refuse(error, socket));
  }

  announceStop(): void {
    this.#isClosing = true;
  }

  async stop(graceMs: number): Promise<{ cutOff: number }> {
    this.#isClosing = true;
    this.#hasStopped = true;
    this.#router.retire();
    this.places.close();
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    for (const { socket, isIdle } of this.#connections.values()) {
      // Accepted and never used: Node does not count it as idle.
      if (isIdle && socket.bytesRead === 0) socket.destroy();
    }
    let cutOff = 0;
    const timer = setTimeout(() => {
      for (const { socket, isIdle } of this.#connections.values()) {
        if (!isIdle) cutOff++;
        socket.destroy();
      }
    }, graceMs);
    await closed;
    // Node's server forgets upgraded connections; we do not.
    await this.#lastConnectionGone();
    clearTimeout(timer);
    return { cutOff };
  }

  #lastConnectionGone(): Promise<void> {
    const open = [...this.#connections.values()].map(
      ({ socket }) => new Promise<void>((resolve) => socket.once('close', () => resolve())),
    );
    return Promise.all(open).then(() => {});
  }

  #admit(socket: Socket): Connection {
    this.#serveConnection(socket);
    const connection = new Connection(socket, this.places, (...refused) =>
      this.#openRefused(socket, ...refused),
    );
    this.#connections.set(socket, connection);
    socket.on('close', () => this.#connections.delete(socket));
    socket.resume();
    return connection;
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
      if (this.#hasStopped) this.server.closeIdleConnections();
    });
    if (routed.kind === 'unroutable') {
      connection.began(request, response, { account, abandon: () => finishAnswer(response) });
      answerFailure(request, response, routed.failure, this.#isClosing, account);
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
