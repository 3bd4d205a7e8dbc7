import type { Backend, Stickiness } from '../model/table.ts';

/** How a service asks its backend to be balanced; null: it says nothing about it. */
export interface Balancing {
  readonly method: Backend['method'] | null;
  /** Without `cookie` the name is made of the backend's. */
  readonly stickiness: (Omit<Stickiness, 'cookie'> & { readonly cookie: string | null }) | null;
  readonly circuitBreaker: Backend['circuitBreaker'];
  readonly healthCheck: Backend['healthCheck'];
}
