import type { Logger } from 'pino';

/** Tells that a proxy thread has crashed, which is a bug, and what that costs. */
export function announceCrash(log: Logger, thread: string, error: Error): void {
  log.error(
    { event: 'proxy-crashed', thread, err: error },
    `the proxy thread ${thread} crashed: ${error.message}; its connections are gone with it, others are not touched, and it is started anew`,
  );
}

/** Tells that it forwards again. */
export function announceRestart(log: Logger, thread: string, tookMs: number): void {
  const ms = Math.round(tookMs);
  log.info({ event: 'proxy-restarted', thread, ms }, `${thread} forwards again, ${ms} ms after it crashed`);
}
