import { setTimeout as pause } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import type { FromProxy, ProxyThreadData, ToProxy } from './proxy/messages.ts';
import type { ProxySettings } from './proxy/settings.ts';
import { startThread } from './thread.ts';

/**
 * The young generation of the proxy thread's heap. A collection copies what survives in it, and of a new table everything
 * does: with V8's default a table of 10,000 services gave pauses of 15 to 30 ms, with this of about 6 ms. Half of it
 * seemed to cost CPU for each request.
 */
const YOUNG_GENERATION_MB = 12;
/** How much longer than the grace period it may take to say that it has stopped. */
const STOP_SLACK_MS = 1_000;

/** What main does about the proxy thread: it is told things, heard, and stopped. */
export class ProxyThread {
  readonly #worker: Worker;
  readonly #exited: Promise<void>;

  /** `crashed` is called once, instead of `heard` from then on: without it there is nothing to go on for. */
  constructor(settings: ProxySettings, heard: (message: FromProxy) => void, crashed: (error: Error) => void) {
    const data: ProxyThreadData = { settings };
    this.#worker = startThread('proxy/thread', data, { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB });
    this.#worker.on('message', heard);
    this.#worker.on('error', crashed);
    this.#exited = new Promise((resolve) => this.#worker.once('exit', () => resolve()));
  }

  /** What is told to one that has crashed is lost. */
  tell(message: ToProxy): void {
    this.#worker.postMessage(message);
  }

  /**
   * Announces the stop, accepts for `delayMs` more, then lets requests finish for `graceMs`. Resolves when the thread has ended, with the
   * number of connections that were cut off. `delayed` is called in between.
   */
  async stop(delayMs: number, graceMs: number, delayed: () => void): Promise<{ readonly cutOff: number }> {
    this.tell({ kind: 'announceStop' });
    // Where the thread has crashed there is nobody to wait for.
    await Promise.race([pause(delayMs, undefined, { ref: false }), this.#exited]);
    delayed();
    let cutOff = 0;
    this.#worker.on('message', (message: FromProxy) => {
      if (message.kind === 'stopped') ({ cutOff } = message);
    });
    this.tell({ kind: 'stop', graceMs });
    const timer = setTimeout(() => void this.#worker.terminate(), graceMs + STOP_SLACK_MS);
    await this.#exited;
    clearTimeout(timer);
    return { cutOff };
  }
}
