import type { CircuitBreaker } from '../model/table.ts';
import { parseBreakerExpression } from './breakerExpression.ts';
import { findingOf, type LabelSet, type Understood } from './label.ts';
import { shown } from './shown.ts';

/** Reads `traefik.backend.circuitbreaker.expression`; null where it is absent or invalid. It never refuses. */
export function readCircuitBreaker(labels: LabelSet): Understood<CircuitBreaker> {
  const label = labels.given('traefik.backend.circuitbreaker.expression');
  if (label === null) return { value: null, findings: [] };
  const expression = label.value.trim();
  const parsed = parseBreakerExpression(expression);
  if ('condition' in parsed) return { value: { expression, condition: parsed.condition }, findings: [] };
  const message = `${label.key} is ${shown(expression)}: ${parsed.problem}. There is no circuit breaker.`;
  return { value: null, findings: [findingOf(label, 'invalid-label', 'warning', message)] };
}
