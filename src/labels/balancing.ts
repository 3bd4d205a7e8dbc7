import type { Backend } from '../model/table.ts';
import { readCircuitBreaker } from './circuitBreaker.ts';
import { readHealthCheck } from './healthCheck.ts';
import type { LabelSet } from './label.ts';
import { readMethod } from './method.ts';
import { readStickiness, type StickinessWish } from './stickiness.ts';
import type { Finding } from '../model/finding.ts';

/** How a service or segment asks its backend to be balanced; null: it says nothing about it. */
export interface Balancing {
  readonly method: Backend['method'] | null;
  readonly stickiness: StickinessWish | null;
  readonly circuitBreaker: Backend['circuitBreaker'];
  readonly healthCheck: Backend['healthCheck'];
}

/** Reads all labels about that. They never refuse. */
export function readBalancing(labels: LabelSet): {
  readonly balancing: Balancing;
  readonly findings: readonly Finding[];
} {
  const method = readMethod(labels);
  const stickiness = readStickiness(labels);
  const circuitBreaker = readCircuitBreaker(labels);
  const healthCheck = readHealthCheck(labels);
  return {
    balancing: {
      method: method.value,
      stickiness: stickiness.value,
      circuitBreaker: circuitBreaker.value,
      healthCheck: healthCheck.value,
    },
    findings: [method, stickiness, circuitBreaker, healthCheck].flatMap(({ findings }) => findings),
  };
}
