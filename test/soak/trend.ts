/** One value at one time. */
export interface Sample {
  /** Seconds. */
  readonly at: number;
  readonly value: number;
}

/** How something grew over the second half of a run. */
export interface Trend {
  /** The least value of the first and of the last window. */
  readonly first: number;
  readonly last: number;
  /** By the line that fits the windows' least values best, from the first to the last of them. */
  readonly fitted: number;
}

const WINDOWS = 6;

/**
 * The least value of each of six windows: what comes and goes between them (garbage, requests in flight) is not growth. Null where
 * there are too few samples to tell.
 */
export function trendOf(samples: readonly Sample[]): Trend | null {
  const second = samples.slice(samples.length >> 1);
  if (second.length < 2 * WINDOWS) return null;
  const least = Array.from({ length: WINDOWS }, (_, k) => {
    const from = Math.floor((k * second.length) / WINDOWS);
    const to = Math.floor(((k + 1) * second.length) / WINDOWS);
    return Math.min(...second.slice(from, to).map(({ value }) => value));
  });
  const [first = 0, last = 0] = [least[0], least.at(-1)];
  return { first, last, fitted: slopeOf(least) * (WINDOWS - 1) };
}

/** Least squares, for each step. */
function slopeOf(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const covariance = values.reduce((sum, value, k) => sum + (k - middle) * (value - mean), 0);
  const variance = values.reduce((sum, _, k) => sum + (k - middle) ** 2, 0);
  return covariance / variance;
}

/** Whether it grew by more than is tolerated: by the line, and from the first window to the last. */
export function hasGrown({ first, last, fitted }: Trend, tolerance: number): boolean {
  return fitted > tolerance && last - first > tolerance;
}
