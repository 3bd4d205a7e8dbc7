import type { BalancingMethod } from '../model/table.ts';
import { findingOf, type LabelSet, type Understood } from './label.ts';
import { shown } from './shown.ts';

const METHODS: readonly BalancingMethod[] = ['wrr', 'drr', 'least'];

/** Reads `traefik.backend.loadbalancer.method`, without case; null where it is absent or invalid. */
export function readMethod(labels: LabelSet): Understood<BalancingMethod> {
  const label = labels.given('traefik.backend.loadbalancer.method');
  if (label === null) return { value: null, findings: [] };
  const asked = label.value.trim().toLowerCase();
  const value = METHODS.find((method) => method === asked) ?? null;
  if (value !== null) return { value, findings: [] };
  const message = `${label.key} is ${shown(label.value)}; it must be "wrr", "drr" or "least". The label has no effect: without it, servers take turns by weight (wrr).`;
  return { value, findings: [findingOf(label, 'invalid-label', 'warning', message)] };
}
