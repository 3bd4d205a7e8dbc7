import type { CircuitBreaker } from '../model/table.ts';
import { BreakerMetrics, FEWEST_REQUESTS } from './breakerMetrics.ts';
import type { Clock } from './clock.ts';
import { Terms } from './terms.ts';

/**
 * So many failures without an answer in between are no accident. nginx takes 1 (`max_fails`), HAProxy's `observe` 10 (`error-limit`), Envoy 5:
 * an application that drops one connection now and then must not lose its server, and with two tries for each request few
 * clients notice three.
 */
const FAILURES_IN_A_ROW = 3;
/** A response that goes on for so long is a success, so that an endless one does not keep a server on probation. */
const LONG_RESPONSE_MS = 1_000;
/** A request that its client takes so long to send says nothing for now, and must not keep a server on probation either. */
const LONG_REQUEST_MS = 1_000;

/** Two threads that see the same failures eject at about the same time: that is one ejection. */
const SAME_TERM_MS = 1_000;

/** `good`: it gets its share. `ejected`: it gets nothing. `probation`: one request at a time, until one succeeds. */
export type StandingState = 'good' | 'ejected' | 'probation';

/** What a standing must know of an attempt. */
export interface Tried {
  /** By the clock. */
  readonly begunAt: number;
  /** What `begin` returned. */
  readonly trial: number;
}

/** How an attempt failed by its server's fault. */
export interface Fault {
  /** In a few words that may follow the server's name. */
  readonly reason: string;
  /** The status that stands for it, 502 or 504. */
  readonly status: number;
}

/** Who decides besides the server itself. */
export interface Overseer {
  /** Whether so many others are left that this one can be done without. */
  mayEject(): boolean;
  /** The state changed. */
  changed(): void;
  /** The state is the same, but time will change it at another moment (`dueAt`). */
  dueChanged(): void;
}

/** Whether one server gets requests, judged by what became of those that it got. */
export class Standing {
  /** How many times it was ejected. */
  ejections = 0;
  /** Why it was ejected last. */
  reason = '';
  readonly #clock: Clock;
  readonly #overseer: Overseer;
  #state: StandingState = 'good';
  #since = -Infinity;
  #until = -Infinity;
  readonly #terms = new Terms();
  /** Since the head of a response came. */
  #failures = 0;
  /** Responses that were broken or invalid, since one was complete. */
  #breaks = 0;
  #answeredAt = -Infinity;
  #trials = 0;
  /** The trial in flight; 0: none. */
  #trial = 0;
  /** When the head of the trial's response came; Infinity before. */
  #trialAnsweredAt = Infinity;
  /** From when on another trial may take the place of the one in flight; Infinity: the server has to answer it. */
  #replaceableAt = Infinity;
  #expression: string | null = null;
  #metrics: BreakerMetrics | null = null;

  constructor(clock: Clock, overseer: Overseer) {
    this.#clock = clock;
    this.#overseer = overseer;
  }

  get state(): StandingState {
    return this.#state;
  }

  /** By the clock, the moment of the last change of state. */
  get since(): number {
    return this.#since;
  }

  /** By the clock, when the ejection ends. */
  get until(): number {
    return this.#until;
  }

  /** Whether a request may be sent to it now. */
  get isOpen(): boolean {
    return this.#state === 'good' || (this.#state === 'probation' && this.#isUntried);
  }

  /** By the clock, when time will change the state; Infinity: it will not. */
  get dueAt(): number {
    if (this.#state === 'ejected') return this.#until;
    return this.#state === 'probation' ? this.#trialAnsweredAt + LONG_RESPONSE_MS : Infinity;
  }

  /** The circuit breaker of its backend, whose condition is asked of the server's own answers too. */
  attach(circuitBreaker: CircuitBreaker | null): void {
    if ((circuitBreaker?.expression ?? null) === this.#expression) return;
    this.#expression = circuitBreaker?.expression ?? null;
    this.#metrics = circuitBreaker && new BreakerMetrics(circuitBreaker.condition);
  }

  /**
   * An attempt begins. Returns the number of the trial that it is, 0 where it is none. `isSent`: there is nothing that its client
   * has to send yet; where there is, `sent` follows.
   */
  begin(isSent = true): number {
    if (this.#state !== 'probation' || !this.#isUntried) return 0;
    this.#trial = ++this.#trials;
    this.#replaceableAt = isSent ? Infinity : this.#clock() + LONG_REQUEST_MS;
    return this.#trial;
  }

  /** All of its request was sent. */
  sent(tried: Tried): void {
    if (this.#isTrial(tried)) this.#replaceableAt = Infinity;
  }

  /** The head of a response came, so long after the request was sent. */
  answered(tried: Tried, status: number, waitedMs: number): void {
    const now = this.#clock();
    this.#failures = 0;
    this.#answeredAt = now;
    const isTrial = this.#isTrial(tried);
    if (this.#isCondemned(tried, status, waitedMs, isTrial)) {
      this.#eject(`answered ${status}, so that ${this.#expression} holds for it`);
    } else if (isTrial) {
      this.#trialAnsweredAt = now;
      this.#replaceableAt = Infinity;
      this.#overseer.dueChanged();
    }
  }

  /** All of a response came, or the connection was upgraded. */
  completed(tried: Tried): void {
    this.#breaks = 0;
    if (this.#isTrial(tried)) this.readmit();
  }

  /** The server broke off a response in the middle, or began one that cannot be sent on. */
  broke(tried: Tried, reason: string): void {
    this.#breaks += 1;
    this.#judge(tried, reason, this.#breaks);
  }

  /** No response came. Where others got one meanwhile, a time-out is about the request, not the server. */
  failed(tried: Tried, { reason, status }: Fault, waitedMs: number): void {
    const isTrial = this.#isTrial(tried);
    const isOfRequest = status === 504 && tried.begunAt < this.#answeredAt && !isTrial;
    if (!isOfRequest && tried.begunAt >= this.#since) this.#failures += 1;
    if (this.#isCondemned(tried, status, waitedMs, isTrial)) {
      this.#eject(`${reason}, so that ${this.#expression} holds for it`);
    } else if (!isOfRequest) this.#judge(tried, reason, this.#failures);
  }

  /** An attempt is over; where it told nothing, the next trial may begin. */
  end(trial: number): void {
    if (trial === 0 || trial !== this.#trial) return;
    this.#trial = 0;
    this.#trialAnsweredAt = Infinity;
    this.#overseer.dueChanged();
  }

  /** Takes the steps that time brings. */
  follow(now: number): void {
    if (now < this.dueAt) return;
    if (this.#state === 'ejected') this.putOnProbation();
    else this.readmit();
  }

  /** Ends the ejection: one request at a time from now on. */
  putOnProbation(): void {
    this.#become('probation');
  }

  /** Gives it its share again. How long the next ejection lasts is forgiven only with time. */
  readmit(): void {
    this.#become('good');
  }

  /** Another thread has ejected it until then, by the clock: so does this one, unless its backend cannot do without it here. */
  ejectAsTold(until: number, reason: string): void {
    const isOut = this.#state === 'ejected';
    if (isOut ? until <= this.#until + SAME_TERM_MS : !this.#overseer.mayEject()) return;
    if (this.#state === 'good') this.#terms.forgive(this.#clock() - this.#since);
    this.#ejectUntil(until, reason);
  }

  /** Another thread has readmitted it. */
  readmitAsTold(): void {
    if (this.#state !== 'good') this.readmit();
  }

  /** Attempts that began before the last change of state tell what is known. */
  #judge(tried: Tried, reason: string, inARow: number): void {
    if (this.#isTrial(tried)) this.#eject(`${reason}, on probation`);
    else if (this.#state === 'good' && tried.begunAt >= this.#since && inARow >= FAILURES_IN_A_ROW) {
      this.#eject(`${reason}, ${FAILURES_IN_A_ROW} times in a row`);
    }
  }

  /** Whether the condition of the circuit breaker holds with this answer; on probation one answer is enough. */
  #isCondemned(tried: Tried, status: number, waitedMs: number, isTrial: boolean): boolean {
    if (this.#metrics === null || tried.begunAt < this.#since) return false;
    if (this.#state !== 'good' && !isTrial) return false;
    this.#metrics.record(this.#clock(), status, waitedMs);
    return this.#metrics.requests >= (isTrial ? 1 : FEWEST_REQUESTS) && this.#metrics.holds;
  }

  get #isUntried(): boolean {
    return this.#trial === 0 || this.#clock() >= this.#replaceableAt;
  }

  #isTrial({ trial }: Tried): boolean {
    return trial !== 0 && trial === this.#trial && this.#state === 'probation';
  }

  #eject(reason: string): void {
    if (!this.#overseer.mayEject()) return;
    const now = this.#clock();
    if (this.#state === 'good') this.#terms.forgive(now - this.#since);
    this.ejections += 1;
    this.#ejectUntil(now + this.#terms.nextMs, reason);
  }

  #ejectUntil(until: number, reason: string): void {
    this.#until = until;
    this.#terms.begun();
    this.reason = reason;
    this.#become('ejected');
  }

  #become(state: StandingState): void {
    this.#state = state;
    this.#since = this.#clock();
    this.#trial = 0;
    this.#trialAnsweredAt = Infinity;
    this.#metrics?.clear();
    this.#overseer.changed();
  }
}
