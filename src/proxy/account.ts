import type { Outcome } from '../model/outcome.ts';
import type { Clock } from '../traffic/clock.ts';
import type { ServerTraffic } from '../traffic/serverTraffic.ts';
import type { Break, Counting, ServiceRow } from './counting.ts';
import { answerFor, type Failure, type FailureKind } from './failure.ts';
import type { Routed, Unroutable } from './router.ts';

/** What the accounts of an entrypoint share. */
export interface Ledger {
  readonly clock: Clock;
  readonly counting: Counting;
  /** Absent where nobody listens: no outcome is made then. */
  readonly finished?: (outcome: Outcome) => void;
  /** Who sent the request, by the peer and what it may tell of whom it forwards for. */
  readonly clientOf: (request: Routed | Unroutable) => string;
}

/**
 * What is noted of one request by the lane that has it, from its head to the end of its response: then it is closed, counted, and
 * its outcome told, each once. In flight as long as it is open.
 */
export class Account {
  /** Bytes of the request's body that were passed on. */
  bytesIn = 0;
  /** Bytes of the response's body that were passed on. */
  bytesOut = 0;
  readonly #ledger: Ledger;
  readonly #request: Routed | Unroutable;
  readonly #row: ServiceRow;
  readonly #openedAt: number;
  #server: ServerTraffic | null = null;
  #retries = 0;
  #status = 0;
  #failure: string | null = null;
  #isTunnel = false;
  #isClosed = false;

  constructor(ledger: Ledger, request: Routed | Unroutable) {
    this.#ledger = ledger;
    this.#request = request;
    this.#row = ledger.counting.begin(request.match);
    this.#openedAt = ledger.clock();
  }

  /** As sent; empty where the request could not be read. */
  get method(): string {
    return this.#request.parsed.method;
  }

  get requestId(): string {
    return this.#request.requestId;
  }

  /** It is sent to this server, after so many retries, this one among them if it is one. */
  sentTo(server: ServerTraffic, retries: number): void {
    this.#server = server;
    this.#retries = retries;
  }

  /** A response with this status is on its way to the client. */
  answered(status: number): void {
    this.#status = status;
  }

  /** An own answer for this failure is on its way to the client. */
  failed({ kind }: Failure): void {
    this.#status = answerFor(kind).status;
    this.#failure = kind;
  }

  /** The response ends before it is complete. What was first said of why holds. */
  broke(why: FailureKind | Break): void {
    this.#failure ??= why;
  }

  /** Its connection is a tunnel from now on. */
  switched(): void {
    this.#status = 101;
    this.#isTunnel = true;
    this.#ledger.counting.tunnels += 1;
  }

  /** The response is over; further calls do nothing. `isComplete`: whether the client was sent all of it. */
  close(isComplete: boolean): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (!isComplete) this.broke('client-left');
    const { counting, clock, finished } = this.#ledger;
    if (this.#isTunnel) counting.tunnels -= 1;
    const noted = {
      method: this.#request.parsed.method,
      status: this.#status,
      durationMs: Math.max(0, clock() - this.#openedAt),
      bytesIn: this.bytesIn,
      bytesOut: this.bytesOut,
      retries: this.#retries,
      failure: this.#failure,
    };
    counting.finish(this.#row, noted);
    if (this.#status >= 400) this.#noteError();
    finished?.({ ...noted, ...this.#description(noted.durationMs) });
  }

  #noteError(): void {
    const { parsed, head } = this.#request;
    const { recentErrors } = this.#ledger.counting;
    recentErrors.note(Date.now(), this.#status, parsed.method, head?.authority ?? '', parsed.target);
  }

  #description(
    durationMs: number,
  ): Pick<Outcome, 'at' | 'requestId' | 'client' | 'host' | 'target' | 'version' | 'service' | 'to'> {
    const { parsed, head, requestId } = this.#request;
    const server = this.#server;
    return {
      at: Date.now() - durationMs,
      requestId,
      client: this.#ledger.clientOf(this.#request),
      host: head?.host ?? '',
      target: parsed.target,
      version: parsed.version,
      service: this.#request.match?.terms.service ?? null,
      to: server && { backend: server.backend, server: server.server.id, url: server.server.url },
    };
  }
}
