import type { ClientRequest } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { Carrier } from './attempt.ts';

/** The full lane's connection to a server: the one of a request that http-proxy made. */
export class ClientRequestCarrier implements Carrier {
  readonly #request: ClientRequest;

  constructor(request: ClientRequest) {
    this.#request = request;
  }

  get isReused(): boolean {
    return this.#request.reusedSocket;
  }

  get bytesRead(): number {
    return this.#request.socket?.bytesRead ?? 0;
  }

  get isRefused(): boolean {
    const { socket } = this.#request;
    // Only set where the certificate was looked at; Node's types do not say so.
    return socket instanceof TLSSocket && Boolean(socket.authorizationError);
  }

  destroy(error: Error): void {
    this.#request.destroy(error);
  }
}
