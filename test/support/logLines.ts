import { createLog, type Log } from '../../src/telemetry/log.ts';

/** A line of the log, parsed. */
export type LogLine = Readonly<Record<string, unknown>>;

/** A log that keeps its lines, of every level. */
export function keptLog(level = 'trace'): { readonly log: Log; readonly lines: LogLine[] } {
  const lines: LogLine[] = [];
  const log = createLog(level, { write: (line) => lines.push(JSON.parse(line) as LogLine) });
  return { log, lines };
}
