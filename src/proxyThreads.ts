import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { FailingServer } from './model/condition.ts';
import type { FromProxy, ToProxy } from './proxy/messages.ts';
import type { ProxySettings } from './proxy/settings.ts';
import { ProxyThread } from './proxyThread.ts';
import { TableInstalls, type NextTable, type TableInstallsOptions } from './tableInstalls.ts';
import type { News } from './traffic/news.ts';
import { RowBook } from './traffic/rowBook.ts';

/** As many crashes in so long a time end the daemon (decision 15). */
const MOST_CRASHES = 5;
const CRASHES_WITHIN_MS = 30_000;

/** What a proxy thread says about tables and its end: whoever told it to awaits that. */
const ANSWERS = ['prepared', 'installed', 'listening', 'listenFailed', 'stopped'] as const;

type Answer = FromProxy & { readonly kind: (typeof ANSWERS)[number] };

/** Whatever else it says. */
export type Heard = Exclude<FromProxy, Answer>;

export interface ProxyThreadsOptions extends Pick<TableInstallsOptions, 'listening' | 'installed'> {
  readonly settings: ProxySettings;
  /** How many there are. */
  readonly count: number;
  /** What the thread at this index, from 0, has said. */
  readonly heard: (message: Heard, index: number) => void;
  /** One has crashed; it is started anew unless `failed` follows. */
  readonly crashed: (name: string, index: number, error: Error) => void;
  /** One that had crashed forwards again, so long after it. */
  readonly restarted: (name: string, tookMs: number) => void;
  /** There is nothing to go on for. */
  readonly failed: (error: Error, what: string) => void;
  /** What one that takes the place of the crashed one at this index has to know of what all had found out. */
  readonly handOver: (index: number) => readonly News[];
}

/** The proxy threads: on one port, by one table, within limits that they share. One that crashes is replaced at once. */
export class ProxyThreads {
  readonly #options: ProxyThreadsOptions;
  /** Null where there is one thread, which shares nothing. */
  readonly #book: RowBook | null;
  /** Of this daemon alone, though others may be in the process. */
  readonly #channel = randomUUID();
  readonly #threads: ProxyThread[];
  readonly #installs: TableInstalls;
  /** When the last ones were, by `performance.now`. */
  #crashes: readonly number[] = [];
  /** Whether those that end are not replaced. */
  #isStopping = false;

  constructor(options: ProxyThreadsOptions) {
    const { settings, count, listening, installed } = options;
    this.#options = options;
    this.#book = count === 1 ? null : new RowBook(count);
    this.#threads = Array.from({ length: count }, (_, index) => this.#start(index));
    this.#installs = new TableInstalls({
      settings,
      threads: this.#threads,
      book: this.#book,
      listening,
      installed,
      failed: (error) => this.#fail(error, 'the HTTP entrypoint cannot listen'),
    });
  }

  /** Has all threads route by a table. */
  install(next: NextTable): void {
    this.#installs.install(next);
  }

  /** These servers, and no others, fail their active health check. */
  setFailing(failing: readonly FailingServer[]): void {
    this.#installs.setFailing(failing);
  }

  /** Tells the thread at this index, from 0. */
  tell(index: number, message: ToProxy): void {
    this.#threads[index]?.tell(message);
  }

  /** Has all threads do as one of them does that has found something out. */
  spread(news: News, by: number): void {
    for (const [index, thread] of this.#threads.entries()) {
      if (index !== by) thread.tell({ kind: 'learn', news });
    }
  }

  /**
   * Announces the stop, accepts for `delayMs` more, then lets requests finish for `graceMs`. Resolves when all have ended, with the
   * number of connections that were cut off. `delayed` is called in between.
   */
  async stop(delayMs: number, graceMs: number, delayed: () => void): Promise<{ readonly cutOff: number }> {
    this.#isStopping = true;
    for (const thread of this.#threads) thread.tell({ kind: 'announceStop' });
    const gone = Promise.all(this.#threads.map(({ exited }) => exited));
    // Where they have crashed there is nobody to wait for.
    await Promise.race([pause(delayMs, undefined, { ref: false }), gone]);
    this.#installs.end();
    delayed();
    const cutOff = await Promise.all(this.#threads.map((thread) => thread.stop(graceMs)));
    return { cutOff: cutOff.reduce((sum, each) => sum + each, 0) };
  }

  #start(index: number): ProxyThread {
    const { settings, count } = this.#options;
    const sharing = this.#book && {
      blocks: this.#book.blocks,
      thread: index,
      threads: count,
      channel: this.#channel,
    };
    return new ProxyThread(
      { settings, name: `proxy-${index + 1}`, sharing },
      {
        heard: (message) => this.#hear(message, index),
        ended: (error) => this.#ended(index, error),
      },
    );
  }

  #hear(message: FromProxy, index: number): void {
    if (!isAnswer(message)) this.#options.heard(message, index);
  }

  #ended(index: number, error: Error | null): void {
    this.#book?.takeBack(index);
    const thread = this.#threads[index];
    if (this.#isStopping || thread === undefined) return;
    const cause = error ?? new Error('it ended by itself');
    const now = performance.now();
    this.#crashes = [...this.#crashes.filter((at) => now - at < CRASHES_WITHIN_MS), now];
    this.#options.crashed(thread.name, index, cause);
    if (this.#crashes.length >= MOST_CRASHES) {
      const seconds = CRASHES_WITHIN_MS / 1000;
      this.#fail(cause, `proxy threads crashed ${MOST_CRASHES} times within ${seconds} s, the last time`);
    } else {
      void this.#replace(index, now);
    }
  }

  async #replace(index: number, crashedAt: number): Promise<void> {
    const thread = this.#start(index);
    this.#threads[index] = thread;
    await this.#installs.catchUp(thread);
    if (this.#threads[index] !== thread || this.#isStopping) return;
    for (const news of this.#options.handOver(index)) thread.tell({ kind: 'learn', news });
    this.#options.restarted(thread.name, performance.now() - crashedAt);
  }

  #fail(error: Error, what: string): void {
    this.#isStopping = true;
    this.#installs.end();
    this.#options.failed(error, what);
  }
}

function isAnswer(message: FromProxy): message is Answer {
  return ANSWERS.some((kind) => kind === message.kind);
}
