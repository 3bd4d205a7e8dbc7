import { createServer, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { cleanup } from './cleanup.ts';
import { declaredFraming, ProtocolViolation, valuesOf, type Framing, type Head } from './httpMessage.ts';
import { Connection, Exchange } from './exchange.ts';
import { MessageReader } from './messageReader.ts';
import { Watch } from './watch.ts';

/** What a server does with a request. It may answer before the body has arrived. */
export type Script = (exchange: Exchange) => void | Promise<void>;

export interface ServerOptions {
  /** False: bodies and bytes are counted, not kept. */
  readonly keepBodies?: boolean;
  /** Called for each connection, before anything is read from it. */
  readonly onConnection?: (socket: Socket) => void;
  /** Speaks TLS with this key and certificate. */
  readonly tls?: TlsOptions;
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
  const plain = { allowHalfOpen: true, noDelay: true };
  const listener =
    options.tls === undefined ? createServer(plain) : createTlsServer({ ...plain, ...options.tls });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const server = new RecordingServer((listener.address() as AddressInfo).port, script, watch);
  listener.on(options.tls === undefined ? 'connection' : 'secureConnection', (socket) =>
    serve(server, socket, options, watch),
  );
  cleanup(t, () => {
    listener.close();
    for (const { socket } of server.connections) socket.destroy();
    assert.deepEqual(server.violations, [], 'what the proxy sent to the server');
  });
  return server;
}
