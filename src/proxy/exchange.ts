import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '../traffic/clock.ts';
import type { ServerTraffic } from '../traffic/serverTraffic.ts';
import type { Account } from './account.ts';
import { answerFailure } from './answer.ts';
import { Attempt } from './attempt.ts';
import { ClientRequestCarrier } from './clientRequestCarrier.ts';
import type { Break } from './counting.ts';
import { Deadline } from './deadline.ts';
import { answerFor, bodyTooLarge, type Failure } from './failure.ts';
import { valueOf } from './fields.ts';
import { forward } from './forwarder.ts';
import { InterimResponses } from './interim.ts';
import { outgoingRequest } from './outgoing.ts';
import { drainBody, RequestBody } from './requestBody.ts';
import { relayResponse } from './responseBody.ts';
import type { Routed } from './router.ts';
import { ServerChoice, type Traveller } from './serverChoice.ts';
import type { ProxySettings } from './settings.ts';
import type { Upgrade } from './upgrade.ts';

export interface ExchangeContext {
  readonly settings: ProxySettings;
  readonly serverName: string;
  readonly clock: Clock;
  /** The certificate of a server was not accepted. */
  readonly untrustedServer: (backend: string, url: string, reason: string) => void;
  /** Whether answers carry `Connection: close`, because the process is about to stop. */
  readonly isClosing: () => boolean;
}

/**
 * One request on the full lane, from its routed head, and perhaps a wait for a server that has room, to the end of its response:
 *
 *     connecting ──► sending ──► waiting ──► receiving ──► over
 *         │ ▲            └───────────┴───────────┴──► over, by failure or because a side left
 *         └─┘ next server, while no connection can be made, or where another attempt is allowed
 *
 * One deadline runs at a time: connect, silence of the body, response, silence of the body.
 */
export class Exchange implements Traveller {
  readonly account: Account;
  readonly #context: ExchangeContext;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #routed: Routed;
  readonly #upgrade: Upgrade | null;
  readonly #deadline = new Deadline();
  readonly #servers: ServerChoice;
  /** Null where the request has none. */
  readonly #body: RequestBody | null;
  readonly #interim: InterimResponses;
  #attempt: Attempt | null = null;
  /** What http-proxy made for the attempt; null until then. */
  #outgoing: ClientRequest | null = null;
  #incoming: IncomingMessage | null = null;
  #isRecorded = false;
  #isOver = false;
  /** Whether the client got an own answer, or gets it. */
  #isAnswered = false;

  constructor(
    context: ExchangeContext,
    request: IncomingMessage,
    response: ServerResponse,
    routed: Routed,
    upgrade: Upgrade | null,
    account: Account,
  ) {
    this.account = account;
    this.#context = context;
    this.#request = request;
    this.#response = response;
    this.#routed = routed;
    this.#upgrade = upgrade;
    this.#servers = new ServerChoice(routed, context.clock, context.settings, this);
    this.#interim = new InterimResponses(response, routed.head);
    this.#body = RequestBody.of(request, routed.head, context.settings.limits.bodyBytes);
  }

  start(): void {
    this.#response.on('close', () => {
      this.#leave();
      this.#deadline.clear();
    });
    this.goTo(this.#servers.first());
  }

  /** Ends the exchange with an own answer, or by cutting the client off where a response has begun. */
  fail(failure: Failure): void {
    if (this.#isOver) return;
    const { status } = answerFor(failure.kind);
    // The two that stand for a server's failure; others are the client's, or the backend was not asked.
    if (status === 502 || status === 504) this.#record(status);
    this.#leave();
    this.#isAnswered = !this.#response.headersSent;
    answerFailure(this.#request, this.#response, failure, this.#context.isClosing(), this.account);
  }

  /** Ends the exchange because its request turned out to be broken. */
  abandon(): 'nothing' | 'answer' | 'part' {
    if (this.#isAnswered) {
      this.#response.end();
      return 'answer';
    }
    this.#leave();
    return this.#response.headersSent ? 'part' : 'nothing';
  }

  /** Opens an attempt, or ends the exchange; null: it waits until this is called again. */
  goTo(to: ServerTraffic | Failure | null): void {
    if (to === null) return;
    if ('kind' in to) this.fail(to);
    else this.#open(to);
  }

  #open(to: ServerTraffic): void {
    const { clock, serverName } = this.#context;
    const attempt = new Attempt(to, clock, this.#body !== null);
    this.#attempt = attempt;
    this.#outgoing = null;
    this.account.sentTo(to, this.#servers.retries);
    try {
      forward(
        outgoingRequest(this.#routed, to, serverName, this.#upgrade?.protocol ?? null),
        this.#request.socket,
        this.#response,
        (request) => this.#opened(attempt, request),
        (error) => this.#broke(attempt, error),
      );
    } catch {
      this.fail({ kind: 'bad-request', detail: 'the request cannot be sent on as it is' });
    }
  }

  #opened(attempt: Attempt, request: ClientRequest): void {
    this.#outgoing = request;
    // Node would keep a thousand fields of the response and drop the others without a word.
    request.maxHeadersCount = 0;
    attempt.carrier = new ClientRequestCarrier(request);
    request.on('socket', (socket: Socket) => {
      if (this.#isOver) return;
      if (request.reusedSocket) {
        this.#connected(attempt, request);
        return;
      }
      this.#deadline.set(this.#context.settings.timeouts.connectMs, () => attempt.expire());
      socket.once(attempt.to.pool.readyEvent, () => this.#connected(attempt, request));
    });
    request.on('information', (info) => {
      if (!this.#isOver) this.#interim.relay(info);
    });
    request.on('response', (response) => this.#receive(attempt, response));
    request.on('upgrade', (response, socket, firstBytes) => {
      const isAsked = response.headers.upgrade?.toLowerCase() === this.#upgrade?.protocol.toLowerCase();
      if (this.#isOver || this.#upgrade === null || !isAsked) {
        socket.destroy();
        attempt.broke('switched protocols unasked');
        this.fail({ kind: 'bad-response', detail: `${attempt.to.server.id} switched protocols unasked` });
        return;
      }
      this.#isOver = true;
      this.#deadline.clear();
      attempt.answered(101);
      this.#servers.settled();
      this.#record(101);
      attempt.becameTunnel();
      socket.once('close', () => attempt.end());
      this.account.switched();
      const setCookie = this.#servers.cookieFor(attempt.to);
      this.#upgrade.switched(response, socket, firstBytes, setCookie, this.account);
    });
  }

  #connected(attempt: Attempt, request: ClientRequest): void {
    if (this.#isOver || attempt !== this.#attempt) return;
    attempt.connected();
    if (this.#body === null) {
      request.end();
      this.#awaitResponse(attempt);
      return;
    }
    const { settings } = this.#context;
    this.#deadline.set(settings.timeouts.streamMs, () => {
      if (request.writableNeedDrain) attempt.expire();
      else this.fail({ kind: 'request-timeout', detail: 'the request body stopped coming' });
    });
    this.#body.sendTo(request, {
      tooLarge: () => this.fail(bodyTooLarge(settings.limits.bodyBytes)),
      progress: (bytes) => {
        this.account.bytesIn += bytes;
        this.#deadline.touch();
      },
      sent: () => {
        attempt.bodySent();
        this.#awaitResponse(attempt);
      },
    });
    if (!this.#servers.mayFollow(request.reusedSocket)) this.#body.forget();
  }

  #awaitResponse(attempt: Attempt): void {
    if (attempt.hasResponse || this.#isOver) return;
    this.#deadline.set(this.#context.settings.timeouts.responseMs, () => attempt.expire());
  }

  #receive(attempt: Attempt, response: IncomingMessage): void {
    if (this.#isOver || attempt !== this.#attempt) {
      response.destroy();
      return;
    }
    const status = response.statusCode ?? 0;
    this.#incoming = response;
    attempt.answered(status);
    this.#body?.forget();
    this.#servers.settled();
    attempt.to.pool.learn(response.socket, valueOf(response.rawHeaders, 'keep-alive'));
    this.#deadline.set(this.#context.settings.timeouts.streamMs, () => this.#cut(this.#whoIsSilent()));
    const additions = {
      isClosing: this.#context.isClosing(),
      setCookie: this.#servers.cookieFor(attempt.to),
    };
    this.account.answered(status);
    this.#upgrade?.declined();
    relayResponse(response, this.#response, this.#routed.head, additions, {
      progress: (bytes) => {
        this.account.bytesOut += bytes;
        this.#deadline.touch();
      },
      unusable: (detail) => {
        attempt.broke('answered something that cannot be sent on');
        this.fail({ kind: 'bad-response', detail });
      },
      broke: () => this.#brokeInTheMiddle(attempt),
      received: () => this.#finish(attempt),
    });
    this.#record(status);
  }

  /** Tells the circuit breaker how the request went: once, and nothing of one whose client left. */
  #record(status: number): void {
    if (this.#isRecorded || this.#attempt === null) return;
    this.#isRecorded = true;
    this.#routed.traffic.record(status, this.#attempt.waitedMs);
  }

  /** The response is complete; the request may not have reached its server (RFC 9112 §9.3: then its connection is of no further use). */
  #finish(attempt: Attempt): void {
    this.#isOver = true;
    attempt.completed();
    this.#body?.stop();
    // The deadline goes on until the client has read all of it.
    this.#deadline.touch();
    this.#response.end();
    if (this.#outgoing?.writableFinished === true) return;
    this.#outgoing?.destroy();
    drainBody(this.#request, () => {});
  }

  #broke(attempt: Attempt, error: Error): void {
    if (this.#isOver || attempt !== this.#attempt) return;
    if (attempt.hasResponse) {
      // What it sends behind all of its response is not for the client, and ends no more than the connection.
      if (this.#incoming?.complete !== true) this.#brokeInTheMiddle(attempt);
      return;
    }
    this.#deadline.clear();
    const { to } = attempt;
    const distrust = attempt.untrustedReason(error);
    if (distrust !== null) {
      this.#context.untrustedServer(this.#routed.traffic.backend.id, to.server.url, distrust);
    }
    const isWhole = this.#body?.hold() ?? true;
    this.goTo(this.#servers.after(attempt, error, isWhole));
  }

  #brokeInTheMiddle(attempt: Attempt): void {
    if (this.#isOver) return;
    attempt.broke('broke off in the middle of a response');
    this.#cut('server-broke');
  }

  /** Who of the two ends a response by silence: its client, where it reads no more. */
  #whoIsSilent(): Break {
    return this.#isOver || this.#response.writableNeedDrain ? 'client-left' : 'server-broke';
  }

  /** Breaks the client's connection, so that nobody takes what it has for the whole. */
  #cut(why: Break): void {
    this.account.broke(why);
    this.#leave();
    this.#response.destroy();
  }

  /** The client is gone or has its answer: whatever goes on behind it ends. */
  #leave(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#deadline.clear();
    this.#body?.stop();
    this.#servers.settled();
    this.#attempt?.end();
    this.#outgoing?.destroy();
  }
}
