import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { listenOn } from '../listen.ts';
import type { BreakerState, FailingServer } from '../model/condition.ts';
import type { Outcome } from '../model/outcome.ts';
import type { Table } from '../model/table.ts';
import { buildMatcher, type Matcher } from '../routing/matcher.ts';
import type { Clock } from '../traffic/clock.ts';
import { answerFailure } from './answer.ts';
import { Connection } from './connection.ts';
import { Exchange, type ExchangeContext } from './exchange.ts';
import { clientFailure } from './parserErrors.ts';
import { MAX_FIELDS, type ParsedHead } from './request.ts';
import { Router } from './router.ts';
import type { ProxySettings } from './settings.ts';
import { plainAddress } from './trust.ts';
import { UntrustedServers } from './untrustedServers.ts';
import { responseForUpgrade, upgradeOf, upgradeTo, type Upgrade } from './upgrade.ts';

/** How often Node looks for requests whose head is late. */
const TIMEOUT_CHECK_MS = 500;

export interface EntrypointEvents {
  /** A request is over. */
  finished?(outcome: Outcome): void;
  /** A private peer that is not trusted sent forwarded fields, which were dropped. Once for each peer. */
  untrustedForwarder?(peer: string): void;
  /** The circuit breaker of a backend changed its state. */
  breaker?(backend: string, state: BreakerState): void;
  /** The certificate of a server was not accepted. Once for each server and reason, and again after a while. */
  untrustedServer?(backend: string, url: string, reason: string): void;
}

/** A listening HTTP port, on the full lane. */
export interface Entrypoint {
  readonly address: string;
  readonly port: number;
  /** Routes by this table from the next request on. */
  install(table: Table, matcher?: Matcher): void;
  /** These servers, and no others, fail their active health check. */
  setFailing(failing: readonly FailingServer[]): void;
  /** Every answer from now on carries `Connection: close`. */
  announceStop(): void;
  /** Accepts no more and resolves when all connections are gone; what is in flight after `graceMs` is cut off and counted. */
  stop(graceMs: number): Promise<{ cutOff: number }>;
}

/**
 * Opens the entrypoint. Until a table is installed every request is answered 404. `clock` is what balancers and circuit breakers
 * go by.
 *
 * @throws ListenError
 */
export async function startEntrypoint(
  settings: ProxySettings,
  on: EntrypointEvents = {},
  clock: Clock = () => performance.now(),
): Promise<Entrypoint> {
  const router = new Router(settings, {
    clock,
    untrustedForwarder: (peer) => on.untrustedForwarder?.(peer),
    breakerChanged: (backend, state) => on.breaker?.(backend, state),
  });
  const untrusted = new UntrustedServers(clock, (...told) => on.untrustedServer?.(...told));
  const lane = new FullLane(
    settings,
    router,
    {
      clock,
      untrustedServer: (backend, url, reason) => untrusted.found(backend, url, reason),
    },
    on,
  );
  const { address, port } = await listenOn(lane.server, settings.port, settings.bind, 'LB_HTTP_PORT');
  return {
    address,
    port,
    install: (table, matcher = buildMatcher(table)) => router.install(table, matcher),
    setFailing: (failing) => router.setFailing(failing),
    announceStop: () => lane.announceStop(),
    stop: (graceMs) => lane.stop(graceMs),
  };
}

/** The full lane: Node's HTTP server in front, exchanges behind. */
class FullLane {
  readonly server: Server;
  readonly #settings: ProxySettings;
  readonly #router: Router;
  readonly #context: ExchangeContext;
  readonly #connections = new Map<Duplex, Connection>();
  readonly #on: EntrypointEvents;
  #isClosing = false;
  #hasStopped = false;

  constructor(
    settings: ProxySettings,
    router: Router,
    context: Pick<ExchangeContext, 'clock' | 'untrustedServer'>,
    on: EntrypointEvents,
  ) {
    this.#on = on;
    this.#settings = settings;
    this.#router = router;
    this.#context = { ...context, settings, serverName: router.serverName, isClosing: () => this.#isClosing };
    this.server = createServer({
      maxHeaderSize: settings.limits.headerBytes,
      headersTimeout: settings.timeouts.headerMs,
      requestTimeout: 0,
      keepAliveTimeout: settings.timeouts.idleMs,
      keepAliveTimeoutBuffer: 0,
      connectionsCheckingInterval: Math.min(TIMEOUT_CHECK_MS, settings.timeouts.headerMs),
      // Told by ourselves, with a text that says what is wrong.
      requireHostHeader: false,
      noDelay: true,
      keepAlive: true,
      insecureHTTPParser: false,
      shouldUpgradeCallback: (request) => upgradeOf(request, settings.upgrades) !== null,
    });
    // One more than allowed, so that too many can be told from the allowed number.
    this.server.maxHeadersCount = MAX_FIELDS + 1;
    this.server.on('connection', (socket) => this.#accept(socket));
    // With or without an expectation: the router judges it, and the server behind answers it.
    for (const event of ['request', 'checkContinue', 'checkExpectation'] as const) {
      this.server.on(event, (request, response) => this.#serve(request, response));
    }
    this.server.on('upgrade', (request, socket, head) => this.#serveUpgrade(request, socket, head));
    this.server.on('connect', (request, socket) => this.#refuseConnect(request, socket));
    // An accept that fails (too many open files) concerns that connection alone; without a listener it would end the thread.
    this.server.on('error', () => {});
    this.server.on('clientError', (error, socket) => this.#refuse(error, socket));
  }

  announceStop(): void {
    this.#isClosing = true;
  }

  async stop(graceMs: number): Promise<{ cutOff: number }> {
    this.#isClosing = true;
    this.#hasStopped = true;
    this.#router.retire();
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

  #accept(socket: Socket): void {
    const connection = new Connection(socket);
    this.#connections.set(socket, connection);
    socket.on('close', () => this.#connections.delete(socket));
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
    const at = Date.now();
    response.on('close', () => {
      connection.ended(response);
      this.#on.finished?.({
        at,
        durationMs: Date.now() - at,
        requestId: routed.requestId,
        client: plainAddress(request.socket.remoteAddress),
        method: request.method ?? '',
        host: routed.kind === 'routed' ? routed.head.host : '',
        target: request.url ?? '',
        version: request.httpVersion,
        status: response.headersSent ? response.statusCode : 0,
        bytesIn: 0,
        bytesOut: 0,
        service: routed.kind === 'routed' ? routed.match.route.service : null,
        to: null,
        retries: 0,
        failure: routed.kind === 'routed' ? null : routed.failure.kind,
      });
      if (this.#hasStopped) this.server.closeIdleConnections();
    });
    if (routed.kind === 'unroutable') {
      connection.began(request, response, { abandon: () => finishAnswer(response) });
      answerFailure(request, response, routed.failure, routed.requestId, this.#isClosing);
      return;
    }
    const exchange = new Exchange(this.#context, request, response, routed, upgrade);
    connection.began(request, response, exchange);
    exchange.start();
  }

  #serveUpgrade(request: IncomingMessage, duplex: Duplex, firstBytes: Buffer): void {
    // A server on TCP hands out TCP sockets.
    const socket = duplex as Socket;
    socket.on('error', () => socket.destroy());
    const connection = this.#connections.get(socket);
    if (connection === undefined || connection.isRefused) return;
    connection.arrived(request, () => {
      const protocol = upgradeOf(request, this.#settings.upgrades);
      if (protocol === null) {
        // Node before 24.9 cannot be told to answer such a request normally.
        connection.refuse({ kind: 'not-implemented', detail: 'this protocol may not be upgraded to' });
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
    const routed = this.#router.route(parsedHead(request), request.socket.remoteAddress);
    if (routed.kind === 'unroutable') this.#connections.get(socket)?.refuse(routed.failure);
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
