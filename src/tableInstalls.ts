import { canSharePort, provePortFree } from './listen.ts';
import type { FailingServer } from './model/condition.ts';
import type { Table } from './model/table.ts';
import type { FromProxy, ToProxy } from './proxy/messages.ts';
import type { ProxySettings } from './proxy/settings.ts';
import type { ProxyThread } from './proxyThread.ts';
import type { RowBook } from './traffic/rowBook.ts';
import type { Rows } from './traffic/rows.ts';

/** So long a thread that is later than the others holds them up, with each table. */
const PATIENCE_MS = 2_000;

/** A table for the proxy threads. */
export interface NextTable {
  readonly table: Table;
  /** The same, encoded. */
  readonly tableBytes: SharedArrayBuffer;
  /** Which servers fail their check; asked when it is swapped in. */
  readonly failing: () => readonly FailingServer[];
}

/** How a table was installed: the longest that a thread took to read it, and the time between the first swap and the last. */
export interface Swap {
  readonly decodeMs: number;
  readonly spreadMs: number;
}

/** Where all proxy threads listen. */
export interface ListeningAt {
  readonly address: string;
  readonly port: number;
}

export interface TableInstallsOptions {
  readonly settings: ProxySettings;
  /** Those that there are; one that has crashed is replaced at once. */
  readonly threads: readonly ProxyThread[];
  /** Null where there is one thread, which shares nothing. */
  readonly book: RowBook | null;
  /** All of them listen. */
  readonly listening: (at: ListeningAt) => void;
  /** All of them route by this table, or all that answer. */
  readonly installed: (tableId: string, swap: Swap) => void;
  /** A thread cannot listen on the port. */
  readonly failed: (error: Error) => void;
}

/** A table as all threads are told it. */
interface Told extends NextTable {
  readonly rows: Rows | null;
}

type Installed = FromProxy & { readonly kind: 'installed' };

/**
 * Brings tables to the proxy threads, one after the other, each in two steps: all of them read it, and when all have, all swap it in. So
 * they are of one mind but for the moment that a message takes.
 */
export class TableInstalls {
  readonly #options: TableInstallsOptions;
  /** Null until the first thread listens. */
  #port: number | null = null;
  /** What is swapped in. */
  #current: Told | null = null;
  /** What is being read. */
  #coming: Told | null = null;
  #failing: readonly FailingServer[] = [];
  #isOver = false;
  #last: Promise<void> = Promise.resolve();

  constructor(options: TableInstallsOptions) {
    this.#options = options;
  }

  install(next: NextTable): void {
    this.#last = this.#last.then(() => this.#install(next));
  }

  /** These servers, and no others, fail their active health check. */
  setFailing(failing: readonly FailingServer[]): void {
    this.#failing = failing;
    this.#tellAll({ kind: 'health', failing });
  }

  /** Has a thread that was started anew do as the others do. Resolves when it does, or is no more. */
  async catchUp(thread: ProxyThread): Promise<void> {
    let answer: Promise<unknown> = Promise.resolve();
    if (this.#current !== null && this.#port !== null) {
      thread.tell(readThis(this.#current));
      answer = this.#swapIn(thread, this.#current.table.id, this.#port);
      thread.tell({ kind: 'health', failing: this.#failing });
    }
    if (this.#coming !== null) thread.tell(readThis(this.#coming));
    await answer;
  }

  /** Nothing is installed any more. */
  end(): void {
    this.#isOver = true;
  }

  async #install(next: NextTable): Promise<void> {
    if (this.#isOver) return;
    const { threads, book, listening, installed } = this.#options;
    const { id } = next.table;
    const told: Told = { ...next, rows: book?.assign(next.table) ?? null };
    this.#coming = told;
    const prepared = threads.map((thread) => thread.next(['prepared'], id));
    this.#tellAll(readThis(told));
    // However long it takes to read, the others have as long as the first, and a little more.
    await Promise.race(prepared);
    await within(PATIENCE_MS, Promise.all(prepared));
    const swaps = new Map<ProxyThread, Promise<Installed | null>>();
    const at = this.#port === null ? await this.#open(id, swaps) : null;
    const port = this.#port;
    if (port === null || this.#isOver) return;
    this.#current = told;
    this.#coming = null;
    for (const thread of threads) {
      // One that did not answer swaps as soon as it has read it: it takes messages in their order.
      if (!swaps.has(thread)) swaps.set(thread, this.#swapIn(thread, id, port));
    }
    this.setFailing(next.failing());
    const answers = await Promise.all([...swaps.values()].map((swap) => within(PATIENCE_MS, swap)));
    if (this.#isOver) return;
    if (at !== null) listening(at);
    installed(id, swapAmong(answers.filter((answer) => answer !== null)));
  }

  /** Has the first thread listen, which tells the port for the others; null where that is not to be. */
  async #open(
    tableId: string,
    swaps: Map<ProxyThread, Promise<Installed | null>>,
  ): Promise<ListeningAt | null> {
    const { settings, threads, failed } = this.#options;
    while (!this.#isOver) {
      const [first] = threads;
      if (first === undefined) return null;
      try {
        // Listeners that share a port would share it with another daemon, too.
        if (canSharePort()) await provePortFree(settings.port, settings.bind, 'LB_HTTP_PORT');
      } catch (error) {
        failed(error as Error);
        return null;
      }
      const answer = first.next(['listening', 'listenFailed']);
      swaps.set(first, this.#swapIn(first, tableId, settings.port));
      const said = await answer;
      if (said?.kind === 'listenFailed') return null;
      if (said !== null) {
        this.#port = said.port;
        return said;
      }
      // It has crashed, and was replaced.
    }
    return null;
  }

  /** Has a thread route by the table that it has read, and listen unless it does. Null: it is no more, or cannot listen, which ends it all. */
  async #swapIn(thread: ProxyThread, tableId: string, port: number): Promise<Installed | null> {
    const answer = thread.next(['installed', 'listenFailed'], tableId);
    thread.tell({ kind: 'swap', port });
    const said = await answer;
    if (said?.kind !== 'listenFailed') return said;
    if (!this.#isOver) this.#options.failed(new Error(said.message));
    return null;
  }

  #tellAll(message: ToProxy): void {
    for (const thread of this.#options.threads) thread.tell(message);
  }
}

function readThis({ tableBytes, rows }: Told): ToProxy {
  return { kind: 'install', tableBytes, rows };
}

function swapAmong(answers: readonly Installed[]): Swap {
  const times = answers.map(({ at }) => at);
  return {
    decodeMs: Math.max(0, ...answers.map(({ decodeMs }) => decodeMs)),
    spreadMs: times.length === 0 ? 0 : Math.max(...times) - Math.min(...times),
  };
}

/** Null where that takes longer. */
async function within<T>(ms: number, promise: Promise<T>): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => (timer = setTimeout(resolve, ms, null)));
  const first = await Promise.race([promise, late]);
  clearTimeout(timer);
  return first;
}
