import type { Logger } from 'pino';
import type { Restored, StoreEvent } from './events.ts';
import { durationWords } from './words.ts';

const LEVELS = {
  written: 'debug',
  'write-recovered': 'info',
  'write-failed': 'warn',
  'read-failed': 'warn',
  'set-aside': 'warn',
} as const;

/** Tells of what is kept in `LB_STATE_DIR`: of the snapshot with the event `state-written`, `state-write-failed`, and so on. */
export function announceStore(
  log: Logger,
  { what, text }: StoreEvent,
  of: 'state' | 'history' = 'state',
): void {
  log[LEVELS[what]]({ event: `${of}-${what}` }, text);
}

/** Tells that what is routed by comes from disk, and how old it is. `now` in milliseconds since the epoch. */
export function announceRestored(log: Logger, { readAt, metadataVersion }: Restored, now = Date.now()): void {
  const ageSeconds = Math.max(0, Math.round((now - readAt) / 1000));
  log.warn(
    { event: 'restored', ageSeconds, metadataVersion },
    `the snapshot kept on disk takes the place of the metadata until that can be read; it was read ${durationWords(now - readAt)} ago`,
  );
}
