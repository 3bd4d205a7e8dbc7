/** Delays that grow while something goes on failing. */
export interface Backoff {
  /** Milliseconds to wait now: at least the first delay, at most the longest one, with jitter so that many of us do not return at once. */
  next(): number;
  /** After a success. */
  reset(): void;
}

/** Doubles from `firstMs` to `maxMs`; each delay lies between half of that and all of it, and is never below `firstMs`. */
export function createBackoff(firstMs: number, maxMs: number): Backoff {
  let ceilingMs = firstMs;
  return {
    next() {
      ceilingMs = Math.min(ceilingMs * 2, Math.max(firstMs, maxMs));
      return Math.max(firstMs, ceilingMs * (0.5 + Math.random() / 2));
    },
    reset() {
      ceilingMs = firstMs;
    },
  };
}
