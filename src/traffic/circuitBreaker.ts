import type { BreakerState } from '../model/condition.ts';
import type { CircuitBreaker as Definition } from '../model/table.ts';
import { BreakerMetrics, FEWEST_REQUESTS } from './breakerMetrics.ts';
import type { Clock } from './clock.ts';

/** How long it is open, and then recovering (vulcand/oxy's defaults, and so Traefik 1.7's). */
const PHASE_MS = 10_000;
/** Timers may be early by a little. */
const TIMER_MARGIN_MS = 20;

/**
 * The circuit breaker of a backend, as vulcand/oxy's: `closed` until its condition holds over the last ten seconds, then `open`
 * for ten, then `recovering` for ten, in which a linearly growing part of the requests passes; it opens again if they fail too.
 */
export class CircuitBreaker {
  readonly expression: string;
  readonly #metrics: BreakerMetrics;
  readonly #clock: Clock;
  readonly #changed: (state: BreakerState) => void;
  #state: BreakerState = 'closed';
  #since = -Infinity;
  #openedAt = -Infinity;
  /** While recovering: the part of a request that was refused although it was due. */
  #due = 0;
  #timer: NodeJS.Timeout | undefined;

  /** `changed` is told of each change of state as soon as it is due, whether there are requests or not. */
  constructor(definition: Definition, clock: Clock, changed: (state: BreakerState) => void) {
    this.expression = definition.expression;
    this.#metrics = new BreakerMetrics(definition.condition);
    this.#clock = clock;
    this.#changed = changed;
  }

  /** Null where a request may pass, which counts as one; else the seconds after which it may be worth another try. */
  refusedForSeconds(): number | null {
    if (this.#state === 'closed') return null;
    const now = this.#clock();
    const state = this.#follow(now);
    if (state === 'closed') return null;
    if (state === 'open') return Math.ceil((this.#since + PHASE_MS - now) / 1000);
    this.#due += (now - this.#since) / PHASE_MS;
    if (this.#due < 1) return 1;
    this.#due -= 1;
    return null;
  }

  /** Counts an answer, or the status that stands for a failure, that came after so many milliseconds. */
  record(status: number, latencyMs: number): void {
    const now = this.#clock();
    // Requests that were let through before it opened tell only what is known.
    if (this.#follow(now) === 'open' || now - latencyMs < this.#openedAt) return;
    this.#metrics.record(now, status, latencyMs);
    if (this.#metrics.requests >= FEWEST_REQUESTS && this.#metrics.holds) this.#open(now);
  }

  /** Another thread's has opened: this one does, too. */
  open(): void {
    const now = this.#clock();
    if (this.#follow(now) !== 'open') this.#open(now);
  }

  /** It is of no further use; who shows its state is told that nothing is held back any more. */
  retire(): void {
    clearTimeout(this.#timer);
    if (this.#state !== 'closed') this.#become('closed', this.#clock());
  }

  #open(now: number): void {
    this.#metrics.clear();
    this.#openedAt = now;
    this.#become('open', now);
    this.#wait(now);
  }

  /** Takes the steps that time brings. */
  #follow(now: number): BreakerState {
    while (this.#state !== 'closed' && now >= this.#since + PHASE_MS) {
      this.#due = 0;
      this.#become(this.#state === 'open' ? 'recovering' : 'closed', this.#since + PHASE_MS);
      this.#wait(now);
    }
    return this.#state;
  }

  #become(state: BreakerState, since: number): void {
    this.#state = state;
    this.#since = since;
    this.#changed(state);
  }

  #wait(now: number): void {
    clearTimeout(this.#timer);
    if (this.#state === 'closed') return;
    const ms = this.#since + PHASE_MS - now + TIMER_MARGIN_MS;
    this.#timer = setTimeout(() => this.#follow(this.#clock()), ms).unref();
  }
}
