import type { RawConnection, ConnectionUser } from '../../traffic/rawConnection.ts';
import type { ServerTraffic } from '../../traffic/serverTraffic.ts';
import type { Account } from '../account.ts';
import { Attempt } from '../attempt.ts';
import type { Break } from '../counting.ts';
import { answerFor, type Failure } from '../failure.ts';
import type { LaneContext } from '../lanes.ts';
import type { Routed } from '../router.ts';
import { ServerChoice, type Traveller } from '../serverChoice.ts';
import type { ClientConnection, ClientContext } from './clientConnection.ts';
import { IncomingResponse, InvalidResponse } from './incomingResponse.ts';
import type { OutgoingHeads } from './outgoingHead.ts';
import type { FastRequest } from './requestReader.ts';
import type { FastTools } from './fastTools.ts';
import { writeHead } from './responseHead.ts';

/**
 * One request on the fast lane, from its routed head to the end of its response; the states are those of the full lane's exchange:
 *
 *     connecting ──► sending ──► waiting ──► receiving ──► over
 *         │ ▲            └───────────┴───────────┴──► over, by failure or because a side left
 *         └─┘ next server, while no connection can be made, or where another attempt is allowed
 *
 * One deadline runs at a time, kept by the client's connection: connect, silence of the body, response, silence of the body.
 */
export class FastExchange implements Traveller, ConnectionUser {
  readonly #client: ClientConnection;
  readonly #context: LaneContext;
  readonly #tools: FastTools;
  readonly #routed: Routed;
  readonly #request: FastRequest;
  readonly #heads: OutgoingHeads;
  readonly #account: Account;
  readonly #servers: ServerChoice;
  #attempt: Attempt | null = null;
  #connection: RawConnection | null = null;
  #response: IncomingResponse | null = null;
  /** What a deadline ends; null: nothing runs. */
  #awaits: 'connection' | 'body' | 'response' | 'silence' | null = null;
  #isConnected = false;
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
    this.#client = client;
    this.#context = lane;
    this.#tools = tools;
    this.#routed = routed;
    this.#request = request;
    this.#heads = heads;
    this.#account = request.account;
    this.#servers = new ServerChoice(routed, lane.clock, lane.settings, this);
  }

  start(): void {
    const { body } = this.#request;
    // What came with the head shows already that the rest is broken: no server is asked at all.
    if (body?.isBad === true && body.flaw !== null) this.fail(body.flaw);
    else this.goTo(this.#servers.first());
  }

  /** Whether bytes of the request's body can be taken now. */
  get takesBody(): boolean {
    return this.#isConnected && !this.#isBodySent && !this.#isOver && this.#connection?.needsDrain === false;
  }

  /** Whether more of the request's body is to come, and it is the client who lets us wait for it. */
  get awaitsClient(): boolean {
    return this.takesBody && this.#response?.hasBegun !== true;
  }

  /** Whether more of the request's body is to come. */
  get lacksBody(): boolean {
    return !this.#isBodySent;
  }

  /** Takes what belongs to the body of these bytes of the client's. Returns where the rest begins. */
  takeBody(bytes: Buffer, start: number): number {
    const { body } = this.#request;
    const connection = this.#connection;
    if (body === null || connection === null) return start;
    let rest: number;
    let piece: Buffer;
    if (body.isRaw) {
      rest = body.skip(start, bytes.length);
      piece = bytes.subarray(start, rest);
    } else {
      rest = body.pass(bytes, start, bytes.length, this.#tools.writer);
      piece = this.#tools.writer.take();
    }
    const { flaw } = body;
    if (flaw !== null) {
      this.fail(flaw);
      return rest;
    }
    this.#account.bytesIn = body.bytes;
    body.keep(piece);
    connection.write(piece);
    if (body.isDone) this.#bodySent();
    else this.#touch();
    return rest;
  }

  /** The deadline has passed. */
  expired(): void {
    switch (this.#awaits) {
      case 'connection':
      case 'response':
        this.#attempt?.expire();
        break;
      case 'body':
        if (this.#connection?.needsDrain === true) this.#attempt?.expire();
        else this.fail({ kind: 'request-timeout', detail: 'the request body stopped coming' });
        break;
      case 'silence':
        this.#cut(this.#client.needsDrain ? 'client-left' : 'server-broke');
        break;
      case null:
    }
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
    this.#connection?.resume();
  }

  /** Ends the exchange with an own answer, or by cutting the client off where a response has begun. */
  fail(failure: Failure): void {
    if (this.#isOver) return;
    const { status } = answerFor(failure.kind);
    // The two that stand for a server's failure; others are the client's, or the backend was not asked.
    if (status === 502 || status === 504) this.#record(status);
    const hasBegun = this.#response?.hasBegun === true;
    this.#leave();
    if (hasBegun) {
      this.#account.broke(failure.kind);
      this.#client.cut(this.#account);
    } else this.#client.answer(failure, this.#request);
  }

  /** Opens an attempt, or ends the exchange; null: it waits until this is called again. */
  goTo(to: ServerTraffic | Failure | null): void {
    if (to === null) return;
    if ('kind' in to) this.fail(to);
    else this.#open(to);
  }

  connected(): void {
    const attempt = this.#attempt;
    const connection = this.#connection;
    if (this.#isOver || attempt === null || connection === null) return;
    const { opening, ownHeads, body } = this.#request;
    attempt.connected();
    if (body !== null && body.flaw !== null) {
      // Too large already: none of it is sent.
      this.fail(body.flaw);
      return;
    }
    this.#isConnected = true;
    if (ownHeads) {
      this.#heads.make(this.#tools.writer, this.#routed, attempt.to);
      this.#tools.writer.copy(opening, 0, opening.length);
      this.#tools.writer.writeTo(connection);
    } else connection.write(opening);
    if (body === null) {
      this.#await('response', this.#context.settings.timeouts.responseMs);
      return;
    }
    this.#account.bytesIn = body.bytes;
    for (const piece of body.kept) connection.write(piece);
    if (!this.#servers.mayFollow(connection.isReused)) body.forget();
    this.#await('body', this.#context.settings.timeouts.streamMs);
    if (body.isDone) this.#bodySent();
    else this.#client.goOn();
  }

  received(bytes: Buffer, count: number): void {
    this.#context.turn.hold();
    this.#receive(bytes, count);
    this.#context.turn.free();
  }

  #receive(bytes: Buffer, count: number): void {
    const attempt = this.#attempt;
    if (this.#isOver || attempt === null) return;
    this.#response ??= new IncomingResponse(this.#tools, this.#routed.head.method === 'HEAD');
    const response = this.#response;
    try {
      if (!response.hasBegun && !this.#receiveHead(attempt, response, bytes, count)) return;
      if (response.hasBegun) this.#relay(attempt, response, bytes, count);
    } catch (error) {
      if (!(error instanceof InvalidResponse)) throw error;
      if (response.hasBegun) this.#brokeInTheMiddle(attempt);
      else this.#connection?.destroy(error);
    }
  }

  /** A 1xx came. It knows no back-pressure: for a client that does not read, a flood of them would pile up here. */
  interim(bytes: Buffer, start: number): void {
    const { responseScanner: scanner, writer } = this.#tools;
    if (this.#client.needsDrain) return;
    // The server of a retry says it again; the client is sending by then.
    if (scanner.status === 100) {
      if (!this.#hasContinued) writer.text('HTTP/1.1 100 Continue\r\n\r\n');
      this.#hasContinued = true;
    } else writeHead(writer, scanner, bytes, start, { setCookie: null, chunked: false, closes: false });
    writer.writeTo(this.#client.socket);
  }

  drained(): void {
    if (this.#isOver) return;
    this.#touch();
    this.#client.goOn();
  }

  ended(): void {
    if (this.#isOver || this.#attempt === null) return;
    const response = this.#response;
    if (response?.hasBegun === true && response.endsWithConnection) {
      response.end(this.#client.socket);
      this.#finish(this.#attempt, response);
    } else {
      this.broke(Object.assign(new Error('the server closed the connection'), { code: 'ECONNRESET' }));
    }
  }

  broke(error: NodeJS.ErrnoException): void {
    const attempt = this.#attempt;
    if (this.#isOver || attempt === null) return;
    if (attempt.hasResponse) {
      this.#brokeInTheMiddle(attempt);
      return;
    }
    this.#awaits = null;
    this.#client.awaitNothing();
    this.#isConnected = false;
    this.#connection = null;
    this.#response = null;
    this.goTo(this.#servers.after(attempt, error, this.#request.body?.isWhole ?? true));
  }

  #open(to: ServerTraffic): void {
    const { rawPool } = to;
    if (rawPool === null) {
      // It came with a table while the request waited.
      to.unclaim();
      this.fail({ kind: 'no-server', detail: `${to.server.id} speaks another protocol since a moment ago` });
      return;
    }
    const attempt = new Attempt(to, this.#context.clock, this.#request.body?.isDone === false);
    this.#attempt = attempt;
    this.#account.sentTo(to, this.#servers.retries);
    const idle = rawPool.take(this, this.#context.realTime());
    this.#connection = idle ?? rawPool.connect(this);
    attempt.carrier = this.#connection;
    if (idle === null) this.#await('connection', this.#context.settings.timeouts.connectMs);
    else this.connected();
  }

  /** False: not all of it is there, or it was not the last. */
  #receiveHead(attempt: Attempt, response: IncomingResponse, bytes: Buffer, count: number): boolean {
    const status = response.readHead(bytes, count, this);
    if (status === null) return false;
    const { id } = attempt.to.server;
    if (status === 101) {
      attempt.broke('switched protocols unasked');
      this.fail({ kind: 'bad-response', detail: `${id} switched protocols unasked` });
      return false;
    }
    const { flaw } = this.#tools.responseScanner;
    attempt.answered(status);
    this.#request.body?.forget();
    this.#servers.settled();
    if (this.#connection !== null) response.learn(this.#connection);
    this.#await('silence', this.#context.settings.timeouts.streamMs);
    if (flaw !== '') {
      attempt.broke('answered something that cannot be sent on');
      this.fail({ kind: 'bad-response', detail: `the server ${flaw}` });
      return false;
    }
    this.#account.answered(status);
    response.begin({
      closes: this.#client.closes,
      setCookie: this.#servers.cookieFor(attempt.to),
    });
    this.#record(status);
    return true;
  }

  #relay(attempt: Attempt, response: IncomingResponse, bytes: Buffer, count: number): void {
    const { socket } = this.#client;
    const before = response.bytes;
    const isTaken = response.relay(bytes, count, socket);
    this.#account.bytesOut += response.bytes - before;
    if (count === bytes.length) this.#connection?.growBuffer();
    if (socket.writableLength > 0) this.#connection?.keepBuffer();
    if (response.isDone) this.#finish(attempt, response);
    else {
      this.#client.lasts();
      this.#touch();
      if (!isTaken) this.#connection?.pause();
    }
  }

  get #isBodySent(): boolean {
    return this.#request.body === null || this.#request.body.isDone;
  }

  #bodySent(): void {
    const attempt = this.#attempt;
    if (attempt === null) return;
    attempt.bodySent();
    this.#client.place.busy();
    if (!attempt.hasResponse) this.#await('response', this.#context.settings.timeouts.responseMs);
  }

  /** Tells the circuit breaker how the request went: once, and nothing of one whose client left. */
  #record(status: number): void {
    if (this.#isRecorded || this.#attempt === null) return;
    this.#isRecorded = true;
    this.#routed.traffic.record(status, this.#attempt.waitedMs);
  }

  /** The response is complete; the request may not have reached its server (RFC 9112 section 9.3: then its connection is of no further use). */
  #finish(attempt: Attempt, response: IncomingResponse): void {
    this.#isOver = true;
    this.#client.awaitNothing();
    attempt.completed();
    const connection = this.#connection;
    this.#connection = null;
    const isReusable = this.#isBodySent && response.leavesConnection;
    if (isReusable && connection !== null) attempt.to.rawPool?.give(connection, this.#context.realTime());
    else connection?.close();
    this.#client.finish(this.#account, this.#isBodySent ? null : this.#request.body);
  }

  #brokeInTheMiddle(attempt: Attempt): void {
    attempt.broke('broke off in the middle of a response');
    this.#cut('server-broke');
  }

  /** Breaks the client's connection, so that nobody takes what it has for the whole. */
  #cut(why: Break): void {
    this.#account.broke(why);
    this.#leave();
    this.#client.cut(this.#account);
  }

  /** The client is gone or has its answer: whatever goes on behind it ends. */
  #leave(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#client.awaitNothing();
    this.#servers.settled();
    this.#attempt?.end();
    this.#connection?.close();
    this.#connection = null;
  }

  #await(what: 'connection' | 'body' | 'response' | 'silence', ms: number): void {
    this.#awaits = what;
    this.#client.awaitFor(ms);
  }

  #touch(): void {
    if (this.#awaits === 'body' || this.#awaits === 'silence') {
      this.#client.awaitFor(this.#context.settings.timeouts.streamMs);
    }
  }
}
