import type { LabelSet, Understood } from './label.ts';
import { readWholeNumber } from './wholeNumber.ts';

const MAX_ATTEMPTS = 10;

/** Reads `traefik.retry.attempts`: on how many servers at most a request is tried, at least one; null where it is absent or invalid. */
export function readAttempts(labels: LabelSet): Understood<number> {
  const { value, findings } = readWholeNumber(
    labels,
    'traefik.retry.attempts',
    MAX_ATTEMPTS,
    'The label has no effect',
  );
  return { value: value === 0 ? 1 : value, findings };
}
