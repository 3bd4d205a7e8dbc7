import type { Logger } from 'pino';
import type { BreakerState, FailingServer } from '../model/condition.ts';
import type { HealthChanges } from './state.ts';

/** Servers that are told of one by one; of more that change at one time only the number is. */
export const MAX_SERVERS_TOLD = 50;

/** Tells which servers fail their active check now, and which do no more. */
export function announceHealth(log: Logger, { failed, recovered }: HealthChanges): void {
  for (const { backend, server, url, reason } of failed.slice(0, MAX_SERVERS_TOLD)) {
    log.warn(
      { event: 'server-failed', backend, server, url, reason },
      `server ${server} (${url}) of ${backend} fails its health check: ${reason}; it gets no requests until it passes`,
    );
  }
  for (const { backend, server, url } of recovered.slice(0, MAX_SERVERS_TOLD)) {
    log.info(
      { event: 'server-recovered', backend, server, url },
      `server ${server} (${url}) of ${backend} passes its health check again`,
    );
  }
  const count = untold(failed) + untold(recovered);
  if (count === 0) return;
  log.warn(
    { event: 'servers-untold', count },
    `… and the health of ${count} more servers changed; /api/services shows the result`,
  );
}

function untold(servers: readonly FailingServer[]): number {
  return Math.max(0, servers.length - MAX_SERVERS_TOLD);
}

/** Tells that a circuit breaker changed its state. */
export function announceBreaker(log: Logger, backend: string, state: BreakerState): void {
  const fields = { event: 'circuit-breaker', backend, state };
  switch (state) {
    case 'open':
      log.warn(fields, `the circuit breaker of ${backend} opens: its requests are answered 503 for a while`);
      break;
    case 'recovering':
      log.info(fields, `the circuit breaker of ${backend} lets more and more requests pass again`);
      break;
    case 'closed':
      log.info(fields, `the circuit breaker of ${backend} is closed: all requests pass`);
      break;
  }
}

/** Tells that a server's certificate was refused, and what to do about it. */
export function announceUntrustedServer(
  log: Logger,
  { backend, url, reason }: { readonly backend: string; readonly url: string; readonly reason: string },
): void {
  log.warn(
    { event: 'untrusted-server', backend, url, reason },
    `the certificate of ${url} of ${backend} is not trusted: ${reason}; let NODE_EXTRA_CA_CERTS name a file with the CA that signed it, or set LB_INSECURE_SKIP_VERIFY=true to accept any`,
  );
}
