/**
 * Loaded by every thread of the daemon that soaks (`--import`): collects garbage now and then and writes down what is left.
 * `SOAK_SAMPLES` names a directory, `SOAK_EVERY_MS` the time between samples.
 */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { getHeapStatistics } from 'node:v8';
import { isMainThread, threadId, workerData } from 'node:worker_threads';

/** A thread's sample. `handles`: of the kinds of `process.getActiveResourcesInfo`. */
export interface ThreadSample {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly thread: string;
  readonly heapMb: number;
  /** Memory of buffers and the like. */
  readonly externalMb: number;
  readonly timers: number;
  readonly handles: number;
}

const directory = process.env['SOAK_SAMPLES'];
const everyMs = Number(process.env['SOAK_EVERY_MS']);
const MB = 1024 * 1024;

function nameOfThread(): string {
  if (isMainThread) return 'main';
  const data: unknown = workerData;
  if (typeof data !== 'object' || data === null) return `thread ${threadId}`;
  return 'metadata' in data
    ? 'refresher'
    : 'checks' in data
      ? 'health'
      : 'settings' in data
        ? 'proxy'
        : `thread ${threadId}`;
}

function sample(thread: string): ThreadSample {
  globalThis.gc?.();
  const { used_heap_size: heap, external_memory: external } = getHeapStatistics();
  const resources = process.getActiveResourcesInfo();
  const timers = resources.filter((kind) => kind === 'Timeout' || kind === 'Immediate').length;
  return {
    at: Date.now(),
    thread,
    heapMb: heap / MB,
    externalMb: external / MB,
    timers,
    handles: resources.length - timers,
  };
}

if (directory !== undefined) {
  const thread = nameOfThread();
  const path = join(directory, `${thread.replaceAll(' ', '-')}.jsonl`);
  setInterval(() => appendFileSync(path, `${JSON.stringify(sample(thread))}\n`), everyMs).unref();
}
