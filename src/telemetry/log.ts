import { pino, type Logger } from 'pino';
import type { LineKind } from './lineWriter.ts';

export type Log = Logger;

/** Where lines go, each with its line end. */
export interface LineSink {
  write(line: string): void;
}

/**
 * The log: one JSON line per event, handed to the sink at once. Only main has one. Its sink is a `LineWriter`: nothing waits for
 * the reader, and whoever ends the process flushes it first.
 */
export function createLog(level: string, sink: LineSink): Log {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return pino(options, sink);
}

const GAPS: Readonly<Record<LineKind, string>> = {
  log: 'lines of this log were dropped here, because nobody took them from standard output',
  access: 'lines of the access log were dropped here, because nobody took them from standard output',
};

/** Has the log say where lines were dropped, and how many. */
export function announceGaps(log: Log, lines: { onGap: (kind: LineKind, dropped: number) => void }): void {
  lines.onGap = (kind, dropped) => {
    log.warn({ event: 'lines-dropped', kind, dropped }, `${dropped} ${GAPS[kind]}`);
  };
}
