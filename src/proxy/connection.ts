import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { rawAnswer, type Failure } from './failure.ts';
import { FirstLine } from './firstLine.ts';

/** How long a refused connection is read from, so that the answer arrives before a reset would. */
const LINGER_MS = 2_000;

/** What an exchange lets its connection do. */
export interface InFlight {
  fail(failure: Failure): void;
}

/** One client connection of the full lane: what is in flight on it, and whether it is still worth reading. */
export class Connection {
  readonly socket: Socket;
  readonly #inFlight = new Set<object>();
  #reading: { readonly request: IncomingMessage; readonly exchange: InFlight } | null = null;
  /** Null where it is not known whether the next bytes begin a request. */
  #firstLine: FirstLine | null = new FirstLine();
  #endedInEmptyLine = false;
  #isRefused = false;
  #whenIdle: (() => void)[] = [];

  constructor(socket: Socket) {
    this.socket = socket;
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

  /** A request arrived. `exchange` is told if the rest of it turns out to be broken. */
  began(request: IncomingMessage, response: object, exchange: InFlight): void {
    this.#inFlight.add(response);
    this.#reading = { request, exchange };
    this.#firstLine = null;
  }

  /** A response is over, one way or the other. */
  ended(response: object): void {
    this.#inFlight.delete(response);
    if (this.#inFlight.size > 0) return;
    const waiting = this.#whenIdle;
    this.#whenIdle = [];
    for (const act of waiting) act();
  }

  /** Calls back when nothing is in flight: now, or when the last response ends. */
  whenIdle(act: () => void): void {
    if (this.isIdle) act();
    else this.#whenIdle.push(act);
  }

  /** Answers what cannot be understood. Never tries to find the next request (RFC 9112 §9.3). */
  refuse(failure: Failure): void {
    if (this.#isRefused) return;
    this.#isRefused = true;
    if (this.#reading !== null && !this.#reading.request.complete) {
      this.#reading.exchange.fail(failure);
      return;
    }
    this.whenIdle(() => this.#answerAndClose(failure));
  }

  #answerAndClose(failure: Failure): void {
    const { socket } = this;
    if (!socket.writable) {
      socket.destroy();
      return;
    }
    socket.end(rawAnswer(failure, randomUUID()));
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
