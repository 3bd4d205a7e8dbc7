import { createServer, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { cleanup } from './cleanup.ts';
import {
  declaredFraming,
  headOf,
  MessageReader,
  ProtocolViolation,
  valuesOf,
  type Field,
  type Framing,
  type Head,
  type Message,
} from './httpMessage.ts';
import { Watch } from './watch.ts';

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

/** What a server does with a request. It may answer before the body has arrived. */
export type Script = (exchange: Exchange) => void | Promise<void>;

export interface ServerOptions {
  /** False: bodies and bytes are counted, not kept. */
  readonly keepBodies?: boolean;
  /** Called for each connection, before anything is read from it. */
  readonly onConnection?: (socket: Socket) => void;
}

/** The default script: says which request it answers, so that a test sees a response that belongs to another request. */
export const echo: Script = async (exchange) => {
  await exchange.received();
  await exchange.answer(`${exchange.method} ${exchange.target}`);
};

/** A script that waits for the whole request, then writes these bytes. */
export function bytes(text: string | Buffer): Script {
  return async (exchange) => {
    await exchange.received();
    exchange.connection.answered += 1;
    await exchange.write(text);
  };
}

/** A script that answers one way on a fresh connection, another way on a reused one. */
export function onReuse(reused: Script, fresh: Script = echo): Script {
  return (exchange) => (exchange.nth === 0 ? fresh(exchange) : reused(exchange));
}

const REQUEST_LINE = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+ [\x21-\x7e\x80-\xff]+ HTTP\/1\.1$/;

function requestFraming(head: Head): Framing {
  if (!REQUEST_LINE.test(head.startLine))
    throw new ProtocolViolation(`not a request line: ${JSON.stringify(head.startLine)}`);
  if (valuesOf(head.fields, 'host').length !== 1)
    throw new ProtocolViolation(`not exactly one Host: ${head.text}`);
  const upgrading = valuesOf(head.fields, 'upgrade').length > 0;
  return declaredFraming(head) ?? { kind: upgrading ? 'tunnel' : 'none' };
}

/** A server on bare sockets that records what it receives, reads it strictly by itself, and answers by script. */
export class RecordingServer {
  readonly port: number;
  readonly connections: Connection[] = [];
  readonly exchanges: Exchange[] = [];
  /** What no proxy may ever send: not HTTP, ambiguous, or a request while another is unanswered. */
  readonly violations: string[] = [];
  script: Script;
  readonly #watch: Watch;

  constructor(port: number, script: Script, watch: Watch) {
    this.port = port;
    this.script = script;
    this.#watch = watch;
  }

  /** Requests that arrived whole. */
  get completed(): readonly Exchange[] {
    return this.exchanges.filter((exchange) => exchange.request.complete);
  }

  /** Waits for the nth request (from 0) to have its head here. */
  exchange(nth = 0): Promise<Exchange> {
    return this.#watch.until(
      `request ${nth} at the server`,
      () => this.exchanges[nth],
      () => this.seen(),
    );
  }

  async until(what: string, isTrue: () => boolean): Promise<void> {
    await this.#watch.until(
      `${what} at the server`,
      () => isTrue() || undefined,
      () => this.seen(),
    );
  }

  /** Lets scripts look again at a state that a test has changed. */
  announce(): void {
    this.#watch.changed();
  }

  get openConnections(): number {
    return this.connections.filter((connection) => !connection.closed).length;
  }

  seen(): string {
    return JSON.stringify({
      exchanges: this.exchanges.slice(-5).map(({ request }) => request.text),
      connections: this.connections.length,
      violations: this.violations,
    });
  }
}

function serve(server: RecordingServer, socket: Socket, options: ServerOptions, watch: Watch): void {
  const reader = new MessageReader({
    framingOf: requestFraming,
    keepBodies: options.keepBodies ?? true,
  });
  const connection = new Connection(socket, reader, watch);
  server.connections.push(connection);
  options.onConnection?.(socket);
  let begun = 0;
  const begin = () => {
    for (; begun < reader.messages.length; begun += 1) {
      const exchange = new Exchange(connection, reader.messages[begun]!, watch);
      if (begun > connection.answered)
        server.violations.push(`a request before the one before it was answered: ${exchange.request.text}`);
      server.exchanges.push(exchange);
      Promise.resolve(server.script(exchange)).catch((error: unknown) => {
        if (!connection.closed) server.violations.push(`the script failed: ${String(error)}`);
      });
    }
  };
  socket.on('data', (chunk: Buffer) => {
    if (options.keepBodies !== false) connection.chunks.push(chunk);
    try {
      reader.push(chunk);
    } catch (error) {
      server.violations.push(String(error));
      socket.destroy();
    }
    begin();
    watch.changed();
  });
  socket.on('error', () => watch.changed());
  socket.on('end', () => {
    connection.ended = true;
    if (reader.messages.at(-1)?.framing.kind !== 'tunnel') socket.end();
    watch.changed();
  });
  socket.on('close', () => {
    connection.closed = true;
    watch.changed();
  });
}

/** Starts a server on 127.0.0.1 at a free port. The test fails at its end if the proxy ever sent a violation. */
export async function startServer(
  t: TestContext,
  script: Script = echo,
  options: ServerOptions = {},
): Promise<RecordingServer> {
  const watch = new Watch();
  const listener = createServer({ allowHalfOpen: true, noDelay: true });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const server = new RecordingServer((listener.address() as AddressInfo).port, script, watch);
  listener.on('connection', (socket) => serve(server, socket, options, watch));
  cleanup(t, () => {
    listener.close();
    for (const { socket } of server.connections) socket.destroy();
    assert.deepEqual(server.violations, [], 'what the proxy sent to the server');
  });
  return server;
}
