/** Numbers as people read them; null, where there is nothing to tell, is a dash. */

const NONE = '–';

/** `0`, `0.25`, `12.3`, `1,234`. */
export function figure(n: number | null | undefined): string {
  if (n === null || n === undefined) return NONE;
  const digits = n >= 100 ? 0 : n >= 10 ? 1 : 2;
  return n.toLocaleString('en', { maximumFractionDigits: digits });
}

/** Milliseconds: `0.5 ms`, `12 ms`, `1.2 s`. */
export function latency(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return NONE;
  return ms < 1_000 ? `${figure(ms)} ms` : `${figure(ms / 1_000)} s`;
}

/** `0 %`, `0.4 %`, `12 %`; null where there is nothing that it could be a share of. */
export function share(part: number, whole: number): string {
  if (whole <= 0) return NONE;
  const percent = (part / whole) * 100;
  return percent > 0 && percent < 0.1 ? '< 0.1 %' : `${figure(Math.round(percent * 10) / 10)} %`;
}

/** The time of day where the reader is: `09:02:25`. */
export function clockTime(moment: Date): string {
  return moment.toLocaleTimeString('en-GB');
}
