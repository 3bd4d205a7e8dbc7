import { ANSWER_WORDS } from '../routing/words.ts';
import type { Clock } from '../traffic/clock.ts';
import type { ServerTraffic } from '../traffic/serverTraffic.ts';
import { isSafeToRepeat, type Attempt } from './attempt.ts';
import { cookieValues, stickyCookie } from './cookies.ts';
import type { Failure } from './failure.ts';
import type { Routed } from './router.ts';
import type { ProxySettings } from './settings.ts';

/**
 * Which servers a request is sent to, one after another: first the one that its client sticks to, then by the backend's method;
 * no server twice, but for a stale connection.
 */
export class ServerChoice {
  readonly #routed: Routed;
  readonly #clock: Clock;
  readonly #connectMs: number;
  /** On how many servers at most it is tried. */
  readonly #maxAttempts: number;
  readonly #tried = new Set<string>();
  /** What the client's cookies name, by which it may be wrong. */
  readonly #stickyIds: readonly string[];
  #giveUpAt: number;
  /** How many servers it was sent to. */
  #attempts = 1;
  #wasRepeated = false;
  /** Whether a retry of it is in flight. */
  #isRetrying = false;

  /** No further server is looked for when it took twice the connect time-out to connect to one. */
  constructor(routed: Routed, clock: Clock, settings: Pick<ProxySettings, 'timeouts' | 'retryAttempts'>) {
    this.#routed = routed;
    this.#clock = clock;
    this.#connectMs = settings.timeouts.connectMs;
    this.#maxAttempts = routed.match.route.attempts ?? settings.retryAttempts;
    this.#giveUpAt = clock() + 2 * this.#connectMs;
    const { stickiness } = routed.match.backend;
    this.#stickyIds = stickiness === null ? [] : cookieValues(routed.head.fields, stickiness.cookie);
  }

  /** How many times it was sent to another server although one may have had it. */
  get retries(): number {
    return this.#attempts - 1;
  }

  /** The first server, or why there is none. */
  first(): ServerTraffic | Failure {
    this.#routed.traffic.retryBudget.countRequest();
    return this.#next() ?? this.#noServer();
  }

  /**
   * The server to go to after an attempt that ended without an answer, or the failure that the request ends with: any other
   * where nothing was sent, the same one once where its connection was stale, any other where the request may be repeated.
   */
  after(attempt: Attempt, error: Error): ServerTraffic | Failure {
    const { to } = attempt;
    if (!this.#wasRepeated && isSafeToRepeat(this.#routed.head) && attempt.wasStale(error)) {
      this.#wasRepeated = true;
      // One stale connection makes the others suspect; the repetition gets a new one.
      to.pool.closeIdle();
      return to;
    }
    to.failed();
    if (!attempt.isConnected) to.connectErrors += 1;
    const failure = attempt.failureOf(error);
    if (attempt.isConnected) {
      // A retry that broke makes room for the next.
      this.settled();
      return (this.#mayRetry(failure) ? this.#retry() : null) ?? failure;
    }
    return (this.#clock() > this.#giveUpAt ? null : this.#next()) ?? failure;
  }

  /** The request has its answer, or will have none: it is no retry in flight any more. Further calls do nothing. */
  settled(): void {
    if (this.#isRetrying) this.#routed.traffic.retryBudget.end();
    this.#isRetrying = false;
  }

  /**
   * Whether a request that a server may have acted on is sent to another one: it must be safe to repeat, its route allow as
   * many, and its backend have room for it. Nothing is repeated after a time-out: where servers are slow, that would double
   * their work.
   */
  #mayRetry(failure: Failure): boolean {
    const isAllowed = this.#attempts < this.#maxAttempts && failure.kind !== 'server-timeout';
    return isAllowed && isSafeToRepeat(this.#routed.head) && this.#routed.traffic.retryBudget.hasRoom;
  }

  /** The server of the next retry, which begins; null where there is none left, and none begins. */
  #retry(): ServerTraffic | null {
    const server = this.#next();
    if (server === null) return null;
    this.#attempts += 1;
    this.#giveUpAt = this.#clock() + 2 * this.#connectMs;
    this.#isRetrying = true;
    this.#routed.traffic.retryBudget.begin();
    return server;
  }

  /** What an answer of this server sets as a cookie, so that its client comes back to it; null where the client has it, or need not. */
  cookieFor(server: ServerTraffic): string | null {
    const { stickiness } = this.#routed.match.backend;
    if (stickiness === null || this.#stickyIds.includes(server.stickyId)) return null;
    return stickyCookie(stickiness, server.stickyId);
  }

  #next(): ServerTraffic | null {
    const server = this.#stickyServer() ?? this.#routed.traffic.pick(this.#tried);
    if (server !== null) this.#tried.add(server.key);
    return server;
  }

  #stickyServer(): ServerTraffic | null {
    for (const id of this.#stickyIds) {
      const server = this.#routed.traffic.stickyServer(id, this.#tried);
      if (server !== null) return server;
    }
    return null;
  }

  #noServer(): Failure {
    const { backend, isFailing } = this.#routed.traffic;
    const detail = isFailing ? ANSWER_WORDS.allFailing(backend.id) : ANSWER_WORDS.noneLeft(backend.id);
    return { kind: 'no-server', detail };
  }
}
