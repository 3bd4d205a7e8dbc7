import type { ClientRequest } from 'node:http';
import type { ServerTraffic } from '../traffic/backendTraffic.ts';
import type { Failure } from './failure.ts';
import type { RequestHead } from './request.ts';

/** The error of a request that a deadline ended. */
export class DeadlineExpired extends Error {}

/** One try to get a request to a server. */
export class Attempt {
  readonly to: ServerTraffic;
  /** Null until http-proxy has made it. */
  request: ClientRequest | null = null;
  hasResponse = false;
  #isConnected = false;
  #bytesReadBefore = 0;

  constructor(to: ServerTraffic) {
    this.to = to;
  }

  /** Whether bytes may have reached the server. */
  get isConnected(): boolean {
    return this.#isConnected;
  }

  connected(): void {
    this.#isConnected = true;
    this.#bytesReadBefore = this.request?.socket?.bytesRead ?? 0;
  }

  /** Whether the server closed an idle connection in the very moment in which we reused it: nothing came back. */
  wasStale(error: NodeJS.ErrnoException): boolean {
    return (
      this.request?.reusedSocket === true &&
      this.request.socket?.bytesRead === this.#bytesReadBefore &&
      (error.code === 'ECONNRESET' || error.code === 'EPIPE')
    );
  }

  /** Why the request failed, for the client. */
  failureOf(error: NodeJS.ErrnoException): Failure {
    const { id } = this.to.server;
    if (error instanceof DeadlineExpired) {
      const detail = this.#isConnected ? `${id} did not answer in time` : `no connection to ${id} in time`;
      return { kind: 'server-timeout', detail };
    }
    if (!this.#isConnected) return { kind: 'bad-response', detail: `no connection to ${id}` };
    return error.code?.startsWith('HPE_') === true
      ? { kind: 'bad-response', detail: `${id} answered something that is not valid HTTP` }
      : { kind: 'bad-response', detail: `${id} broke off before it answered` };
  }
}

const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

/** Whether a request may be sent twice (RFC 9110 §9.2.2). One with a body may not: a part of it is gone. */
export function isSafeToRepeat({ framing, method }: RequestHead): boolean {
  return framing === 'none' && IDEMPOTENT.has(method);
}
