import type { ServerTraffic } from '../../traffic/serverTraffic.ts';
import type { Account } from '../account.ts';
import type { Attempt } from '../attempt.ts';
import type { Break } from '../counting.ts';
import { answerFor, type Failure } from '../failure.ts';
import type { LaneContext } from '../lanes.ts';
import type { Routed } from '../router.ts';
import { ServerChoice, type Traveller } from '../serverChoice.ts';
import type { ClientConnection, ClientContext } from './clientConnection.ts';
import { FastAttempt } from './fastAttempt.ts';
import type { FastTools } from './fastTools.ts';
import type { OutgoingHeads } from './outgoingHead.ts';
import type { FastRequest } from './requestReader.ts';
import { writeHead } from './responseHead.ts';

/** What is waited for, whose deadline runs. */
type Awaited = 'connection' | 'body' | 'response' | 'silence';

/**
 * One request on the fast lane, from its routed head to the end of its response; the states are those of the full lane's exchange:
 *
 *     connecting ──► sending ──► waiting ──► receiving ──► over
 *         │ ▲            └───────────┴───────────┴──► over, by failure or because a side left
 *         └─┘ next server, while no connection can be made, or where another attempt is allowed
 *
 * One deadline runs at a time, kept by the client's connection: connect, silence of the body, response, silence of the body.
 */
export class FastExchange implements Traveller {
  readonly client: ClientConnection;
  readonly lane: LaneContext;
  readonly tools: FastTools;
  readonly routed: Routed;
  readonly request: FastRequest;
  readonly heads: OutgoingHeads;
  readonly #account: Account;
  readonly #servers: ServerChoice;
  #current: FastAttempt | null = null;
  #awaited: Awaited | null = null;
  #isRecorded = false;
  /** Whether the client was told to send its body. */
  #hasContinued = false;
  #isOver = false;

  constructor(
    client: ClientConnection,
    { lane, tools }: Pick<ClientContext, 'lane' | 'tools'>,
    routed: Routed,
    request: FastRequest,
    heads: OutgoingHeads,
  ) {
    this.client = client;
    this.lane = lane;
    this.tools = tools;
    this.routed = routed;
    this.request = request;
    this.heads = heads;
    this.#account = request.account;
    this.#servers = new ServerChoice(routed, lane.clock, lane.settings, this);
  }

  start(): void {
    const { body } = this.request;
    // What came with the head shows already that the rest is broken: no server is asked at all.
    if (body?.isBad === true && body.flaw !== null) this.fail(body.flaw);
    else this.goTo(this.#servers.first());
  }

  /** Whether more of the request's body is to come. */
  get lacksBody(): boolean {
    return this.request.body?.isDone === false;
  }

  /** Whether bytes of the request's body can be taken now. */
  get takesBody(): boolean {
    return !this.#isOver && this.lacksBody && this.#current?.takesMore === true;
  }

  /** Whether more of the request's body is to come, and it is the client who lets us wait for it. */
  get awaitsClient(): boolean {
    return this.takesBody && this.#current?.hasBegun !== true;
  }

  /** Takes what belongs to the body of these bytes of the client's. Returns where the rest begins. */
  takeBody(bytes: Buffer): number {
    const { body } = this.request;
    if (body === null) return 0;
    const restAt = body.isRaw
      ? body.skip(bytes, 0, bytes.length)
      : body.pass(bytes, 0, bytes.length, this.tools.writer);
    const piece = body.isRaw ? bytes.subarray(0, restAt) : this.tools.writer.take();
    const { flaw } = body;
    if (flaw !== null) {
      this.fail(flaw);
      return restAt;
    }
    this.#account.bytesIn = body.bytes;
    this.#current?.send(piece);
    if (body.isDone) this.#bodySent();
    else this.#touch();
    return restAt;
  }

  /** The deadline has passed. */
  expired(): void {
    const isServers = this.#awaited === 'body' && this.#current?.takesMore === false;
    if (this.#awaited === 'silence') this.cut(this.client.needsDrain ? 'client-left' : 'server-broke');
    else if (this.#awaited === 'body' && !isServers) {
      this.fail({ kind: 'request-timeout', detail: 'the request body stopped coming' });
    } else if (this.#awaited !== null) this.#current?.attempt.expire();
  }

  /** The client is gone. */
  clientLeft(): void {
    this.#leave();
    this.#account.close(false);
  }

  /** The client reads again. */
  clientDrained(): void {
    if (this.#isOver) return;
    this.#touch();
    this.#current?.resume();
  }

  /** The server reads again. */
  serverDrained(): void {
    this.#touch();
    this.client.goOn();
  }

  /** Ends the exchange with an own answer, or by cutting the client off where a response has begun. */
  fail(failure: Failure): void {
    if (this.#isOver) return;
    const { status } = answerFor(failure.kind);
    // The two that stand for a server's failure; others are the client's, or the backend was not asked.
    if (status === 502 || status === 504) this.#record(status);
    const hasBegun = this.#current?.hasBegun === true;
    this.#leave();
    if (hasBegun) {
      this.#account.broke(failure.kind);
      this.client.cut(this.#account);
    } else this.client.answer(failure, this.request);
  }

  /** Breaks the client's connection, so that nobody takes what it has for the whole. */
  cut(why: Break): void {
    this.#account.broke(why);
    this.#leave();
    this.client.cut(this.#account);
  }

  /** Opens an attempt, or ends the exchange; null: it waits until this is called again. */
  goTo(to: ServerTraffic | Failure | null): void {
    if (to === null) return;
    if ('kind' in to) this.fail(to);
    else this.#open(to);
  }

  /** An attempt has sent all that is here of the request. */
  begun(isReused: boolean): void {
    const { body } = this.request;
    const { streamMs, responseMs } = this.lane.settings.timeouts;
    if (body === null) {
      this.#await('response', responseMs);
      return;
    }
    this.#account.bytesIn = body.bytes;
    if (!this.#servers.mayFollow(isReused)) body.forget();
    this.#await('body', streamMs);
    if (body.isDone) this.#bodySent();
    else this.client.goOn();
  }

  /** An attempt got no response. */
  broke(attempt: Attempt, error: Error): void {
    this.#awaited = null;
    this.client.awaitNothing();
    this.goTo(this.#servers.after(attempt, error, this.request.body?.isWhole ?? true));
  }

  /** A 1xx came, which is not sent on where it cannot be, and knows no back-pressure: for a client that does not read, a flood would pile up here. */
  interim(bytes: Buffer, start: number): void {
    const { responseScanner: scanner, writer } = this.tools;
    if (this.client.needsDrain || scanner.flaw !== '') return;
    // The server of a retry says it again; the client is sending by then.
    if (scanner.status === 100) {
      if (!this.#hasContinued) writer.text('HTTP/1.1 100 Continue\r\n\r\n');
      this.#hasContinued = true;
    } else writeHead(writer, scanner, bytes, start, { setCookie: null, chunked: false, closes: false });
    writer.writeTo(this.client.outlet);
  }

  /** What a response of the attempt's server sets as a cookie; null: nothing. */
  cookieFor({ to }: Attempt): string | null {
    return this.#servers.cookieFor(to);
  }

  /** The head of a response came, which is the client's. */
  answered(status: number): void {
    this.request.body?.forget();
    this.#servers.settled();
    this.#await('silence', this.lane.settings.timeouts.streamMs);
    this.#account.answered(status);
    this.#record(status);
  }

  /** So many bytes of the response's body went on to the client. */
  relayed(bytes: number): void {
    this.#account.bytesOut += bytes;
    this.#touch();
  }

  /** All of the response went on. */
  finish(): void {
    this.#isOver = true;
    this.client.awaitNothing();
    this.client.finish(this.#account, this.lacksBody ? this.request.body : null);
  }

  #open(to: ServerTraffic): void {
    if (to.rawPool === null) {
      // It came with a table while the request waited.
      to.unclaim();
      this.fail({ kind: 'no-server', detail: `${to.server.id} speaks another protocol since a moment ago` });
      return;
    }
    const attempt = new FastAttempt(this, to, to.rawPool);
    this.#current = attempt;
    this.#account.sentTo(to, this.#servers.retries);
    if (!attempt.start()) this.#await('connection', this.lane.settings.timeouts.connectMs);
  }

  #bodySent(): void {
    this.#current?.attempt.bodySent();
    this.client.place.busy();
    if (this.#current?.attempt.hasResponse !== true) {
      this.#await('response', this.lane.settings.timeouts.responseMs);
    }
  }

  /** Tells the circuit breaker how the request went: once, and nothing of one whose client left. */
  #record(status: number): void {
    if (this.#isRecorded || this.#current === null) return;
    this.#isRecorded = true;
    this.routed.traffic.record(status, this.#current.attempt.waitedMs);
  }

  /** The client is gone or has its answer: whatever goes on behind it ends. */
  #leave(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.client.awaitNothing();
    this.#servers.settled();
    this.#current?.leave();
  }

  #await(what: Awaited, ms: number): void {
    this.#awaited = what;
    this.client.awaitFor(ms);
  }

  #touch(): void {
    if (this.#awaited !== 'body' && this.#awaited !== 'silence') return;
    this.client.awaitFor(this.lane.settings.timeouts.streamMs);
  }
}
