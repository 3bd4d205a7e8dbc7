/** Each bucket ends so much higher than the one before: a latency is known to 2.5 per cent. */
const GROWTH = 1.05;

/** Buckets from below a millisecond to over an hour. */
export const LATENCY_BUCKETS = 311;

/** The bucket of a latency in milliseconds. */
export function latencyBucket(ms: number): number {
  if (!(ms > 1)) return 0;
  return Math.min(LATENCY_BUCKETS - 1, Math.ceil(Math.log(ms) / Math.log(GROWTH)));
}

/** The latency in milliseconds that `quantile` per cent of what was counted from `start` on stay below; 0 where nothing was. */
export function latencyAtQuantile(counts: Uint32Array, start: number, quantile: number): number {
  let total = 0;
  for (let i = 0; i < LATENCY_BUCKETS; i++) total += counts[start + i] ?? 0;
  if (total === 0) return 0;
  let left = Math.max(1, Math.ceil((total * quantile) / 100));
  for (let i = 0; i < LATENCY_BUCKETS; i++) {
    left -= counts[start + i] ?? 0;
    if (left <= 0) return middleOf(i);
  }
  return middleOf(LATENCY_BUCKETS - 1);
}

function middleOf(bucket: number): number {
  return bucket === 0 ? 0.5 : GROWTH ** (bucket - 0.5);
}
