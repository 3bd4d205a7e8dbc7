import { readLabels } from '../labels/read.ts';
import type { DeriveSettings } from '../model/derivation.ts';
import type { Service } from '../model/service.ts';
import { grouped } from './words.ts';

/** What reading the labels of a proposal may come to, so that nobody who merely asks can fill the memory or keep refreshes waiting. */
const LIMITS = {
  /** Routes and servers of the services that are proposed, before it is known which of them win. */
  parts: 100_000,
  /** Milliseconds. All that follows takes about as long again. */
  readMs: 2_000,
} as const;

/** Why what follows from these services is too much for a dry run, in one sentence; null: it is not. */
export function excessIn(services: readonly Service[], settings: DeriveSettings): string | null {
  const startedAt = performance.now();
  let parts = 0;
  for (const service of services) {
    const { containers, external } = service;
    const servers = Math.max(containers.length, external?.addresses.length ?? 0);
    for (const { matches } of readLabels(service, settings).exposures) parts += matches.length + servers;
    if (parts > LIMITS.parts)
      return `more than ${grouped(LIMITS.parts)} routes and servers would follow from these labels; a dry run takes no more`;
    if (performance.now() - startedAt > LIMITS.readMs)
      return 'these labels take too long to be read; a dry run of fewer services, or of fewer unknown labels, does not';
  }
  return null;
}
