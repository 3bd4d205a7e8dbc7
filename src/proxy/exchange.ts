import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { ServerTraffic } from '../traffic/backendTraffic.ts';
import { answerFailure } from './answer.ts';
import { Attempt, DeadlineExpired, isSafeToRepeat } from './attempt.ts';
import { Deadline } from './deadline.ts';
import type { Failure } from './failure.ts';
import { requestFields, valueOf } from './fields.ts';
import { forward } from './forwarder.ts';
import { relayInterim } from './interim.ts';
import { drainBody, sendBody } from './requestBody.ts';
import { relayResponse } from './responseBody.ts';
import type { Routed } from './router.ts';
import type { ProxySettings } from './settings.ts';

export interface ExchangeContext {
  readonly settings: ProxySettings;
  readonly serverName: string;
  /** Whether answers carry `Connection: close`, because the process is about to stop. */
  readonly isClosing: () => boolean;
}

/** What an upgraded connection is handed to. */
export interface Upgrade {
  readonly protocol: string;
  switched(response: IncomingMessage, serverSocket: Socket, firstBytes: Buffer): void;
}

/**
 * One request on the full lane, from its routed head to the end of its response:
 *
 *     connecting ──► sending ──► waiting ──► receiving ──► over
 *         │ ▲            └───────────┴───────────┴──► over, by failure or because a side left
 *         └─┘ next server, while no connection can be made
 *
 * One deadline runs at a time: connect, silence of the body, response, silence of the body.
 */
export class Exchange {
  readonly #context: ExchangeContext;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #routed: Routed;
  readonly #upgrade: Upgrade | null;
  readonly #deadline = new Deadline();
  readonly #tried = new Set<string>();
  readonly #giveUpAt: number;
  #attempt: Attempt | null = null;
  #lastFailure: Failure | null = null;
  #stopBody: () => void = () => {};
  #wasRepeated = false;
  #isOver = false;

  constructor(
    context: ExchangeContext,
    request: IncomingMessage,
    response: ServerResponse,
    routed: Routed,
    upgrade: Upgrade | null,
  ) {
    this.#context = context;
    this.#request = request;
    this.#response = response;
    this.#routed = routed;
    this.#upgrade = upgrade;
    this.#giveUpAt = performance.now() + 2 * context.settings.timeouts.connectMs;
  }

  start(): void {
    this.#response.on('close', () => {
      this.#leave();
      this.#deadline.clear();
    });
    this.#connectNext();
  }

  /** Ends the exchange with an own answer, or by cutting the client off where a response has begun. */
  fail(failure: Failure): void {
    if (this.#isOver) return;
    this.#leave();
    answerFailure(this.#request, this.#response, failure, this.#routed.requestId, this.#context.isClosing());
  }

  /** Ends the exchange because its request turned out to be broken. */
  abandon(): 'nothing' | 'part' {
    this.#leave();
    return this.#response.headersSent ? 'part' : 'nothing';
  }

  #connectNext(): void {
    const to = this.#routed.traffic.pick(this.#tried);
    if (to === null || performance.now() > this.#giveUpAt) {
      this.fail(
        this.#lastFailure ?? {
          kind: 'no-server',
          detail: `${this.#routed.match.backend.id} has no server left`,
        },
      );
      return;
    }
    this.#tried.add(to.server.id);
    this.#open(to);
  }

  #open(to: ServerTraffic): void {
    const { head, peer, requestId, match, sent } = this.#routed;
    const attempt = new Attempt(to);
    this.#attempt = attempt;
    const fields = requestFields(head, {
      peer,
      requestId,
      serverName: this.#context.serverName,
      hostOverride: match.route.passHostHeader ? null : to.server.url.replace(/^https?:\/\//, ''),
      upgrade: this.#upgrade?.protocol ?? null,
    });
    if (sent.prefix !== null) fields.push('X-Forwarded-Prefix', sent.prefix);
    try {
      forward(
        { method: head.method, target: sent.target, fields, to },
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
    attempt.request = request;
    request.on('socket', (socket: Socket) => {
      if (this.#isOver) return;
      if (!socket.connecting) {
        this.#connected(attempt, request);
        return;
      }
      this.#deadline.set(this.#context.settings.timeouts.connectMs, () =>
        request.destroy(new DeadlineExpired()),
      );
      socket.once('connect', () => this.#connected(attempt, request));
    });
    request.on('information', (info) => {
      if (!this.#isOver) relayInterim(info, this.#response, this.#routed.head);
    });
    request.on('response', (response) => this.#receive(attempt, response));
    request.on('upgrade', (response, socket, firstBytes) => {
      const isAsked = response.headers.upgrade?.toLowerCase() === this.#upgrade?.protocol.toLowerCase();
      if (this.#isOver || this.#upgrade === null || !isAsked) {
        socket.destroy();
        this.fail({ kind: 'bad-response', detail: `${attempt.to.server.id} switched protocols unasked` });
        return;
      }
      this.#isOver = true;
      this.#deadline.clear();
      this.#upgrade.switched(response, socket, firstBytes);
    });
  }

  #connected(attempt: Attempt, request: ClientRequest): void {
    if (this.#isOver || attempt !== this.#attempt) return;
    attempt.connected();
    if (this.#routed.head.framing === 'none') {
      request.end();
      this.#awaitResponse(attempt, request);
      return;
    }
    const { settings } = this.#context;
    this.#deadline.set(settings.timeouts.streamMs, () =>
      this.fail({ kind: 'request-timeout', detail: 'the request body stopped coming' }),
    );
    this.#stopBody = sendBody(this.#request, request, settings.limits.bodyBytes, {
      tooLarge: () =>
        this.fail({
          kind: 'body-too-large',
          detail: `a request body may have ${settings.limits.bodyBytes} bytes at most`,
        }),
      progress: () => this.#deadline.touch(),
      sent: () => this.#awaitResponse(attempt, request),
    });
  }

  #awaitResponse(attempt: Attempt, request: ClientRequest): void {
    if (attempt.hasResponse || this.#isOver) return;
    this.#deadline.set(this.#context.settings.timeouts.responseMs, () =>
      request.destroy(new DeadlineExpired()),
    );
  }

  #receive(attempt: Attempt, response: IncomingMessage): void {
    if (this.#isOver || attempt !== this.#attempt) {
      response.destroy();
      return;
    }
    attempt.hasResponse = true;
    attempt.to.pool.learn(response.socket, valueOf(response.rawHeaders, 'keep-alive'));
    this.#deadline.set(this.#context.settings.timeouts.streamMs, () => this.#cut());
    relayResponse(response, this.#response, this.#routed.head, this.#context.isClosing(), {
      progress: () => this.#deadline.touch(),
      unusable: (detail) => this.fail({ kind: 'bad-response', detail }),
      broke: () => this.#cut(),
      received: () => this.#finish(attempt),
    });
  }

  /** The response is complete; the request may not be (RFC 9112 §9.3: then its connection is of no further use). */
  #finish(attempt: Attempt): void {
    this.#isOver = true;
    this.#stopBody();
    // The deadline goes on until the client has read all of it.
    this.#deadline.touch();
    this.#response.end();
    if (this.#request.complete) return;
    attempt.request?.destroy();
    drainBody(this.#request, () => {});
  }

  #broke(attempt: Attempt, error: Error): void {
    if (this.#isOver || attempt !== this.#attempt) return;
    if (attempt.hasResponse) {
      this.#cut();
      return;
    }
    this.#deadline.clear();
    const failure = attempt.failureOf(error);
    if (!attempt.isConnected) {
      this.#lastFailure = failure;
      this.#connectNext();
    } else if (this.#mayRepeat(attempt, error)) {
      this.#wasRepeated = true;
      // One stale connection makes the others suspect; the repetition gets a new one.
      attempt.to.pool.closeIdle();
      this.#open(attempt.to);
    } else {
      this.fail(failure);
    }
  }

  #mayRepeat(attempt: Attempt, error: Error): boolean {
    const isUntouched = !this.#wasRepeated && !this.#response.headersSent;
    return isUntouched && isSafeToRepeat(this.#routed.head) && attempt.wasStale(error);
  }

  /** Breaks the client's connection, so that nobody takes what it has for the whole. */
  #cut(): void {
    this.#leave();
    this.#response.destroy();
  }

  /** The client is gone or has its answer: whatever goes on behind it ends. */
  #leave(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#deadline.clear();
    this.#stopBody();
    this.#attempt?.request?.destroy();
  }
}
