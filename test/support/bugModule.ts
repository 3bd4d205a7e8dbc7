/** Node's name for what happens in a thread, and in which thread it is to meet with a bug. */
export interface Bug {
  readonly thread: 'isMainThread' | 'workerData?.settings' | 'workerData?.metadata';
  readonly channel: string;
  /** Of the message on that channel, as `it`. */
  readonly when: string;
}

/** A module, loaded by every thread (`--import`), that throws out of the event loop of one of them. */
export function bugModule({ thread, channel, when }: Bug): string {
  const code = `
    import { isMainThread, workerData } from 'node:worker_threads';
    import { subscribe } from 'node:diagnostics_channel';
    if (${thread}) subscribe('${channel}', (it) => { if (${when}) throw new Error('a bug was put here'); });
  `;
  return `data:text/javascript,${encodeURIComponent(code)}`;
}
