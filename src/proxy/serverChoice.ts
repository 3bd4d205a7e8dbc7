import { ANSWER_WORDS } from '../routing/words.ts';
import type { Clock } from '../traffic/clock.ts';
import type { Waiter } from '../traffic/queue.ts';
import type { ServerTraffic } from '../traffic/serverTraffic.ts';
import { isIdempotent, type Attempt } from './attempt.ts';
import { cookieValues, stickyCookie } from './cookies.ts';
import type { Failure } from './failure.ts';
import type { Routed } from './router.ts';
import type { ProxySettings } from './settings.ts';

const NONE: ReadonlySet<string> = new Set();

/** What becomes of a request that had to wait. */
export interface Traveller {
  /** It goes to this server now, or nowhere any more. Called at most once for each `null` of `ServerChoice`. */
  goTo(to: ServerTraffic | Failure): void;
}

/**
 * Which servers a request is sent to, one after another: first the one that its client sticks to, then by the backend's method;
 * no server twice, but for a stale connection. Where all that are left are full, it waits for one in the backend's queue.
 */
export class ServerChoice implements Waiter {
  #tried: Set<string> | null = null;
  readonly #routed: Routed;
  readonly #clock: Clock;
  readonly #connectMs: number;
  /** On how many servers at most it is tried. */
  readonly #maxAttempts: number;
  readonly #traveller: Traveller;
  /** What the client's cookies name, by which it may be wrong. */
  readonly #stickyIds: readonly string[];
  #giveUpAt: number;
  /** Milliseconds that it may still wait, in all. */
  #patienceMs: number;
  /** Since when it waits; null: it does not. */
  #waitsSince: number | null = null;
  #last: ServerTraffic | null = null;
  /** How many servers it was sent to. */
  #attempts = 1;
  #wasRepeated = false;
  /** Whether a retry of it is in flight. */
  #isRetrying = false;

  /**
   * No further server is looked for when it took twice the connect time-out to connect to one, and none is waited for longer than that
   * time-out. `traveller` is told how the wait ended.
   */
  constructor(
    routed: Routed,
    clock: Clock,
    settings: Pick<ProxySettings, 'timeouts' | 'retryAttempts'>,
    traveller: Traveller,
  ) {
    this.#routed = routed;
    this.#clock = clock;
    this.#traveller = traveller;
    this.#connectMs = settings.timeouts.connectMs;
    this.#patienceMs = this.#connectMs;
    this.#maxAttempts = routed.match.terms.attempts ?? settings.retryAttempts;
    this.#giveUpAt = clock() + 2 * this.#connectMs;
    const { stickiness } = routed.match.backend;
    this.#stickyIds = stickiness === null ? [] : cookieValues(routed.head.fields, stickiness.cookie);
  }

  /** The first server, or why there is none; null: it waits for one. */
  first(): ServerTraffic | Failure | null {
    return this.#next() ?? this.#waitOr(null);
  }

  /** The keys of servers that it was sent to: none of them comes next. */
  get tried(): ReadonlySet<string> {
    return this.#tried ?? NONE;
  }

  /** The server that it was sent to last; null before the first. */
  get last(): ServerTraffic | null {
    return this.#last;
  }

  /** How many times it was sent to another server although one may have had it. */
  get retries(): number {
    return this.#attempts - 1;
  }

  /**
   * Ends an attempt that got no answer. Returns the server to go to, or the failure that the request ends with: any other
   * where nothing was sent, for which it may wait (null); the same one once where its connection was stale; any other that has
   * room where the request may be repeated. `isWhole`: all of its body can be sent again.
   */
  after(attempt: Attempt, error: Error, isWhole: boolean): ServerTraffic | Failure | null {
    const { to } = attempt;
    const isSafe = isWhole && isIdempotent(this.#routed.head);
    if (!this.#wasRepeated && isSafe && attempt.wasStale(error)) {
      this.#wasRepeated = true;
      // One stale connection makes the others suspect; the repetition gets a new one.
      to.closeIdle();
      attempt.end();
      if (to.isUsable(NONE) && to.claim()) return to;
      // Somebody who waited has its place.
      this.#tried ??= new Set();
      this.#tried.delete(to.key);
      return this.#next() ?? this.#waitOr(attempt.failureOf(error));
    }
    attempt.failed(error);
    const failure = attempt.failureOf(error);
    if (attempt.isConnected) {
      // A retry that broke makes room for the next.
      this.settled();
      return (isSafe && this.#mayRetry(failure) ? this.#retry() : null) ?? failure;
    }
    if (this.#clock() > this.#giveUpAt) return failure;
    return this.#next() ?? this.#waitOr(failure);
  }

  /** Whether an attempt that has a connection, an old one or a new one, could still be followed by another. */
  mayFollow(isReused: boolean): boolean {
    return this.#attempts < this.#maxAttempts || (isReused && !this.#wasRepeated);
  }

  /** A server may have room: see `Waiter`. */
  goOn(): boolean {
    const server = this.#next();
    if (server === null) return false;
    this.#stopWaiting();
    this.#traveller.goTo(server);
    return true;
  }

  expired(): void {
    this.#stopWaiting();
    this.#traveller.goTo(this.#overloaded());
  }

  reconsider(): void {
    if (this.#routed.traffic.isBusy(this.tried)) return;
    this.#stopWaiting();
    this.#traveller.goTo(this.#noServer());
  }

  /** It has its answer, or will have none: it waits no more, and is no retry in flight. Further calls do nothing. */
  settled(): void {
    if (this.#waitsSince !== null) this.#stopWaiting();
    if (this.#isRetrying) this.#routed.traffic.retryBudget.end();
    this.#isRetrying = false;
  }

  /**
   * Whether a request that is safe to repeat and that a server may have acted on is sent to another one: its route must allow
   * as many, and its backend have room for it. Nothing is repeated after a time-out: where servers are slow, that would double
   * their work.
   */
  #mayRetry(failure: Failure): boolean {
    const isAllowed = this.#attempts < this.#maxAttempts && failure.kind !== 'server-timeout';
    return isAllowed && this.#routed.traffic.retryBudget.hasRoom;
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
    const { traffic } = this.#routed;
    // Nearly all requests see one server: they are spared the set.
    if (this.#last !== null) this.#tried ??= new Set([this.#last.key]);
    const server = this.#stickyServer() ?? traffic.pick(this.tried);
    if (server === null) return null;
    // One that never gets to a server must not allow for retries of others.
    if (this.#last === null) traffic.retryBudget.countRequest();
    this.#last = server;
    this.#tried?.add(server.key);
    return server;
  }

  /** Waits (null) while some server is only busy; else the failure, where null stands for there being no server. */
  #waitOr(failure: Failure | null): Failure | null {
    const { traffic } = this.#routed;
    if (!traffic.isBusy(this.tried)) return failure ?? this.#noServer();
    if (this.#patienceMs <= 0 || !traffic.queue.join(this, this.#patienceMs)) return this.#overloaded();
    this.#waitsSince = this.#clock();
    return null;
  }

  #stopWaiting(): void {
    this.#routed.traffic.queue.leave(this);
    const waitedMs = this.#clock() - (this.#waitsSince ?? this.#clock());
    this.#waitsSince = null;
    this.#patienceMs -= waitedMs;
    this.#giveUpAt += waitedMs;
  }

  #stickyServer(): ServerTraffic | null {
    for (const id of this.#stickyIds) {
      const server = this.#routed.traffic.stickyServer(id, this.tried);
      if (server !== null) return server;
    }
    return null;
  }

  #noServer(): Failure {
    const { backend, isFailing } = this.#routed.traffic;
    const detail = isFailing ? ANSWER_WORDS.allFailing(backend.id) : ANSWER_WORDS.noneLeft(backend.id);
    return { kind: 'no-server', detail };
  }

  #overloaded(): Failure {
    return { kind: 'overloaded', detail: ANSWER_WORDS.allBusy(this.#routed.traffic.backend.id) };
  }
}
