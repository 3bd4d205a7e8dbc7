import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Account } from './account.ts';
import { ownAnswer, rawAnswer, type Failure } from './failure.ts';
import { FirstLine } from './firstLine.ts';

/** How long a refused connection is read from, so that the answer arrives before a reset would. */
const LINGER_MS = 2_000;

/** What its connection asks of a request whose rest turns out to be broken. */
export interface InFlight {
  readonly account: Account;
  /** Ends it without a word. Returns what the client has got so far: nothing, all of an own answer, or a part of a response. */
  abandon(): 'nothing' | 'answer' | 'part';
}

interface Reading {
  readonly request: IncomingMessage;
  /** Null while its turn has not come. */
  begun: { readonly response: object; readonly inFlight: InFlight } | null;
}

/** One client connection of the full lane: what is in flight on it, and whether it is still worth reading. */
export class Connection {
  readonly socket: Socket;
  readonly #open: (failure: Failure, request: IncomingMessage | null) => Account;
  readonly #inFlight = new Set<object>();
  #reading: Reading | null = null;
  /** Null where it is not known whether the next bytes begin a request. */
  #firstLine: FirstLine | null = new FirstLine();
  #endedInEmptyLine = false;
  #isRefused = false;
  #whenIdle: (() => void)[] = [];

  /** `open` opens the account of a request that is refused here; null: nothing of it is known. */
  constructor(socket: Socket, open: (failure: Failure, request: IncomingMessage | null) => Account) {
    this.socket = socket;
    this.#open = open;
    // Before Node's parser, which is why this listener must be prepended.
    socket.prependListener('data', (piece: Buffer) => this.#inspect(piece));
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
    this.#firstLine = null;
    this.whenIdle(() => {
      const isBroken = this.#isRefused && !request.complete;
      if (this.socket.writable && !isBroken) begin();
    });
  }

  /** A request is in flight from now on. `inFlight` is told if the rest of it turns out to be broken. */
  began(request: IncomingMessage, response: object, inFlight: InFlight): void {
    this.#inFlight.add(response);
    if (this.#reading?.request === request) this.#reading.begun = { response, inFlight };
  }

  /** A response is over, one way or the other. */
  ended(response: object): void {
    this.#inFlight.delete(response);
    while (this.isIdle && this.#whenIdle.length > 0) this.#whenIdle.shift()?.();
  }

  /** Calls back when nothing is in flight: now, or in its turn when responses end. */
  whenIdle(act: () => void): void {
    if (this.isIdle && this.#whenIdle.length === 0) act();
    else this.#whenIdle.push(act);
  }

  /**
   * Answers what cannot be understood: the request that is being read, else `request`, else nobody knows what. Never tries to find
   * the next request (RFC 9112 §9.3).
   */
  refuse(failure: Failure, request: IncomingMessage | null = null): void {
    if (this.#isRefused) return;
    this.#isRefused = true;
    const reading = this.#reading?.request.complete === false ? this.#reading : null;
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
    if (socket.writable) {
      account.failed(failure);
      account.bytesOut = Buffer.byteLength(ownAnswer(failure, account.requestId).body);
      socket.once('finish', () => account.close(true)).once('close', () => account.close(false));
    } else {
      account.close(false);
    }
    this.#endWith(rawAnswer(failure, account.requestId));
  }

  #endWith(answer: string): void {
    const { socket } = this;
    if (!socket.writable) {
      socket.destroy();
      return;
    }
    socket.end(answer);
    const timer = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.on('close', () => clearTimeout(timer));
    socket.on('end', () => socket.destroySoon());
    socket.resume();
  }

  #inspect(piece: Buffer): void {
    const followsEmptyLine = this.#endedInEmptyLine;
    this.#endedInEmptyLine = /\n\r?\n$/.test(piece.subarray(-3).toString('latin1'));
    if (this.#isRefused || (this.#reading !== null && !this.#reading.request.complete)) return;
    // Where the last piece ended elsewhere, the beginning of this request may have come with it.
    if (followsEmptyLine) this.#firstLine ??= new FirstLine();
    const failure = this.#firstLine?.feed(piece) ?? null;
    if (failure !== null) this.refuse(failure);
  }
}
