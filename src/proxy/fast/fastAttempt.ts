import { OWN_BYTES, type ConnectionUser, type RawConnection } from '../../traffic/rawConnection.ts';
import type { RawPool } from '../../traffic/rawPool.ts';
import type { ServerTraffic } from '../../traffic/serverTraffic.ts';
import { Attempt } from '../attempt.ts';
import type { FastExchange } from './fastExchange.ts';
import { IncomingResponse, InvalidResponse } from './incomingResponse.ts';

/** One try of an exchange to get its request to a server: a connection, what is sent over it, and what comes back. */
export class FastAttempt implements ConnectionUser {
  readonly attempt: Attempt;
  readonly #exchange: FastExchange;
  readonly #pool: RawPool;
  /** Null once it is given back or closed. */
  #connection: RawConnection | null = null;
  #response: IncomingResponse | null = null;
  #isConnected = false;

  constructor(exchange: FastExchange, to: ServerTraffic, pool: RawPool) {
    this.#exchange = exchange;
    this.#pool = pool;
    this.attempt = new Attempt(to, exchange.lane.clock, exchange.request.body?.isDone === false);
  }

  /** Takes an idle connection, over which the request is sent at once, or makes one (false). */
  start(): boolean {
    const idle = this.#pool.take(this, this.#exchange.lane.realTime());
    this.#connection = idle ?? this.#pool.connect(this);
    this.attempt.carrier = this.#connection;
    if (idle !== null) this.connected();
    return idle !== null;
  }

  /** Whether more of the request's body could be sent now. */
  get takesMore(): boolean {
    return this.#isConnected && this.#connection?.needsDrain === false;
  }

  /** Whether the head of a response was accepted: its status is what the client gets. */
  get hasBegun(): boolean {
    return this.#response?.hasBegun === true;
  }

  send(piece: Buffer): void {
    this.#connection?.write(piece);
  }

  /** Reads on, after the client has read what there was. */
  resume(): void {
    this.#connection?.resume();
  }

  /** Gives up; nothing more is told. */
  leave(): void {
    this.attempt.end();
    this.#connection?.close();
    this.#connection = null;
  }

  connected(): void {
    const { request, tools } = this.#exchange;
    const connection = this.#connection;
    if (connection === null) return;
    this.attempt.connected();
    const flaw = request.body?.flaw ?? null;
    if (flaw !== null) {
      // Too large already: none of it is sent.
      this.#exchange.fail(flaw);
      return;
    }
    this.#isConnected = true;
    const opening = request.ownHeads ? this.#ownOpening() : request.opening;
    if (request.body?.isDone === false) connection.write(opening);
    else connection.hold(opening);
    // What the server before this one got behind the opening.
    if (request.body?.isBegun === true) {
      request.body.repeat(tools.writer);
      tools.writer.writeTo(connection);
    }
    request.body?.opened();
    this.#exchange.begun(connection.isReused);
  }

  received(bytes: Buffer, count: number): void {
    const { turn } = this.#exchange.lane;
    turn.hold();
    this.#receive(bytes, count);
    turn.free();
  }

  drained(): void {
    this.#exchange.serverDrained();
  }

  ended(): void {
    const { client } = this.#exchange;
    const response = this.#response;
    if (response?.hasBegun === true && response.endsWithConnection) {
      response.end(client.outlet);
      this.#finish(response);
    } else {
      this.broke(Object.assign(new Error('the server closed the connection'), { code: 'ECONNRESET' }));
    }
  }

  broke(error: NodeJS.ErrnoException): void {
    this.#connection = null;
    this.#isConnected = false;
    if (this.attempt.hasResponse) this.#brokeInTheMiddle();
    else this.#exchange.broke(this.attempt, error);
  }

  /** With a head for this server alone. */
  #ownOpening(): Buffer {
    const { request, heads, tools, routed } = this.#exchange;
    heads.make(tools.writer, routed, this.attempt.to);
    tools.writer.copy(request.opening, 0, request.opening.length);
    return tools.writer.take();
  }

  #receive(bytes: Buffer, count: number): void {
    const { tools, routed } = this.#exchange;
    this.#response ??= new IncomingResponse(tools, routed.head.method === 'HEAD');
    const response = this.#response;
    try {
      if (response.hasBegun || this.#receiveHead(response, bytes, count)) this.#relay(response, bytes, count);
    } catch (error) {
      if (!(error instanceof InvalidResponse)) throw error;
      if (response.hasBegun) this.#brokeInTheMiddle();
      else this.#connection?.destroy(error);
    }
  }

  /** False: not all of it is there, or there is nothing to relay. */
  #receiveHead(response: IncomingResponse, bytes: Buffer, count: number): boolean {
    const exchange = this.#exchange;
    const { attempt } = this;
    const status = response.readHead(bytes, count, exchange);
    if (status === null) return false;
    if (status === 101) {
      attempt.broke('switched protocols unasked');
      const { id } = attempt.to.server;
      exchange.fail({ kind: 'bad-response', detail: `${id} switched protocols unasked` });
      return false;
    }
    const { flaw } = exchange.tools.responseScanner;
    attempt.answered(status);
    if (flaw !== '') {
      attempt.broke('answered something that cannot be sent on');
      exchange.fail({ kind: 'bad-response', detail: `the server ${flaw}` });
      return false;
    }
    if (this.#connection !== null) response.learn(this.#connection);
    response.begin({ closes: exchange.client.closes, setCookie: exchange.cookieFor(attempt) });
    exchange.answered(status);
    return true;
  }

  #relay(response: IncomingResponse, bytes: Buffer, count: number): void {
    const exchange = this.#exchange;
    const { outlet } = exchange.client;
    const before = response.bytes;
    const isTaken = response.relay(bytes, count, outlet);
    exchange.relayed(response.bytes - before);
    if (count > OWN_BYTES && count === bytes.length) this.#connection?.growBuffer();
    if (outlet.writableLength > 0) this.#connection?.keepBuffer();
    if (response.isDone) this.#finish(response);
    else {
      exchange.client.lasts();
      if (!isTaken) this.#connection?.pause();
    }
  }

  /** The response is complete; the request may not have reached its server (RFC 9112 section 9.3: then its connection is of no further use). */
  #finish(response: IncomingResponse): void {
    const exchange = this.#exchange;
    const connection = this.#connection;
    this.#connection = null;
    this.attempt.completed();
    const isDone = response.leavesConnection && !exchange.lacksBody && connection?.writableLength === 0;
    if (isDone) this.#pool.give(connection, exchange.lane.realTime());
    else connection?.close();
    exchange.finish();
  }

  #brokeInTheMiddle(): void {
    this.attempt.broke('broke off in the middle of a response');
    this.#exchange.cut('server-broke');
  }
}
