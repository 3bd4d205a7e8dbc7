/** Node's name for what happens in a thread, and in which thread it is to meet with a bug. */
export interface Bug {
  readonly thread: 'isMainThread' | 'workerData?.settings' | 'workerData?.metadata';
  readonly channel: string;
  /** Of the message on that channel, as `it`; `n` is a number to count with, 0 at first. */
  readonly when: string;
  /** `throw` by default. */
  readonly how?: 'throw' | 'reject';
}

/** A module, to be imported by every thread, that throws out of the event loop of one of them, or rejects where nobody waits for it. */
export function bugModule({ thread, channel, when, how = 'throw' }: Bug): string {
  const error = `new Error('a bug was put here')`;
  const act = how === 'throw' ? `throw ${error}` : `void Promise.reject(${error})`;
  return moduleUrl(`
    import { isMainThread, workerData } from 'node:worker_threads';
    import { subscribe } from 'node:diagnostics_channel';
    let n = 0;
    if (${thread}) subscribe('${channel}', (it) => { if (${when}) ${act}; });
  `);
}

/** What `--import` takes. */
export function moduleUrl(code: string): string {
  return `data:text/javascript,${encodeURIComponent(code)}`;
}
