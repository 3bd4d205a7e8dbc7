import { BUCKETS_MS } from '../model/counts.ts';

/**
 * The milliseconds that a share of durations stays below, from how many there are in each bucket (`BUCKETS_MS`, not added up), as
 * Prometheus' `histogram_quantile` has it: linear within a bucket, and the last bound for what was longer. Null where there are none.
 */
export function quantileMs(share: number, buckets: Float64Array): number | null {
  let total = 0;
  for (const count of buckets) total += count;
  if (total === 0) return null;
  const rank = share * total;
  let below = 0;
  let fromMs = 0;
  for (const [bucket, toMs] of BUCKETS_MS.entries()) {
    const count = buckets[bucket] ?? 0;
    if (count > 0 && below + count >= rank) return fromMs + ((toMs - fromMs) * (rank - below)) / count;
    below += count;
    fromMs = toMs;
  }
  return fromMs;
}
