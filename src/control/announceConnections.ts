import type { Logger } from 'pino';
import type { Overload } from '../model/connections.ts';

/** Tells that all places for client connections are taken, and what it has cost when it is over. */
export function announceOverload(log: Logger, { state, limit, durationMs, shed, refused }: Overload): void {
  if (state === 'begun') {
    log.warn(
      { event: 'connections-at-limit', limit },
      `all ${limit} client connections are taken: those that do nothing are closed for new ones, others wait; if there are to be more, raise LB_MAX_CONNECTIONS, and the limit of open files to more than twice as many`,
    );
    return;
  }
  const seconds = Math.round(durationMs / 1000);
  log.info(
    { event: 'connections-below-limit', limit, seconds, shed, refused },
    `there are less than ${limit} client connections again, after ${seconds} s; ${shed} were closed for others, and ${refused} waited in vain`,
  );
}

/** Warns where so many client connections may need more open files than the process may have; null: unknown. */
export function announceFileLimit(
  log: Logger,
  connections: number,
  needed: number,
  limit: number | null,
): void {
  if (limit === null || limit >= needed) return;
  log.warn(
    { event: 'file-limit-low', limit, needed },
    `this process may have ${limit} files open, and LB_MAX_CONNECTIONS=${connections} may need ${needed}: raise the limit of open files (ulimit nofile) to that, or lower LB_MAX_CONNECTIONS to ${Math.max(1, connections - Math.ceil((needed - limit) / 2))}`,
  );
}
