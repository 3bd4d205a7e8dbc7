import type { Derivation } from '../model/derivation.ts';

/** How much there is of a derivation. */
export interface DerivationTotals {
  readonly routes: number;
  /** Those that are routed. */
  readonly services: number;
  readonly servers: number;
  /** Findings of that severity. */
  readonly errors: number;
  readonly warnings: number;
}

export function totalsOf({ table, services }: Derivation): DerivationTotals {
  let errors = 0;
  let warnings = 0;
  for (const { findings } of services) {
    for (const { severity } of findings) {
      if (severity === 'error') errors++;
      if (severity === 'warning') warnings++;
    }
  }
  return {
    routes: table.routes.length,
    services: services.filter((report) => report.routed).length,
    servers: table.backends.reduce((sum, backend) => sum + backend.servers.length, 0),
    errors,
    warnings,
  };
}
