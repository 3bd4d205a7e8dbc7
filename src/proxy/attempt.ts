import type { Clock } from '../traffic/clock.ts';
import type { ServerTraffic } from '../traffic/serverTraffic.ts';
import type { Fault, Tried } from '../traffic/standing.ts';
import type { Failure } from './failure.ts';
import type { RequestHead } from './request.ts';

/** The error of a request that a deadline ended. */
export class DeadlineExpired extends Error {}

/** What carries an attempt to its server: a connection, as its lane has it. */
export interface Carrier {
  /** Whether it has carried others before. */
  readonly isReused: boolean;
  /** Bytes that came from the server over it so far. */
  readonly bytesRead: number;
  /** Whether the server's certificate was looked at and not accepted. */
  readonly isRefused: boolean;
  /** Breaks it off; the attempt fails with this error. */
  destroy(error: Error): void;
}

/** One try to get a request to a server. In flight from its making until `end`. */
export class Attempt implements Tried {
  readonly to: ServerTraffic;
  readonly begunAt: number;
  readonly trial: number;
  /** Null until there is one. */
  carrier: Carrier | null = null;
  #hasResponse = false;
  #isConnected = false;
  #bytesReadBefore = 0;
  readonly #clock: Clock;
  /** Null while a part of the request is still to be sent. */
  #sentAt: number | null;
  #isOver = false;
  #isTunnel = false;

  constructor(to: ServerTraffic, clock: Clock, hasBody: boolean) {
    this.to = to;
    this.#clock = clock;
    this.begunAt = clock();
    this.#sentAt = hasBody ? null : this.begunAt;
    this.trial = to.begin(!hasBody);
  }

  /** All of the request's body was handed over: how long that took was up to the client. */
  bodySent(): void {
    this.#sentAt = this.#clock();
    this.to.standing.sent(this);
  }

  /** The head of the response came. */
  answered(status: number): void {
    this.#hasResponse = true;
    this.to.answered(status, this.#sentAt === null ? null : this.#clock() - this.#sentAt);
    this.to.standing.answered(this, status, this.waitedMs);
  }

  get hasResponse(): boolean {
    return this.#hasResponse;
  }

  /** All of the response came: it is over. */
  completed(): void {
    if (!this.#isOver) this.to.standing.completed(this);
    this.end();
  }

  /** It has become a tunnel, and ends with it. */
  becameTunnel(): void {
    this.#isTunnel = true;
    this.to.tunnelBegan();
    this.to.standing.completed(this);
  }

  /** No response came, which was not the client's doing: it is over. */
  failed(error: Error): void {
    this.to.failed();
    if (!this.#isConnected) this.to.connectErrors += 1;
    // What the server closed in the very moment of our reuse, or we had no port or memory for, tells nothing about it.
    if (!this.wasStale(error) && !isOurTrouble(error) && !this.#wasUnfinished(error)) {
      this.to.standing.failed(this, this.#faultOf(error), this.waitedMs);
    }
    this.end();
  }

  /** The response was broken off by the server in the middle, or is none that can be sent on. Nothing happens where it is over. */
  broke(what: string): void {
    if (!this.#isOver) this.to.standing.broke(this, what);
  }

  /** It is over for the server, whichever way; further calls do nothing. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.#isTunnel) this.to.tunnelEnded();
    this.to.end(this.trial);
  }

  /** A deadline of it has passed. */
  expire(): void {
    this.carrier?.destroy(new DeadlineExpired());
  }

  /** Milliseconds since the request was sent, or since the attempt began where it never was. */
  get waitedMs(): number {
    return this.#clock() - (this.#sentAt ?? this.begunAt);
  }

  /** Whether bytes may have reached the server. */
  get isConnected(): boolean {
    return this.#isConnected;
  }

  connected(): void {
    this.#isConnected = true;
    this.#bytesReadBefore = this.carrier?.bytesRead ?? 0;
  }

  /** Whether the server closed an idle connection in the very moment in which we reused it: nothing came back. */
  wasStale(error: NodeJS.ErrnoException): boolean {
    return (
      this.#isConnected &&
      this.carrier?.isReused === true &&
      this.carrier.bytesRead === this.#bytesReadBefore &&
      (error.code === 'ECONNRESET' || error.code === 'EPIPE')
    );
  }

  /** Whether the server broke off before it had all of the request: it may have waited long enough, or want no body so large. */
  #wasUnfinished(error: Error): boolean {
    return this.#isConnected && this.#sentAt === null && !(error instanceof DeadlineExpired);
  }

  /** Why the server's certificate was not accepted, so that nothing was sent; null where that is not what went wrong. */
  untrustedReason(error: Error): string | null {
    if (this.carrier?.isRefused !== true || this.#isConnected) return null;
    // Node's advice about its own command line is not for who reads our log.
    return error.message.replace(/; if the root CA.*$/s, '').slice(0, 300);
  }

  /** What the server did, for who runs it. */
  #faultOf(error: NodeJS.ErrnoException): Fault {
    if (error instanceof DeadlineExpired) {
      return this.#isConnected ? FAULTS.noAnswer : FAULTS.noConnectionInTime;
    }
    if (this.untrustedReason(error) !== null) return FAULTS.untrusted;
    if (!this.#isConnected) return FAULTS.noConnection;
    return error.code?.startsWith('HPE_') === true ? FAULTS.notHttp : FAULTS.brokeOff;
  }

  /** Why the request failed, for the client. */
  failureOf(error: NodeJS.ErrnoException): Failure {
    const { id } = this.to.server;
    if (error instanceof DeadlineExpired) {
      const detail = this.#isConnected ? `${id} did not answer in time` : `no connection to ${id} in time`;
      return { kind: 'server-timeout', detail };
    }
    if (this.untrustedReason(error) !== null) {
      return { kind: 'untrusted-server', detail: `the certificate of ${id} was not accepted` };
    }
    if (!this.#isConnected) return { kind: 'no-connection', detail: `no connection to ${id}` };
    return error.code?.startsWith('HPE_') === true
      ? { kind: 'bad-response', detail: `${id} answered something that is not valid HTTP` }
      : { kind: 'bad-response', detail: `${id} broke off before it answered` };
  }
}

const FAULTS = {
  noAnswer: { reason: 'did not answer in time', status: 504 },
  noConnectionInTime: { reason: 'made no connection in time', status: 504 },
  untrusted: { reason: 'presented a certificate that was not accepted', status: 502 },
  noConnection: { reason: 'made no connection', status: 502 },
  notHttp: { reason: 'answered something that is not valid HTTP', status: 502 },
  brokeOff: { reason: 'broke off before it answered', status: 502 },
} as const satisfies Readonly<Record<string, Fault>>;

/** Errors of a connection that are no other side's doing. */
const OUR_TROUBLE = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EADDRNOTAVAIL']);

function isOurTrouble({ code = '' }: NodeJS.ErrnoException): boolean {
  return OUR_TROUBLE.has(code);
}

const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

/** Whether a request does no more when it is sent twice (RFC 9110 §9.2.2). */
export function isIdempotent({ method }: RequestHead): boolean {
  return IDEMPOTENT.has(method);
}
