import type { Socket } from 'node:net';
import { headOf, type Field, type Message } from './httpMessage.ts';
import type { MessageReader } from './messageReader.ts';
import type { Watch } from './watch.ts';

/** A connection that the proxy made. */
export class Connection {
  readonly socket: Socket;
  /** Exactly the bytes received, unless the server was told not to keep bodies. */
  readonly chunks: Buffer[] = [];
  readonly #watch: Watch;
  readonly reader: MessageReader;
  ended = false;
  closed = false;
  /** How many of its requests were answered. */
  answered = 0;

  constructor(socket: Socket, reader: MessageReader, watch: Watch) {
    this.socket = socket;
    this.reader = reader;
    this.#watch = watch;
  }

  get bytes(): string {
    return Buffer.concat(this.chunks).toString('latin1');
  }

  /** Resolves when the connection is closed, by whichever side. */
  async whenClosed(): Promise<void> {
    await this.#watch.until(
      'close of the connection at the server',
      () => this.closed || undefined,
      () => this.bytes.slice(-500),
    );
  }

  /** Resolves when the proxy sent its end (or reset). */
  async whenEnded(): Promise<void> {
    await this.#watch.until(
      'end of the connection at the server',
      () => this.ended || this.closed || undefined,
      () => this.bytes.slice(-500),
    );
  }
}

/** One request at the server, handed to the script as soon as its head is there. */
export class Exchange {
  readonly connection: Connection;
  readonly request: Message;
  readonly method: string;
  readonly target: string;
  /** 0 for the first request of its connection: larger means that the connection was reused. */
  readonly nth: number;
  readonly #watch: Watch;

  constructor(connection: Connection, request: Message, watch: Watch) {
    this.connection = connection;
    this.request = request;
    const [method, target] = request.startLine.split(' ');
    this.method = method!;
    this.target = target!;
    this.nth = connection.reader.messages.indexOf(request);
    this.#watch = watch;
  }

  get socket(): Socket {
    return this.connection.socket;
  }

  /** Resolves when the whole request is there. */
  async received(): Promise<Message> {
    await this.until('complete request', () => this.request.complete);
    return this.request;
  }

  async until(what: string, isTrue: () => boolean): Promise<void> {
    await this.#watch.until(
      `${what} at the server`,
      () => {
        if (isTrue()) return true;
        if (this.connection.closed) throw new Error(`connection closed before: ${what}`);
        return undefined;
      },
      () => `${this.request.text}[${this.request.bodyLength} bytes of body]`,
    );
  }

  /** Writes bytes (a string as Latin-1) and waits until the kernel has taken them, or the connection is gone. */
  async write(bytes: string | Buffer): Promise<void> {
    if (this.connection.closed) return;
    const all = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes;
    if (this.socket.write(all)) return;
    await new Promise<void>((resolve) => {
      this.socket.once('drain', resolve).once('close', () => resolve());
    });
  }

  /** Answers with a Content-Length (none where there can be no body), and counts the request as answered. */
  async answer(body = '', fields: readonly Field[] = [], status = '200 OK'): Promise<void> {
    const length: readonly Field[] = /^(1..|204|304)/.test(status)
      ? []
      : [['Content-Length', String(Buffer.byteLength(body))]];
    const head = headOf(`HTTP/1.1 ${status}`, [...fields, ...length]);
    this.connection.answered += 1;
    await this.write(this.method === 'HEAD' ? head : head + body);
  }

  reset(): void {
    this.socket.resetAndDestroy();
  }
}
