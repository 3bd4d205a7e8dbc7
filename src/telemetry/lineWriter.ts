import type { AccessBatch } from './accessLog.ts';
import type { LineSink } from './log.ts';
import { Reserve } from './reserve.ts';
import type { WriteSome } from './standardOutput.ts';

/** Bytes that may wait while the reader is slower than we are: the log has its own share, so that events outlast requests. */
const MAX_WAITING_BYTES = { log: 1_048_576, access: 8_388_608 } as const;
/** How long to wait when there is no room: from, doubling, to. A reader that is merely slower makes some within the first. */
const FULL_PAUSE_MS = { from: 1, to: 100 } as const;
/** How long to wait after another failure, such as a full disk or a reader that is gone. */
const FAILED_PAUSE_MS = 1_000;

/** `log`: what main has to say. `access`: a line for each request. */
export type LineKind = keyof typeof MAX_WAITING_BYTES;

interface Waiting {
  readonly kind: LineKind;
  readonly bytes: Uint8Array;
  readonly lines: number;
}

/** How long the end of the process waits for lines to be taken. */
export interface FlushLimits {
  readonly idleMs: number;
  readonly limitMs: number;
}

/** Where the lines of the access log go. */
export type AccessSink = Pick<LineWriter, 'writeAccess' | 'accessLines'>;

/**
 * The one writer of standard output: complete lines, in the order in which they came, never waiting for the reader. While that
 * stalls, lines wait up to a limit, and beyond it they are dropped and counted.
 */
export class LineWriter implements LineSink {
  readonly #write: WriteSome;
  readonly #waiting: Waiting[] = [];
  readonly #reserves: Readonly<Record<LineKind, Reserve>> = {
    log: new Reserve(MAX_WAITING_BYTES.log),
    access: new Reserve(MAX_WAITING_BYTES.access),
  };
  readonly #flushes = new Set<{ readonly progress: () => void; readonly end: () => void }>();
  /** Bytes of the first that waits which are written already. */
  #written = 0;
  #isWriting = false;
  #pause: NodeJS.Timeout | null = null;
  #pauseMs = 0;
  /** Called when there is room again after lines were dropped, with their number; the place for a line that says so is then. */
  onGap: (kind: LineKind, dropped: number) => void = () => {};

  constructor(write: WriteSome) {
    this.#write = write;
  }

  /** Lines of the access log that the sink has got, and that were dropped. */
  get accessLines(): { readonly written: number; readonly dropped: number } {
    const { written, dropped } = this.#reserves.access;
    return { written, dropped };
  }

  /** Writes a line of the log, which ends with its line end. */
  write(line: string): void {
    this.#add({ kind: 'log', bytes: Buffer.from(line), lines: 1 });
  }

  /** Writes lines of the access log, and counts those that were dropped before. */
  writeAccess({ bytes, lines, dropped }: AccessBatch): void {
    this.#reserves.access.drop(dropped);
    this.#tellGaps();
    if (lines > 0) this.#add({ kind: 'access', bytes, lines });
  }

  /** Resolves when all is written, or cannot be, or nothing was taken for `idleMs`; at the latest after `limitMs`. */
  flush({ idleMs, limitMs }: FlushLimits): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(idle);
        clearTimeout(limit);
        this.#flushes.delete(flush);
        resolve();
      };
      const idle = setTimeout(end, idleMs);
      const limit = setTimeout(end, limitMs);
      const flush = { progress: () => void idle.refresh(), end };
      this.#flushes.add(flush);
      if (this.#pause !== null) clearTimeout(this.#pause);
      this.#pause = null;
      this.#next();
    });
  }

  #add(waiting: Waiting): void {
    if (!this.#reserves[waiting.kind].take(waiting.bytes.length, waiting.lines)) return;
    this.#waiting.push(waiting);
    this.#next();
  }

  #next(): void {
    if (this.#isWriting || this.#pause !== null) return;
    const first = this.#waiting[0];
    if (first === undefined) {
      this.#endFlush();
      return;
    }
    this.#isWriting = true;
    this.#write(first.bytes.subarray(this.#written), (error, written) => {
      this.#isWriting = false;
      if (error === null) this.#wrote(first, written);
      else this.#failed(error);
      this.#next();
    });
  }

  #wrote(first: Waiting, written: number): void {
    this.#pauseMs = 0;
    for (const flush of this.#flushes) flush.progress();
    this.#written += written;
    if (this.#written < first.bytes.length) return;
    this.#written = 0;
    this.#waiting.shift();
    this.#reserves[first.kind].giveBack(first.bytes.length, first.lines);
    this.#tellGaps();
  }

  #tellGaps(): void {
    // Only where the line that tells it will not be dropped itself.
    if (this.#reserves.log.isFull) return;
    for (const kind of ['log', 'access'] as const) {
      const dropped = this.#reserves[kind].takeGap();
      if (dropped > 0) this.onGap(kind, dropped);
    }
  }

  #failed(error: NodeJS.ErrnoException): void {
    const isFull = error.code === 'EAGAIN';
    this.#pauseMs = isFull
      ? Math.min(Math.max(this.#pauseMs * 2, FULL_PAUSE_MS.from), FULL_PAUSE_MS.to)
      : FAILED_PAUSE_MS;
    this.#pause = setTimeout(() => {
      this.#pause = null;
      this.#next();
    }, this.#pauseMs).unref();
    if (!isFull) this.#endFlush();
  }

  #endFlush(): void {
    for (const flush of this.#flushes) flush.end();
  }
}
