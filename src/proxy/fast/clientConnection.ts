import type { Socket } from 'node:net';
import type { Account, Ledger } from '../account.ts';
import { answerText, type Failure } from '../failure.ts';
import type { LaneContext } from '../lanes.ts';
import type { Occupant, Place } from '../places.ts';
import type { Router } from '../router.ts';
import { Streak } from '../streak.ts';
import { Outlet } from '../../traffic/outlet.ts';
import { CR, LF } from './bytes.ts';
import { startReads, stopReads } from './clientReads.ts';
import { Ending, type EndingClient } from './ending.ts';
import { FastExchange } from './fastExchange.ts';
import type { FastTools } from './fastTools.ts';
import type { OutgoingBody } from './outgoingBody.ts';
import { RequestReader, type FastRequest } from './requestReader.ts';

/** So much of what follows a request is read before it is over; more stays in the kernel. */
const MAX_REST_BYTES = 65_536;
/** How long a connection that was ended by us is read from, so that the answer arrives before a reset would. */
const LINGER_MS = 2_000;
const NOTHING = Buffer.alloc(0);
const INCOMPLETE: Failure = { kind: 'bad-request', detail: 'the request ended before it was complete' };
const UNASKED: Failure = {
  kind: 'bad-request',
  detail: 'the request before this one said that it is the last',
};
const LATE: Failure = { kind: 'request-timeout', detail: 'the request head did not come in time' };
const SILENT: Failure = { kind: 'request-timeout', detail: 'the request body stopped coming' };

/** What the client connections of a lane share. */
export interface ClientContext {
  readonly lane: LaneContext;
  readonly tools: FastTools;
  readonly router: Router;
  readonly ledger: Ledger;
  /** It is closed. */
  readonly closed: (connection: ClientConnection) => void;
  /** The full lane has it from now on, with what is unread of it. `refused`: why its next request is no good already. */
  readonly handOver: (from: ClientConnection, rest: Buffer, refused: Failure | null) => void;
}

/**
 * One client connection on the fast lane:
 *
 *     idle ──► head ──► exchange ──► ending ──► idle
 *               │                      └──► lingering ──► closed
 *               └──► handed over, where its next request is not plain
 *
 * `ending`: the client has not read all of its answer, or not sent all of its request. `lingering`: it was ended by us, and is read until its client
 * has noticed.
 */
export class ClientConnection implements Occupant, EndingClient {
  readonly socket: Socket;
  /** What is written to it; all is. */
  readonly outlet: Outlet;
  readonly place: Place;
  /** By `performance.now()`, when `expired` is to be called. */
  deadlineAt = Infinity;
  readonly #context: ClientContext;
  readonly #reader: RequestReader;
  readonly #streak = new Streak(() => this.goOn());
  /** What came and was not taken yet. */
  #rest: Buffer = NOTHING;
  #exchange: FastExchange | null = null;
  /** Of the last request. */
  #body: OutgoingBody | null = null;
  #ending: Ending | null = null;
  /** Whether a part of a head is here. */
  #hasBegun = false;
  /** Whether this request is the last. */
  #isLast = false;
  /** Whether the client has asked for the end. */
  #isAsked = false;
  #isLingering = false;
  #isKept = false;
  #isAdvancing = false;
  #isPaused = false;
  #hasEnded = false;
  #isGone = false;

  constructor(socket: Socket, place: Place, context: ClientContext) {
    this.socket = socket;
    this.outlet = new Outlet(socket);
    this.place = place;
    this.#context = context;
    this.#reader = new RequestReader(socket.remoteAddress, context);
    place.occupant = this;
    this.awaitFor(context.lane.settings.timeouts.headerMs);
    startReads(socket, this.#take);
    socket.on('drain', this.#drain).on('end', this.#end);
    socket.on('error', ignore).on('close', this.#close);
    socket.resume();
  }

  /** Whether nothing of a request is here. */
  get isIdle(): boolean {
    return !this.isInFlight && this.#rest.length === 0;
  }

  get isInFlight(): boolean {
    return this.#exchange !== null || this.#ending !== null;
  }

  /** Whether the connection ends with the response, which says so: asked when it is written. */
  get closes(): boolean {
    this.#isLast ||= this.#context.lane.isClosing();
    return this.#isLast;
  }

  get needsDrain(): boolean {
    return this.socket.writableNeedDrain;
  }

  /** Closes it at once. */
  close(): void {
    this.outlet.flush();
    this.socket.destroy();
  }

  /** Closes it when what was written is on its way; what still comes is dropped. */
  closeSoon(): void {
    this.#isLingering = true;
    this.awaitFor(this.#silenceMs);
    this.outlet.close();
  }

  giveWay(): boolean {
    if (this.isIdle) {
      this.close();
      return true;
    }
    if (this.#exchange?.awaitsClient !== true) return false;
    this.#exchange.fail(SILENT);
    return true;
  }

  awaitFor(ms: number): void {
    this.deadlineAt = ms === 0 ? Infinity : this.#context.lane.realTime() + ms;
  }

  awaitNothing(): void {
    this.deadlineAt = Infinity;
  }

  /** The deadline has passed. */
  expired(): void {
    this.deadlineAt = Infinity;
    if (this.#exchange !== null) this.#exchange.expired();
    else if (this.#hasBegun && !this.isInFlight) this.#handOver(LATE);
    else this.close();
  }

  /** There may be room for more of the request's body. */
  goOn(): void {
    if (!this.#isAdvancing) this.#advance();
  }

  /** Breaks the connection in the middle of a response, so that nobody takes what there is for the whole. */
  cut(account: Account): void {
    this.#exchange = null;
    account.close(false);
    this.close();
  }

  /** Ends the exchange with an own answer. What is left of the request's body is read and dropped, where it can be told from what follows. */
  answer(failure: Failure, { routed, account, body }: FastRequest): void {
    const isBroken = body?.isBad === true || this.#hasEnded;
    const answer = answerText(failure, account.requestId, this.closes || isBroken);
    if (answer.closes) this.#isLast = true;
    const isOfHead = routed.parsed.method === 'HEAD';
    account.failed(failure);
    if (!isOfHead) account.bytesOut += answer.body.length;
    this.outlet.write(isOfHead ? answer.head : answer.head + answer.body, 'latin1');
    this.finish(account, isBroken ? null : body);
  }

  /** The response is written as a whole; `body`: what has not come of the request's, null: nothing. */
  finish(account: Account, body: OutgoingBody | null): void {
    this.#exchange = null;
    // Behind the last response whatever comes is dropped.
    const lacking = this.#isLast ? null : body;
    if (lacking === null && this.socket.writableLength === 0) {
      // As it nearly always is.
      account.close(true);
      this.over();
      return;
    }
    this.#ending = new Ending(this, account, lacking);
    this.#ending.start(this.#silenceMs);
    this.goOn();
  }

  /** The request is over and its response read: the next one, or the end. */
  over(): void {
    this.#ending = null;
    if (!this.#isLast && this.#hasEnded && this.#rest.length > 0) {
      this.#handOver(INCOMPLETE);
      return;
    }
    if (this.#isLast || this.#hasEnded || this.#context.lane.hasStopped()) {
      this.#linger();
      return;
    }
    this.lasts();
    this.awaitFor(this.#context.lane.settings.timeouts.idleMs);
    this.place.idle();
    this.goOn();
  }

  /**
   * The connection lasts longer than one answer: small pieces are to be sent at once, and a client that has vanished is to be noticed.
   * Not before, since each option is a system call, and many connections are for one request.
   */
  lasts(): void {
    if (this.#isKept) return;
    this.#isKept = true;
    this.socket.setNoDelay(true);
    this.socket.setKeepAlive(true);
  }

  get #silenceMs(): number {
    return this.#context.lane.settings.timeouts.streamMs;
  }

  readonly #take = (piece: Buffer): void => {
    if (this.#isLingering) return;
    this.#rest = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece]);
    const { turn } = this.#context.lane;
    turn.hold();
    this.#advance();
    turn.free();
  };

  readonly #drain = (): void => {
    this.#exchange?.clientDrained();
    if (this.#ending?.isRead === true) this.awaitFor(this.#silenceMs);
  };

  /** The client has closed, or half of it: as on the full lane it is gone then, but for what of an answer is on its way. */
  readonly #end = (): void => {
    this.#hasEnded = true;
    if (this.#ending?.isRead === true) return;
    if (this.#exchange?.lacksBody === true) this.#exchange.fail(INCOMPLETE);
    else if (this.isInFlight) this.close();
    else if (this.#hasBegun) this.#handOver(INCOMPLETE);
    else this.closeSoon();
  };

  readonly #close = (): void => {
    this.#isGone = true;
    this.#context.closed(this);
    this.#exchange?.clientLeft();
    this.#exchange = null;
    this.#ending?.clientLeft();
    this.#ending = null;
  };

  /** Takes what has come, as far as it can be taken now. */
  #advance(): void {
    this.#isAdvancing = true;
    while (this.#rest.length > 0 && !this.#isGone && !this.#isLingering) {
      const taken = this.isInFlight ? this.#takeBody() : this.#streak.take() && this.#begin();
      if (!taken) break;
    }
    this.#isAdvancing = false;
    // An empty part would hold on to all of the memory that it was a part of.
    if (this.#rest.length === 0) this.#rest = NOTHING;
    // A head that is not all here has its own limit, and who lingers is read in any case.
    if (this.#isGone) return;
    this.#hold(this.#streak.isOver || (this.isInFlight && this.#rest.length >= MAX_REST_BYTES));
  }

  /** Reads no more for the time being, or again. */
  #hold(isFull: boolean): void {
    if (isFull === this.#isPaused) return;
    this.#isPaused = isFull;
    if (isFull) this.socket.pause();
    else this.socket.resume();
  }

  /** False: nothing was taken. */
  #takeBody(): boolean {
    const rest = this.#rest;
    let restAt = 0;
    if (this.#ending !== null) restAt = this.#ending.drop(rest, this.#context.tools.writer, this.#silenceMs);
    else if (this.#exchange?.takesBody === true) {
      this.place.receiving();
      restAt = this.#exchange.takeBody(rest);
    }
    this.#rest = rest.subarray(restAt);
    return restAt > 0;
  }

  /** Begins the next request. False: not all of its head is here, or it is not for this lane. */
  #begin(): boolean {
    if (this.#body?.closes === true) return this.#refuseRest();
    const request = this.#reader.read(this.#rest);
    if (request === 'uncertain') return this.#handOver(null);
    if (request === 'incomplete') {
      if (!this.#hasBegun) this.awaitFor(this.#context.lane.settings.timeouts.headerMs);
      this.#hasBegun = true;
      this.place.busy();
      return false;
    }
    this.#hasBegun = false;
    this.#body = request.body;
    this.#rest = request.rest;
    this.#isLast = request.closes;
    this.#isAsked = request.closes;
    const { routed, body } = request;
    if (body === null || body.isDone) this.place.busy();
    else this.place.receiving();
    if (routed.kind === 'unroutable') {
      this.answer(routed.failure, request);
      return true;
    }
    this.#exchange = new FastExchange(this, this.#context, routed, request, this.#reader.heads);
    this.#exchange.start();
    if (this.isInFlight) this.#streak.interrupt();
    return true;
  }

  /** Nothing may follow the last request but empty lines. */
  #refuseRest(): boolean {
    const rest = this.#rest;
    let at = 0;
    while (rest[at] === CR || rest[at] === LF) at++;
    this.#rest = rest.subarray(at);
    return at === rest.length || this.#handOver(UNASKED);
  }

  /** Returns false, as nothing more is taken here. */
  #handOver(refused: Failure | null): false {
    const { socket } = this;
    this.outlet.flush();
    this.#isGone = true;
    this.deadlineAt = Infinity;
    stopReads(socket, this.#take);
    socket.off('drain', this.#drain).off('end', this.#end);
    socket.off('error', ignore).off('close', this.#close);
    this.#context.handOver(this, this.#hasEnded ? NOTHING : this.#rest, refused);
    return false;
  }

  #linger(): void {
    const { socket } = this;
    const isWhole = this.#rest.length === 0 && this.#body?.isDone !== false;
    // Who asked for it sends nothing more, whose arrival would reset the connection before the answer is read.
    if (this.#isAsked && isWhole) {
      this.#isLingering = true;
      this.outlet.close();
      return;
    }
    this.outlet.flush();
    if (this.#hasEnded) socket.destroySoon();
    else {
      this.#isLingering = true;
      this.#rest = NOTHING;
      this.awaitFor(LINGER_MS);
      socket.end();
      this.#hold(false);
    }
  }
}

function ignore(): void {
  // Its connection closes, which is heard.
}
