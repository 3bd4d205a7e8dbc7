import type { ClientRequestArgs } from 'node:http';
import { connect, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls';
import { Pool } from './pool.ts';

/** One for all connections: each that is made reads the root certificates. */
let context: SecureContext | null = null;

/** The keep-alive connections to one server that speaks TLS. They resume the last session. */
export class TlsPool extends Pool {
  override readonly readyEvent = 'secureConnect';
  /** Sent as SNI and looked for in the certificate; null: no SNI, and the certificate must have the address. */
  readonly #serverName: string | null;
  readonly #acceptsAny: boolean;
  #session: Buffer | undefined;

  constructor(idleMs: number, serverName: string | null, acceptsAny: boolean) {
    super(idleMs);
    this.#serverName = serverName;
    this.#acceptsAny = acceptsAny;
  }

  /** Node calls this for a new connection. Of its options only the address counts: its server name is the client's Host. */
  override createConnection({ host, port }: ClientRequestArgs): TLSSocket {
    context ??= createSecureContext();
    const socket = connect({
      host: host ?? '',
      port: Number(port),
      servername: this.#serverName ?? '',
      rejectUnauthorized: !this.#acceptsAny,
      ALPNProtocols: ['http/1.1'],
      secureContext: context,
      ...(this.#session === undefined ? {} : { session: this.#session }),
    });
    socket.setNoDelay(true);
    socket.on('session', (session) => (this.#session = session));
    socket.once('close', (isError) => {
      if (isError) this.#session = undefined;
    });
    return socket;
  }
}
