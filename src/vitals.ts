import { monitorEventLoopDelay, performance, PerformanceObserver } from 'node:perf_hooks';
import type { ThreadVitals } from './model/counts.ts';

/** How often the event loop's delay is measured; Node counts the interval itself as delay. */
const RESOLUTION_MS = 20;
/** A peak is shown for at least so long, however often somebody looks. */
const WINDOW_MS = 30_000;

/** Takes the vitals of the thread that it is made in, from then on. */
export class Vitals {
  readonly #thread: string;
  readonly #delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  readonly #collections: PerformanceObserver;
  #gcMs = 0;
  #windowBeganAt = performance.now();
  #before: ThreadVitals['delay'] = { p50: 0, p99: 0, max: 0 };

  /** `thread`: what it is called. */
  constructor(thread: string) {
    this.#thread = thread;
    this.#delay.enable();
    this.#collections = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) this.#gcMs += duration;
    });
    this.#collections.observe({ entryTypes: ['gc'] });
  }

  read(): ThreadVitals {
    return {
      thread: this.#thread,
      delay: this.#readDelay(),
      busySeconds: performance.eventLoopUtilization().active / 1000,
      gcSeconds: this.#gcMs / 1000,
      heapUsedBytes: process.memoryUsage().heapUsed,
    };
  }

  stop(): void {
    this.#delay.disable();
    this.#collections.disconnect();
  }

  /** The worse of this window and the one before. */
  #readDelay(): ThreadVitals['delay'] {
    const now = {
      p50: seconds(this.#delay.percentile(50)),
      p99: seconds(this.#delay.percentile(99)),
      max: seconds(this.#delay.max),
    };
    const { p50, p99, max } = this.#before;
    if (performance.now() - this.#windowBeganAt >= WINDOW_MS) {
      this.#before = now;
      this.#windowBeganAt = performance.now();
      this.#delay.reset();
    }
    return { p50: Math.max(now.p50, p50), p99: Math.max(now.p99, p99), max: Math.max(now.max, max) };
  }
}

function seconds(delayNs: number): number {
  return Math.max(0, delayNs / 1e9 - RESOLUTION_MS / 1e3);
}
