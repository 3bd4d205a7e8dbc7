import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { cleanup, type Lifetime } from './cleanup.ts';
import {
  declaredFraming,
  headOf,
  ProtocolViolation,
  type Field,
  type Framing,
  type Head,
  type Message,
} from './httpMessage.ts';
import { MessageReader } from './messageReader.ts';
import { DEADLINE_MS, Watch } from './watch.ts';

/** A final response, with the interim (1xx) responses that came before it. */
export interface Response {
  readonly status: number;
  readonly message: Message;
  readonly interim: readonly Message[];
}

export interface ClientOptions {
  readonly host?: string;
  /** False: bodies are counted, not kept. */
  readonly keepBodies?: boolean;
}

/** How the proxy ended the connection. */
export type Ending = 'end' | 'reset';

const STATUS_LINE = /^HTTP\/1\.1 ([1-5]\d\d) [\t\x20-\x7e\x80-\xff]*$/;

/** The status of a response; throws unless its first line is one of HTTP/1.1. */
export function statusOf(head: Head): number {
  const match = STATUS_LINE.exec(head.startLine);
  if (match === null) throw new ProtocolViolation(`not a status line: ${JSON.stringify(head.startLine)}`);
  return Number(match[1]);
}

/** A client on a bare socket: sends any bytes, reads responses strictly, and never waits without a deadline. */
export class RawClient {
  readonly socket: Socket;
  readonly #watch = new Watch();
  readonly #reader: MessageReader;
  readonly #methods: string[] = [];
  #taken = 0;
  #ending: Ending | null = null;
  #violation: Error | null = null;

  constructor(socket: Socket, options: ClientOptions = {}) {
    this.socket = socket;
    this.#reader = new MessageReader({
      framingOf: (head) => this.#framingOf(head),
      keepBodies: options.keepBodies ?? true,
    });
    socket.setNoDelay(true);
    socket.on('data', (bytes: Buffer) => this.#receive(bytes));
    socket.on('error', () => this.#close('reset'));
    socket.on('end', () => {
      this.#reader.end();
      this.#close('end');
    });
    socket.on('close', () => this.#close('end'));
  }

  /** Connects to the proxy; the connection is destroyed when the test ends. */
  static async connect(t: Lifetime, port: number, options: ClientOptions = {}): Promise<RawClient> {
    const socket = connect({ port, host: options.host ?? '127.0.0.1' });
    cleanup(t, () => socket.destroy());
    await once(socket, 'connect');
    return new RawClient(socket, options);
  }

  /** Sends bytes (a string as Latin-1). The reader must know of a HEAD that it was sent: see `expecting`. */
  send(bytes: string | Buffer): this {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
    return this;
  }

  /** Sends bytes in several writes, each in a packet of its own as far as the kernel lets one say that. */
  async sendInPieces(bytes: string | Buffer, pieceLength: number): Promise<this> {
    const all = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes;
    for (let at = 0; at < all.length; at += pieceLength) {
      this.send(all.subarray(at, at + pieceLength));
      await new Promise(setImmediate);
    }
    return this;
  }

  /** Names the methods of the next requests, whose responses may differ in framing (HEAD). Default: GET. */
  expecting(...methods: readonly string[]): this {
    this.#methods.push(...methods);
    return this;
  }

  /** Sends one request with `Host: a.test` unless the fields have one, and `Content-Length` where there is a body. */
  request(method: string, target: string, fields: readonly Field[] = [], body = ''): this {
    const host: readonly Field[] = fields.some(([name]) => name.toLowerCase() === 'host')
      ? []
      : [['Host', 'a.test']];
    const length: readonly Field[] = body === '' ? [] : [['Content-Length', String(Buffer.byteLength(body))]];
    const head = headOf(`${method} ${target} HTTP/1.1`, [...host, ...fields, ...length]);
    return this.expecting(method).send(head + body);
  }

  /** The next response, as soon as its head is there. */
  responseHead(): Promise<Response> {
    return this.#next((message) => message !== undefined);
  }

  /** The next response, once it is complete. */
  response(): Promise<Response> {
    return this.#next((message) => message.complete);
  }

  /** Waits for something about a response that is still arriving. */
  until(what: string, isTrue: () => boolean): Promise<true> {
    return this.#watch.until(
      what,
      () => this.#checked(isTrue() || undefined),
      () => this.seen(),
    );
  }

  /** Bytes received after a 101. */
  tunnelled(length: number): Promise<string> {
    return this.#watch.until(
      `${length} tunnelled bytes`,
      () => (this.#reader.pending.length >= length ? this.#reader.pending.toString('latin1') : undefined),
      () => this.seen(),
    );
  }

  /** Resolves when the proxy closed its side of the connection. */
  closed(deadlineMs: number = DEADLINE_MS): Promise<Ending> {
    return this.#watch.until(
      'end of the connection',
      () => this.#ending ?? undefined,
      () => this.seen(),
      deadlineMs,
    );
  }

  /** A response, or the end of the connection without one (null). */
  outcome(): Promise<Response | null> {
    return this.#watch.until(
      'response or end',
      () => this.#checked(this.#take((message) => message.complete) ?? (this.#ending ? null : undefined)),
      () => this.seen(),
    );
  }

  /** Interim responses of the response that comes next, so far. */
  get interim(): readonly Message[] {
    return this.#reader.messages.slice(this.#taken).filter((message) => statusOf(message) < 200);
  }

  get ending(): Ending | null {
    return this.#ending;
  }

  /** Final responses of which at least the head was received. */
  get received(): number {
    return this.#reader.messages.filter((message) => statusOf(message) >= 200).length;
  }

  /** What was received, for messages of failing tests. */
  seen(): string {
    const messages = this.#reader.messages.map(
      (m) =>
        `${m.text}[${m.framing.kind}, ${m.bodyLength} bytes, ${m.complete ? 'complete' : 'incomplete'}] ${m.bodyText.slice(0, 200)}`,
    );
    const rest = this.#reader.pending.toString('latin1', 0, 300);
    return JSON.stringify({ messages, rest, ending: this.#ending, violation: this.#violation?.message });
  }

  #next(isThere: (message: Message) => boolean): Promise<Response> {
    return this.#watch.until(
      'response',
      () => {
        const response = this.#checked(this.#take(isThere) ?? undefined);
        if (response === undefined && this.#ending !== null)
          throw new Error(`connection ended without a response: ${this.seen()}`);
        return response;
      },
      () => this.seen(),
    );
  }

  #take(isThere: (message: Message) => boolean): Response | null {
    const { messages } = this.#reader;
    const at = messages.findIndex(
      (message, i) => i >= this.#taken && (statusOf(message) >= 200 || statusOf(message) === 101),
    );
    if (at === -1 || !isThere(messages[at]!)) return null;
    const interim = messages.slice(this.#taken, at);
    this.#taken = at + 1;
    return { status: statusOf(messages[at]!), message: messages[at]!, interim };
  }

  #checked<T>(value: T): T {
    if (this.#violation !== null) throw new Error(`${this.#violation.message}; ${this.seen()}`);
    return value;
  }

  #framingOf(head: Head): Framing {
    const status = statusOf(head);
    if (status === 101) return { kind: 'tunnel' };
    if (status < 200) return { kind: 'none' };
    const declared = declaredFraming(head);
    if (this.#methods.shift() === 'HEAD' || status === 204 || status === 304) return { kind: 'none' };
    return declared ?? { kind: 'close' };
  }

  #receive(bytes: Buffer): void {
    try {
      if (this.#violation === null) this.#reader.push(bytes);
    } catch (error) {
      this.#violation = error as Error;
    }
    this.#watch.changed();
  }

  #close(ending: Ending): void {
    this.#ending ??= ending;
    this.#watch.changed();
  }
}
