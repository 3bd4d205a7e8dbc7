import type { Outcome } from '../model/outcome.ts';
import { accessLineOf, type AccessLine } from './accessLine.ts';

/** A batch is told when it is this long, or this old. */
const BATCH_BYTES = 65_536;
const BATCH_MS = 50;
/** Bytes that main may have to take yet; beyond them lines are dropped. */
const MAX_UNTAKEN_BYTES = 4_194_304;

/** Complete lines of the access log. */
export interface AccessBatch {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** How many lines there are. */
  readonly lines: number;
  /** How many were dropped before them, because the batches told had not been taken. */
  readonly dropped: number;
}

/** The access log as a proxy thread has it: outcomes in, batches of lines out, and never more than a few megabytes on the way. */
export class AccessLog {
  readonly #line: AccessLine;
  readonly #tell: (batch: AccessBatch) => void;
  #text = '';
  #lines = 0;
  #dropped = 0;
  #untakenBytes = 0;
  #timer: NodeJS.Timeout | undefined;

  /** `tell` may transfer the bytes; whoever has them in the end says so by `taken`. */
  constructor(format: 'json' | 'common', tell: (batch: AccessBatch) => void) {
    this.#line = accessLineOf(format);
    this.#tell = tell;
  }

  add(outcome: Outcome): void {
    if (this.#untakenBytes > MAX_UNTAKEN_BYTES) {
      this.#dropped += 1;
      return;
    }
    // Bytes too: a line is ASCII.
    this.#text += this.#line(outcome);
    this.#lines += 1;
    if (this.#text.length >= BATCH_BYTES) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), BATCH_MS);
  }

  /** Main has so many bytes of the batches now. */
  taken(bytes: number): void {
    this.#untakenBytes -= bytes;
    if (this.#dropped > 0) this.flush();
  }

  /** Tells at once what it has. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#lines === 0 && this.#dropped === 0) return;
    const bytes = new TextEncoder().encode(this.#text);
    this.#untakenBytes += bytes.length;
    this.#tell({ bytes, lines: this.#lines, dropped: this.#dropped });
    this.#text = '';
    this.#lines = 0;
    this.#dropped = 0;
  }
}
