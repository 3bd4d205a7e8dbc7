import type { Log } from './telemetry/log.ts';

/** EX_SOFTWARE of sysexits.h. */
const BUG_STATUS = 70;

/**
 * Has bugs that nobody caught end the process, since a half-dead one helps nobody: each is logged; the first has the process drained, and
 * ended by `exit` with status 70 when that is done or `patienceMs` have passed; another one ends it at once.
 */
export function endOnBug(log: Log, patienceMs: number, drain: () => Promise<void>, exit: () => void): void {
  let isEnding = false;
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      const end = isEnding ? 'at once' : 'after a drain';
      log.fatal(
        { event: 'bug', err: error },
        `${event}: this is a bug in active-lb; the process ends ${end}`,
      );
      // Whoever else ends the process meanwhile ends it with this.
      process.exitCode = BUG_STATUS;
      if (isEnding) {
        exit();
        return;
      }
      isEnding = true;
      setTimeout(exit, patienceMs);
      // A drain that breaks is a bug of its own, and comes here.
      void drain().then(exit);
    });
  }
}
