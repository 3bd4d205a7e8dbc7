import type { Worker } from 'node:worker_threads';
import type { FromProxy, ProxyThreadData, ToProxy } from './proxy/messages.ts';
import { startThread } from './thread.ts';

/**
 * The young generation of a proxy thread's heap. A collection copies what survives in it, and of a new table everything
 * does: with V8's default a table of 10,000 services gave pauses of 15 to 30 ms, with this of about 6 ms. Half of it
 * seemed to cost CPU for each request.
 */
const YOUNG_GENERATION_MB = 12;
/** How much longer than the grace period it may take to say that it has stopped. */
const STOP_SLACK_MS = 1_000;

/** Messages of a kind that a proxy thread sends. */
type Said<K extends FromProxy['kind']> = FromProxy & { readonly kind: K };

export interface ProxyThreadEvents {
  readonly heard: (message: FromProxy) => void;
  /** It is no more, its connections and its listener neither; `error` where a bug ended it. Called once. */
  readonly ended: (error: Error | null) => void;
}

/** What main does about one proxy thread: it is told things, heard, and stopped. */
export class ProxyThread {
  readonly name: string;
  /** Resolves when it is no more. */
  readonly exited: Promise<void>;
  readonly #worker: Worker;

  constructor(data: ProxyThreadData, { heard, ended }: ProxyThreadEvents) {
    this.name = data.name;
    this.#worker = startThread('proxy/thread', data, { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB });
    let error: Error | null = null;
    this.#worker.on('message', heard).on('error', (cause: Error) => (error = cause));
    this.exited = new Promise((resolve) =>
      this.#worker.once('exit', () => {
        resolve();
        ended(error);
      }),
    );
  }

  /** What is told to one that has crashed is lost. */
  tell(message: ToProxy): void {
    this.#worker.postMessage(message);
  }

  /** The next message of one of these kinds, about this table where the kind is about one; null if it ends before. */
  next<K extends FromProxy['kind']>(kinds: readonly K[], tableId?: string): Promise<Said<K> | null> {
    return new Promise((resolve) => {
      const heard = (message: FromProxy): void => {
        if (!isOneOf(message, kinds)) return;
        if (tableId !== undefined && 'tableId' in message && message.tableId !== tableId) return;
        this.#worker.off('message', heard);
        resolve(message);
      };
      this.#worker.on('message', heard);
      void this.exited.then(() => resolve(null));
    });
  }

  /**
   * Accepts no more and lets requests finish for `graceMs`. Resolves when the thread has ended, with the number of connections that
   * were cut off.
   */
  async stop(graceMs: number): Promise<number> {
    const stopped = this.next(['stopped']);
    this.tell({ kind: 'stop', graceMs });
    const timer = setTimeout(() => void this.#worker.terminate(), graceMs + STOP_SLACK_MS);
    await this.exited;
    clearTimeout(timer);
    return (await stopped)?.cutOff ?? 0;
  }
}

function isOneOf<K extends FromProxy['kind']>(message: FromProxy, kinds: readonly K[]): message is Said<K> {
  return kinds.some((kind) => kind === message.kind);
}
