import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { rawAnswer, type Failure } from './failure.ts';
import { FirstLine } from './firstLine.ts';

/** How long a refused connection is read from, so that the answer arrives before a reset would. */
const LINGER_MS = 2_000;

/** What its connection asks of a request whose rest turns out to be broken. */
export interface InFlight {
  /** Ends it without a word. Returns what the client has got so far: nothing, all of an own answer, or a part of a response. */
  abandon(): 'nothing' | 'answer' | 'part';
}

interface Reading {
  readonly request: IncomingMessage;
  readonly response: object;
  readonly inFlight: InFlight;
}

/** One client connection of the full lane: what is in flight on it, and whether it is still worth reading. */
export class Connection {
  readonly socket: Socket;
  readonly #inFlight = new Set<object>();
  #reading: Reading | null = null;
  #firstLine = new FirstLine();
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

  /** A request arrived. `inFlight` is told if the rest of it turns out to be broken. */
  began(request: IncomingMessage, response: object, inFlight: InFlight): void {
    this.#inFlight.add(response);
    this.#reading = { request, response, inFlight };
    this.#firstLine = new FirstLine();
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
    const answer = rawAnswer(failure, randomUUID());
    if (this.#reading === null || this.#reading.request.complete) {
      this.whenIdle(() => this.#endWith(answer));
      return;
    }
    const got = this.#reading.inFlight.abandon();
    this.#inFlight.delete(this.#reading.response);
    if (got === 'part') this.socket.destroy();
    else this.whenIdle(() => this.#endWith(got === 'nothing' ? answer : ''));
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
    if (this.#isRefused || (this.#reading !== null && !this.#reading.request.complete)) return;
    const failure = this.#firstLine.feed(piece);
    if (failure !== null) this.refuse(failure);
  }
}
