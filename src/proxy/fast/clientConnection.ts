import type { Socket } from 'node:net';
import { Account, type Ledger } from '../account.ts';
import { ownAnswer, type Failure } from '../failure.ts';
import type { Peer } from '../fields.ts';
import type { LaneContext } from '../lanes.ts';
import type { Occupant, Place } from '../places.ts';
import type { RequestHead } from '../request.ts';
import type { Routed, Router } from '../router.ts';
import { FastExchange, type Outgoing } from './fastExchange.ts';
import { FastHead } from './fastHead.ts';
import type { FastTools } from './fastTools.ts';
import { KEPT_BYTES, OutgoingBody } from './outgoingBody.ts';
import { OutgoingHeads } from './outgoingHead.ts';

/** So much of what follows a request is read before it is over; more stays in the kernel. */
const MAX_REST_BYTES = 65_536;
/** A head that comes in more pieces is the full lane's: its parser does not begin anew with each of them. */
const MAX_HEAD_PIECES = 8;
/** How much of a body that nobody wants is still read, so that its sender gets the answer instead of a reset; as on the full lane. */
const DRAIN_BYTES = 1_048_576;
const DRAIN_MS = 2_000;
/** How long a connection that was ended by us is read from, so that the answer arrives before a reset would. */
const LINGER_MS = 2_000;
const NOTHING = Buffer.alloc(0);
const INCOMPLETE: Failure = { kind: 'bad-request', detail: 'the request ended before it was complete' };
/** What a target and its prefix are made of where they were rewritten. */
const SENDABLE = /^[\x21-\x7e]*$/;

/** What the client connections of a lane share. */
export interface ClientContext {
  readonly lane: LaneContext;
  readonly tools: FastTools;
  readonly router: Router;
  readonly ledger: Ledger;
  /** The full lane has it from now on, with what is unread of it. `refused`: why its next request is no good already. */
  readonly handOver: (from: ClientConnection, rest: Buffer, refused: Failure | null) => void;
}

/**
 * One client connection on the fast lane:
 *
 *     idle ──► head ──► exchange ──► flushing ──► idle
 *               │          └──► draining ──┘└──► lingering ──► closed
 *               └──► handed over, where its next request is not plain
 *
 * `flushing`: the client has not read all of its answer. `draining`: what is left of a request's body is read and dropped.
 * `lingering`: it was ended by us, and is read until its client has noticed.
 */
export class ClientConnection implements Occupant {
  readonly socket: Socket;
  readonly place: Place;
  readonly heads: OutgoingHeads;
  /** By `performance.now()`, when `expired` is to be called. */
  deadlineAt: number;
  readonly #context: ClientContext;
  readonly #peer: Peer;
  /** What came and was not taken yet. */
  #rest: Buffer = NOTHING;
  #headPieces = 0;
  #exchange: FastExchange | null = null;
  /** Whose response is written and not read by the client yet, or whose body is drained. */
  #finishing: Account | null = null;
  #draining: OutgoingBody | null = null;
  #drained = 0;
  /** Whether this request is the last. */
  #isLast = false;
  /** Whether the client has asked for the end. */
  #isAsked = false;
  #isLingering = false;
  #isAdvancing = false;
  #isPaused = false;
  #hasEnded = false;
  #isGone = false;

  constructor(socket: Socket, place: Place, context: ClientContext) {
    this.socket = socket;
    this.place = place;
    this.#context = context;
    this.#peer = context.router.peerAt(socket.remoteAddress);
    this.heads = new OutgoingHeads(context.lane.serverName, context.tools.told);
    this.deadlineAt = Infinity;
    this.awaitFor(context.lane.settings.timeouts.headerMs);
    place.occupant = this;
    socket.on('data', this.#take).on('drain', this.#drain).on('end', this.#end);
    socket.on('error', ignore).on('close', this.#close);
    socket.resume();
  }

  /** Whether nothing of a request is here. */
  get isIdle(): boolean {
    return !this.isInFlight && this.#rest.length === 0;
  }

  get isInFlight(): boolean {
    return this.#exchange !== null || this.#finishing !== null;
  }

  /** Whether the connection ends with the response. */
  get closes(): boolean {
    this.#isLast ||= this.#context.lane.isClosing();
    return this.#isLast;
  }

  get needsDrain(): boolean {
    return this.socket.writableNeedDrain;
  }

  giveWay(): boolean {
    if (this.isIdle) {
      this.socket.destroy();
      return true;
    }
    if (this.#exchange?.awaitsClient !== true) return false;
    this.#exchange.fail({ kind: 'request-timeout', detail: 'the request body stopped coming' });
    return true;
  }

  /** Sees to it that `expired` is called if nothing happens for so long; 0: never. */
  awaitFor(ms: number): void {
    this.deadlineAt = ms === 0 ? Infinity : this.#context.tools.time.now() + ms;
  }

  awaitNothing(): void {
    this.deadlineAt = Infinity;
  }

  /** The deadline has passed. */
  expired(): void {
    this.deadlineAt = Infinity;
    if (this.#exchange !== null) this.#exchange.expired();
    else if (this.#finishing !== null || this.#rest.length === 0 || this.#isLingering) this.socket.destroy();
    else this.#handOver({ kind: 'request-timeout', detail: 'the request head did not come in time' });
  }

  /** The request's body is complete: its place is needed for something else than waiting. */
  busy(): void {
    this.place.busy();
  }

  /** There may be room for more of the request's body. */
  goOn(): void {
    if (!this.#isAdvancing) this.#advance();
  }

  /** Breaks the connection in the middle of a response, so that nobody takes what there is for the whole. */
  cut(): void {
    const account = this.#exchange?.account;
    this.#exchange = null;
    account?.close(false);
    this.socket.destroy();
  }

  /** Ends the exchange with an own answer. What is left of the request's body is read and dropped. */
  answer(failure: Failure, account: Account, head: RequestHead, body: OutgoingBody | null): void {
    const { status, reason, fields, body: text, closes } = ownAnswer(failure, account.requestId);
    const isBroken = body?.isBad === true;
    if (closes || isBroken) this.#isLast = true;
    let answer = `HTTP/1.1 ${status} ${reason}\r\n`;
    for (let i = 0; i < fields.length; i += 2) answer += `${fields[i]}: ${fields[i + 1]}\r\n`;
    if (this.closes) answer += 'Connection: close\r\n';
    answer += '\r\n';
    if (head.method !== 'HEAD') {
      answer += text;
      account.bytesOut += Buffer.byteLength(text);
    }
    account.failed(failure);
    this.socket.write(answer, 'latin1');
    this.finish(account, isBroken ? null : body);
  }

  /** The response is written as a whole; `body`: what has not come of the request's, null: nothing. */
  finish(account: Account, body: OutgoingBody | null): void {
    this.#exchange = null;
    this.#finishing = account;
    if (body !== null && !body.isDone) {
      // The response is complete, whatever becomes of the rest.
      if (this.socket.writableLength === 0) account.close(true);
      this.#draining = body;
      this.#drained = 0;
      this.awaitFor(DRAIN_MS);
      this.goOn();
      return;
    }
    if (this.socket.writableLength === 0) {
      this.#over();
      return;
    }
    this.awaitFor(this.#context.lane.settings.timeouts.streamMs);
    // Called when all that was written before is on its way.
    this.socket.write(NOTHING, () => {
      if (this.#finishing === account) this.#over();
    });
  }

  readonly #take = (piece: Buffer): void => {
    if (this.#isLingering) return;
    this.#rest = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece]);
    const { lane, tools } = this.#context;
    lane.turn.hold();
    tools.time.hold();
    this.#advance();
    tools.time.free();
    lane.turn.free();
  };

  readonly #drain = (): void => {
    this.#exchange?.clientDrained();
    if (this.#finishing !== null && this.#draining === null) {
      this.awaitFor(this.#context.lane.settings.timeouts.streamMs);
    }
  };

  /** The client has closed, or half of it: as on the full lane it is gone then, but for what of an answer is on its way. */
  readonly #end = (): void => {
    this.#hasEnded = true;
    const isFlushing = this.#finishing !== null && this.#draining === null;
    if (this.#exchange?.lacksBody === true) this.#exchange.fail(INCOMPLETE);
    else if (this.#exchange === null && this.#rest.length > 0 && !isFlushing) this.#handOver(INCOMPLETE);
    else if (!isFlushing) this.socket.destroy();
  };

  readonly #close = (): void => {
    this.#isGone = true;
    this.#exchange?.clientLeft();
    this.#exchange = null;
    this.#finishing?.close(false);
    this.#finishing = null;
  };

  /** Takes what has come, as far as it can be taken now. */
  #advance(): void {
    this.#isAdvancing = true;
    while (this.#rest.length > 0 && !this.#isGone && !this.#isLingering) {
      const taken = this.isInFlight ? this.#takeBody() : this.#begin();
      if (!taken) break;
    }
    this.#isAdvancing = false;
    // An empty part would hold on to all of the memory that it was a part of.
    if (this.#rest.length === 0) this.#rest = NOTHING;
    if (this.#isGone) return;
    const isFull = this.#rest.length >= MAX_REST_BYTES;
    if (isFull === this.#isPaused) return;
    this.#isPaused = isFull;
    if (isFull) this.socket.pause();
    else this.socket.resume();
  }

  /** False: nothing was taken. */
  #takeBody(): boolean {
    const { length } = this.#rest;
    if (this.#draining !== null) this.#dropBody(this.#draining);
    else if (this.#exchange?.takesBody === true) {
      this.place.receiving();
      this.#rest = this.#rest.subarray(this.#exchange.takeBody(this.#rest, 0));
    }
    return this.#rest.length < length;
  }

  #dropBody(body: OutgoingBody): void {
    const { writer } = this.#context.tools;
    const rest = body.pass(this.#rest, 0, this.#rest.length, writer);
    writer.discard();
    this.#drained += rest;
    this.#rest = this.#rest.subarray(rest);
    if (body.isDone) {
      this.#draining = null;
      if (this.#finishing !== null) this.finish(this.#finishing, null);
    } else if (body.isBad || this.#drained > DRAIN_BYTES) this.socket.destroy();
  }

  /** Begins the next request. False: not all of its head is here, or it is not for this lane. */
  #begin(): boolean {
    const { tools, lane, router } = this.#context;
    const bytes = this.#rest;
    const scanner = tools.requestScanner;
    const scan = scanner.scan(bytes, 0, bytes.length);
    if (scan === 'incomplete') return this.#awaitHead();
    const host = scan === 'whole' ? tools.hosts.of(scanner.authority) : null;
    if (host === null || scanner.end > lane.settings.limits.headerBytes) return this.#handOver(null);
    const head = new FastHead(scanner, bytes, host);
    const routed = router.routeHead(head, head, this.#peer);
    if (routed.kind === 'routed' && !isPlain(routed)) return this.#handOver(null);
    this.#headPieces = 0;
    this.#isLast = scanner.closes;
    this.#isAsked = scanner.closes;
    const account = new Account(this.#context.ledger, routed);
    const body = head.framing === 'none' ? null : new OutgoingBody(head, lane.settings.limits.bodyBytes);
    if (routed.kind === 'unroutable') {
      this.#rest = bytes.subarray(scanner.end);
      this.place.busy();
      this.#finishing = account;
      this.answer(routed.failure, account, head, body);
      return true;
    }
    const { opening, rest } = this.#open(routed, bytes, body);
    this.#rest = rest;
    if (body === null || body.isDone) this.place.busy();
    else this.place.receiving();
    const exchange = new FastExchange(this, lane, tools, routed, account, { opening, body });
    this.#exchange = exchange;
    exchange.start();
    return true;
  }

  #open(
    routed: Routed,
    bytes: Buffer,
    body: OutgoingBody | null,
  ): { opening: Outgoing['opening']; rest: Buffer } {
    const { requestScanner: scanner, writer } = this.#context.tools;
    const bodyAt = scanner.end;
    if (!this.heads.canCopy(routed)) return { opening: null, rest: bytes.subarray(bodyAt) };
    this.heads.copy(writer, routed, scanner, bytes, 0);
    const end = Math.min(bytes.length, bodyAt + KEPT_BYTES);
    const rest = body === null ? bodyAt : body.pass(bytes, bodyAt, end, writer);
    return { opening: writer.take(), rest: bytes.subarray(rest) };
  }

  #awaitHead(): boolean {
    this.#headPieces += 1;
    const { limits, timeouts } = this.#context.lane.settings;
    if (this.#headPieces > MAX_HEAD_PIECES || this.#rest.length > limits.headerBytes)
      return this.#handOver(null);
    if (this.#headPieces === 1) {
      this.place.busy();
      this.awaitFor(timeouts.headerMs);
    }
    return false;
  }

  #handOver(refused: Failure | null): false {
    const { socket } = this;
    this.#isGone = true;
    this.deadlineAt = Infinity;
    socket.off('data', this.#take).off('drain', this.#drain).off('end', this.#end);
    socket.off('error', ignore).off('close', this.#close);
    const rest = this.#hasEnded ? NOTHING : this.#rest;
    if (this.#hasEnded && refused === null) socket.destroy();
    else this.#context.handOver(this, rest, refused);
    return false;
  }

  /** The request is over and its response read: the next one, or the end. */
  #over(): void {
    const account = this.#finishing;
    this.#finishing = null;
    account?.close(true);
    if (this.#isLast || this.#hasEnded || this.#context.lane.hasStopped()) {
      this.#linger();
      return;
    }
    this.awaitFor(this.#context.lane.settings.timeouts.idleMs);
    this.place.idle();
    this.goOn();
  }

  #linger(): void {
    // Who asked for it sends nothing more, whose arrival would reset the connection before the answer is read.
    if (this.#isAsked && this.#rest.length === 0) {
      this.socket.destroy();
      return;
    }
    if (this.#hasEnded) {
      this.socket.destroySoon();
      return;
    }
    this.#isLingering = true;
    this.#rest = NOTHING;
    this.awaitFor(LINGER_MS);
    this.socket.end();
    if (this.#isPaused) this.socket.resume();
  }
}

/** Whether the fast lane can do what is asked of it. */
function isPlain({ traffic, head, sent }: Routed): boolean {
  if (traffic.speaksTls) return false;
  return sent.target === head.target || SENDABLE.test(sent.target + (sent.prefix ?? ''));
}

function ignore(): void {
  // Its connection closes, which is heard.
}
