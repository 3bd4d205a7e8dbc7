import { pino, type Logger } from 'pino';

export type Log = Logger;

/** Where lines go that are not for standard output. */
export interface LineSink {
  write(line: string): void;
}

/**
 * The log: one JSON line per event, on standard output unless a sink is given. Only main writes it. Lines are written at
 * once, so that none is lost when the process ends; no request waits for them, since requests are served on other threads.
 */
export function createLog(level: string, sink?: LineSink): Log {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return pino(options, sink ?? pino.destination({ fd: 1, sync: true }));
}
