import type { Check } from '../../src/health/check.ts';
import type { HealthCheck } from '../../src/model/table.ts';

/** A check of `/health` whose interval no test lives to see, but for what is given. */
export function healthCheck(given: Partial<HealthCheck> = {}): HealthCheck {
  return {
    path: '/health',
    intervalMs: 600_000,
    timeoutMs: 5_000,
    port: null,
    scheme: null,
    hostname: null,
    fields: [],
    ...given,
  };
}

/** The check of a server of `shop/web`, but for what is given. */
export function checkOf(
  server: string,
  url: string,
  how: Partial<HealthCheck> = {},
  given: Partial<Check> = {},
): Check {
  return { backend: 'shop/web', server, url, hostname: null, how: healthCheck(how), ...given };
}
