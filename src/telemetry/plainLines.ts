import { z } from 'zod';
import type { LineSink } from './log.ts';

const LogLine = z.object({ level: z.string(), time: z.string(), msg: z.string().default('') });

/** Turns the log's JSON lines into lines for a person at a terminal: time of day, level where it matters, text. */
export function plainLines(write: (text: string) => void): LineSink {
  return {
    write(line) {
      const { level, time, msg } = LogLine.parse(JSON.parse(line));
      write(`${time.slice(11, 19)} ${level === 'info' ? '' : `${level}: `}${msg}\n`);
    },
  };
}
