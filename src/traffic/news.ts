import type { EjectedServer } from '../model/condition.ts';

/** What another proxy thread has found out by its own requests, and this one is to go by, too. Plain data. */
export type News =
  | { readonly kind: 'ejected' | 'readmitted'; readonly server: EjectedServer }
  /** The circuit breaker of this backend has opened. */
  | { readonly kind: 'open'; readonly backend: string };
