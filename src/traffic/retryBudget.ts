import type { Clock } from './clock.ts';
import { SlidingWindow } from './slidingWindow.ts';

/** One retry for so many requests of the window: 20 %. */
const REQUESTS_PER_RETRY = 5;
/** So many at a time are allowed in any case, so that a backend with few requests has retries too. */
const ALWAYS_AT_A_TIME = 3;

const REQUESTS = 0;
const RETRIES = 1;

/**
 * How many retries the requests of a backend may cause, so that servers in trouble are not given much more to do: at most 20 %
 * of the requests of the last ten seconds, but always three at a time (Envoy's retry budget has the same two numbers).
 */
export class RetryBudget {
  readonly #clock: Clock;
  readonly #window = new SlidingWindow(2);
  #inFlight = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Counts a request, once, however many servers it is sent to. */
  countRequest(): void {
    this.#count(REQUESTS);
  }

  /** Whether a retry may begin now. */
  get hasRoom(): boolean {
    if (this.#inFlight < ALWAYS_AT_A_TIME) return true;
    this.#window.advance(this.#clock());
    const [requests = 0, retries = 0] = this.#window.counts;
    return (retries + 1) * REQUESTS_PER_RETRY <= requests;
  }

  /** Counts a retry. It is in flight until `end`, which is called once for it. */
  begin(): void {
    this.#inFlight += 1;
    this.#count(RETRIES);
  }

  /** A retry has its answer, or will have none. */
  end(): void {
    this.#inFlight -= 1;
  }

  #count(column: number): void {
    this.#window.advance(this.#clock());
    this.#window.add(column);
  }
}
