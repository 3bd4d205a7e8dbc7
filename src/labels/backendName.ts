import { findingOf, type LabelSet, type Understood } from './label.ts';
import { shown } from './shown.ts';

/** A backend that services of one stack share by naming it. */
export interface SharedBackend {
  readonly name: string;
  /** The segment of all who share it, where the name is one of the service: ports of different segments are never mixed by that. */
  readonly segment: string | null;
}

/** It stands in ids and logs. */
const MAX_LENGTH = 100;

/** Reads `traefik.backend`; null where the service or segment is balanced alone. It never refuses. */
export function readSharedBackend(labels: LabelSet): Understood<SharedBackend> {
  const label = labels.given('traefik.backend');
  if (label === null) return { value: null, findings: [] };
  const name = label.value.trim();
  const segment = labels.inherits(label) ? labels.segment : null;
  if (name.length <= MAX_LENGTH && !/\p{C}/u.test(name)) return { value: { name, segment }, findings: [] };
  const message = `${label.key} is ${shown(label.value)}; a backend's name has at most ${MAX_LENGTH} characters, all of them visible. The label has no effect.`;
  return { value: null, findings: [findingOf(label, 'invalid-label', 'warning', message)] };
}
