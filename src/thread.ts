import { setTimeout as pause } from 'node:timers/promises';
import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import { Worker, type ResourceLimits } from 'node:worker_threads';

/**
 * Starts the worker thread that `module` is, whose path is given relative to `src/` without extension: the sources in
 * development, the compiled files in the image.
 */
export function startThread(
  module: string,
  workerData: unknown,
  resourceLimits: ResourceLimits = {},
): Worker {
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
  return new Worker(new URL(`./${module}${extension}`, import.meta.url), { workerData, resourceLimits });
}

/** What a thread is told so that it ends by itself, and how long it may take. */
export interface Farewell {
  readonly message: unknown;
  readonly patienceMs: number;
}

/** How long a thread rests after a crash before it is started anew. */
const RESTART_MS = 5_000;

/** A thread that the daemon can do without for a while: after a crash it is started anew. */
export class LastingThread {
  readonly #start: () => Worker;
  readonly #crashed: (error: Error) => void;
  #worker: Worker;
  #exited: Promise<void> = Promise.resolve();
  #isStopped = false;

  /** `start` is called for the first worker at once, and after each crash again. */
  constructor(start: () => Worker, crashed: (error: Error) => void) {
    this.#start = start;
    this.#crashed = crashed;
    this.#worker = this.#started();
  }

  /** A message to a thread that has crashed is lost: `start` must make up for it. */
  post(message: unknown): void {
    this.#worker.postMessage(message);
  }

  /** Resolves when it is at its end. Without a farewell that is at once, and it is not heard any more from now on. */
  async stop(farewell: Farewell | null = null): Promise<void> {
    this.#isStopped = true;
    if (farewell !== null) {
      this.#worker.postMessage(farewell.message);
      await Promise.race([this.#exited, pause(farewell.patienceMs, undefined, { ref: false })]);
    }
    this.#worker.removeAllListeners('message');
    await this.#worker.terminate();
  }

  #started(): Worker {
    const worker = this.#start().on('error', (error: Error) => {
      this.#crashed(error);
      setTimeout(() => {
        if (!this.#isStopped) this.#worker = this.#started();
      }, RESTART_MS).unref();
    });
    this.#exited = new Promise((resolve) => worker.once('exit', () => resolve()));
    return worker;
  }
}

/** From 0, the usual, to 19, the least. */
const NICENESS = 10;

/**
 * Called by a thread whose work can wait: lets requests go first where cores are scarce. On Linux a priority is a thread's own,
 * elsewhere it is left as it is.
 */
export function stepBack(): void {
  try {
    const threadId = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    if (threadId > 0) setPriority(threadId, NICENESS);
  } catch {
    // No Linux, or not permitted: requests then compete as before.
  }
}
