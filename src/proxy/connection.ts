import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Account } from './account.ts';
import { answerText, type Failure } from './failure.ts';
import { FirstLine } from './firstLine.ts';
import { Intake } from './intake.ts';
import { RequestEnd } from './requestEnd.ts';
import type { Occupant, Place } from './places.ts';
import { Streak } from './streak.ts';

/** How long a refused connection is read from, so that the answer arrives before a reset would. */
const LINGER_MS = 2_000;
/** Requests that wait for their turn; while there are as many, nothing more is read. */
const MAX_WAITING = 16;

/** What its connection asks of a request whose rest turns out to be broken. */
export interface InFlight {
  readonly account: Account;
  /** Ends it without a word. Returns what the client has got so far: nothing, all of an own answer, or a part of a response. */
  abandon(): 'nothing' | 'answer' | 'part';
}

interface Reading {
  readonly request: IncomingMessage;
  /** Null while its turn has not come. */
  begun: { readonly response: Response; readonly inFlight: InFlight } | null;
}

type Response = Pick<ServerResponse, 'headersSent' | 'shouldKeepAlive' | 'emit'>;

/** Opens the account of a request that its connection refuses; null: nothing of it is known. */
type OpenAccount = (failure: Failure, request: IncomingMessage | null) => Account;

/** One client connection of the full lane: what is in flight on it, and whether it is still worth reading. */
export class Connection implements Occupant {
  readonly socket: Socket;
  readonly #place: Place;
  readonly #open: OpenAccount;
  readonly #intake: Intake;
  /** The socket's own `destroySoon`. */
  readonly #destroySoon: () => void;
  readonly #inFlight = new Set<Response>();
  readonly #streak = new Streak(() => this.#intake.goOn());
  #reading: Reading | null = null;
  /** Of the request that is being received. */
  #end: RequestEnd | null = null;
  #firstLine = new FirstLine();
  #isRefused = false;
  #whenIdle: (() => void)[] = [];

  /** `socket` is one that Node's server was just told to serve. */
  constructor(socket: Socket, place: Place, open: OpenAccount) {
    this.socket = socket;
    this.#place = place;
    place.occupant = this;
    this.#open = open;
    this.#destroySoon = socket.destroySoon.bind(socket);
    // What Node calls behind the last response of a connection.
    socket.destroySoon = () => this.#close();
    this.#intake = new Intake(socket, {
      isFull: () => this.#whenIdle.length >= MAX_WAITING || this.#isHeldUp || this.#streak.isOver,
      isTaken: () => this.#isReceiving && this.#reading?.request.readableFlowing === true,
      endOfBody: (part) => (this.#isReceiving && !this.#isRefused ? (this.#end?.pass(part) ?? null) : null),
      before: (part) => this.#inspect(part),
      after: () => {
        if (this.#isReceiving && !this.#isRefused) place.receiving();
      },
    });
  }

  /** Whether it was answered for good; what its parser still finds is not for us. */
  get isRefused(): boolean {
    return this.#isRefused;
  }

  get isIdle(): boolean {
    return this.#inFlight.size === 0;
  }

  /**
   * A request arrived. `begin` is called when its turn comes, for one is in flight at a time (RFC 9112 §9.3.2): thousands fit
   * into one packet, and would open as many connections to servers.
   */
  arrived(request: IncomingMessage, begin: () => void): void {
    this.#reading = { request, begun: null };
    this.#end = new RequestEnd(request);
    this.#firstLine = new FirstLine();
    request.on('resume', () => this.#intake.goOn());
    this.#streak.take();
    this.whenIdle(() => {
      const isBroken = this.#isRefused && !request.complete;
      if (this.socket.writable && !isBroken) begin();
    });
  }

  /** A request is in flight from now on. `inFlight` is told if the rest of it turns out to be broken. */
  began(request: IncomingMessage, response: Response, inFlight: InFlight): void {
    this.#inFlight.add(response);
    if (this.#reading?.request === request) this.#reading.begun = { response, inFlight };
  }

  /** A response is over, one way or the other. */
  ended(response: Response): void {
    this.#inFlight.delete(response);
    while (this.isIdle && this.#whenIdle.length > 0) this.#whenIdle.shift()?.();
    if (this.socket.destroyed) return;
    if (this.isIdle && !this.#isReceiving && !this.#isRefused) this.#place.idle();
    this.#intake.goOn();
  }

  /** Calls back when nothing is in flight: now, or in its turn when responses end. */
  whenIdle(act: () => void): void {
    if (this.isIdle && this.#whenIdle.length === 0) act();
    else this.#whenIdle.push(act);
  }

  /** What it receives from now on is no HTTP. */
  handOver(): void {
    this.#place.busy();
    this.#intake.handOver();
    this.socket.destroySoon = this.#destroySoon;
    // Node's server does this for the connections that it keeps; a response before it may be waiting.
    this.socket.on('drain', () => {
      for (const response of this.#inFlight) response.emit('drain');
    });
  }

  /** Closes it if it is idle, or ends the request whose body its client does not send. */
  giveWay(): boolean {
    if (!this.#isReceiving) {
      if (this.isIdle) this.socket.destroy();
      return this.isIdle;
    }
    const { request, begun } = this.#reading ?? { begun: null };
    // Not read: it is a server that lets us wait, or the requests before.
    if (begun === null || begun.response.headersSent || request?.readableFlowing !== true) return false;
    this.refuse({ kind: 'request-timeout', detail: 'the request body stopped coming' });
    return true;
  }

  /**
   * The client has ended its side in the middle of a request. Where that is not the one in flight, it has left, as if it had ended between two:
   * what it is waiting for it would not read to the end.
   */
  endedIn(failure: Failure): void {
    const isOfInFlight = this.#isReceiving && this.#reading?.begun !== null;
    if (this.isIdle || isOfInFlight) this.refuse(failure);
    else this.#destroySoon();
  }

  /**
   * Answers what cannot be understood: the request that is being read, else `request`, else nobody knows what. Never tries to find
   * the next request (RFC 9112 §9.3).
   */
  refuse(failure: Failure, request: IncomingMessage | null = null): void {
    if (this.#isRefused) return;
    this.#isRefused = true;
    this.#place.busy();
    const reading = this.#isReceiving ? this.#reading : null;
    if (reading === null || reading.begun === null) {
      const account = this.#open(failure, reading?.request ?? request);
      this.whenIdle(() => this.#answer(failure, account));
      return;
    }
    const { response, inFlight } = reading.begun;
    const got = inFlight.abandon();
    this.#inFlight.delete(response);
    if (got === 'part') {
      inFlight.account.broke(failure.kind);
      this.socket.destroy();
    } else if (got === 'nothing') {
      this.whenIdle(() => this.#answer(failure, inFlight.account));
    } else {
      this.whenIdle(() => this.#endWith(''));
    }
  }

  #answer(failure: Failure, account: Account): void {
    const { socket } = this;
    const { head, body } = answerText(failure, account.requestId, true);
    // RFC 9110 section 9.3.2: a HEAD is answered without one.
    const sent = account.method === 'HEAD' ? '' : body;
    if (socket.writable) {
      account.failed(failure);
      account.bytesOut = sent.length;
      socket.once('finish', () => account.close(true)).once('close', () => account.close(false));
    } else {
      account.close(false);
    }
    this.#endWith(head + sent);
  }

  get #flawOfBody(): Failure | null {
    return this.#end?.isLost === true
      ? { kind: 'bad-request', detail: 'the request is malformed: it has an invalid chunk' }
      : null;
  }

  /** Whether more of a request is to come. */
  get #isReceiving(): boolean {
    return this.#reading !== null && !this.#reading.request.complete;
  }

  /** Whether some of a body is here that nobody takes for the time being. */
  get #isHeldUp(): boolean {
    const { request } = this.#reading ?? {};
    return request !== undefined && request.readableFlowing !== true && request.readableLength > 0;
  }

  /** Ends it behind its last response. */
  #close(): void {
    const isAsked = [...this.#inFlight].every(({ shouldKeepAlive }) => !shouldKeepAlive);
    // Who asked for it sends nothing more, whose arrival would reset the connection before the response is read.
    if (isAsked && !this.#isReceiving && this.#intake.isEmpty) this.#destroySoon();
    else {
      this.#isRefused = true;
      this.#endWith('');
    }
  }

  #endWith(answer: string): void {
    const { socket } = this;
    if (!socket.writable) {
      socket.destroy();
      return;
    }
    socket.end(answer, 'latin1');
    if (socket.readableEnded) {
      this.#destroySoon();
      return;
    }
    const timer = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.on('close', () => clearTimeout(timer));
    socket.on('end', this.#destroySoon);
    this.#intake.drop();
  }

  #inspect(piece: Buffer): void {
    // Empty lines are no beginning of a request (RFC 9112 §2.2), and no reason to keep a place.
    if (this.isIdle && !isBlank(piece)) this.#place.busy();
    if (this.#isRefused) return;
    const failure = this.#isReceiving ? this.#flawOfBody : this.#firstLine.feed(piece);
    if (failure !== null) this.refuse(failure);
  }
}

const CR = 0x0d;
const LF = 0x0a;

function isBlank(piece: Buffer): boolean {
  return (piece[0] === CR || piece[0] === LF) && piece.every((byte) => byte === CR || byte === LF);
}
