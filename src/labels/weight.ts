import type { LabelSet, Understood } from './label.ts';
import { readWholeNumber } from './wholeNumber.ts';

const MAX_WEIGHT = 1_000_000;

/** Reads `traefik.weight`, the weight of each server: null where it is absent or invalid. */
export function readWeight(labels: LabelSet): Understood<number> {
  return readWholeNumber(labels, 'traefik.weight', MAX_WEIGHT, 'The weight is 1');
}
