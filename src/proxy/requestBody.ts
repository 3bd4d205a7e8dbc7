import type { ClientRequest, IncomingMessage } from 'node:http';
import { isIdempotent } from './attempt.ts';
import { trailerFields } from './fields.ts';
import { PieceWriter } from './pieceWriter.ts';
import type { RequestHead } from './request.ts';

/** How much of a body that nobody wants is still read, so that its sender gets the answer instead of a reset. */
const DRAIN_BYTES = 1_048_576;
const DRAIN_MS = 2_000;
const EMPTY = Buffer.alloc(0);

/** How much of a body is kept to send it to another server: forms and most documents of an API, times all requests in flight. */
const KEPT_BYTES = 16_384;

export interface BodySink {
  /** The body has more bytes than allowed; nothing more is read. */
  tooLarge(): void;
  /** So many bytes passed. */
  progress(bytes: number): void;
  /** The whole body was handed over. */
  sent(): void;
}

/**
 * The client's body on its way to a server, with back-pressure, and its trailers. Nothing is read before the first `sendTo`.
 * Its beginning can be kept, so that another server gets it in full when the first one breaks off.
 */
export class RequestBody {
  readonly #from: IncomingMessage;
  readonly #maxBytes: number;
  /** Null where it is not kept (any more). */
  #kept: Buffer | null;
  /** Bytes that the client has sent. */
  #bytes = 0;
  #hasEnded = false;
  #to: ClientRequest | null = null;
  #writer: PieceWriter | null = null;
  #sink: BodySink | null = null;
  #isBegun = false;

  constructor(from: IncomingMessage, maxBytes: number, isKept: boolean) {
    this.#from = from;
    this.#maxBytes = maxBytes;
    this.#kept = isKept ? EMPTY : null;
  }

  /** That of a request, null where it has none; of more than `maxBytes` it is too large, 0: never. */
  static of(from: IncomingMessage, head: RequestHead, maxBytes: number): RequestBody | null {
    return head.framing === 'none' ? null : new RequestBody(from, maxBytes, isIdempotent(head));
  }

  /** It will not be sent to another server, so nothing of it needs to be kept. */
  forget(): void {
    this.#kept = null;
  }

  /** Sends what is kept, then what is still to come. */
  sendTo(to: ClientRequest, sink: BodySink): void {
    this.#to = to;
    this.#sink = sink;
    this.#writer = new PieceWriter(to, () => {
      if (to === this.#to) this.#from.pause();
    });
    to.on('drain', () => {
      if (to === this.#to) this.#resume();
    });
    const kept = this.#kept?.subarray(0, this.#bytes) ?? EMPTY;
    if (kept.length > 0) to.write(kept);
    if (this.#hasEnded) {
      this.#finish(to);
      return;
    }
    if (this.#isBegun) this.#from.resume();
    else this.#from.on('data', this.#pass).on('end', this.#end);
    this.#isBegun = true;
    // A head waits for the first piece, to go out in one write with it; a body that is slow to come must not delay it.
    setImmediate(() => {
      // Not by flushHeaders, which writes them as UTF-8.
      if (this.#bytes === 0 && !to.writableEnded && !to.destroyed) to.write(EMPTY);
    });
  }

  /** Takes it away from its server, until the next `sendTo`. Whether that would send the whole of it. */
  hold(): boolean {
    if (this.#to !== null) this.#from.pause();
    this.#to = null;
    return !this.#isBegun || this.#kept !== null;
  }

  /** Takes it away for good. */
  stop(): void {
    this.#to = null;
    this.#from.off('data', this.#pass).off('end', this.#end);
  }

  readonly #pass = (piece: Buffer): void => {
    const before = this.#bytes;
    this.#bytes += piece.length;
    if (this.#maxBytes > 0 && this.#bytes > this.#maxBytes) {
      this.stop();
      this.#sink?.tooLarge();
      return;
    }
    this.#keep(piece, before);
    this.#sink?.progress(piece.length);
    this.#writer?.write(piece);
  };

  readonly #end = (): void => {
    this.#hasEnded = true;
    if (this.#to !== null) this.#finish(this.#to);
  };

  /** Copied: a piece is a part of a larger buffer, and many small ones weigh more than their bytes. */
  #keep(piece: Buffer, at: number): void {
    if (this.#kept === null) return;
    if (at + piece.length > KEPT_BYTES) {
      this.forget();
      return;
    }
    if (this.#kept.length === 0) this.#kept = Buffer.allocUnsafe(KEPT_BYTES);
    piece.copy(this.#kept, at);
  }

  #resume(): void {
    this.#sink?.progress(0);
    this.#from.resume();
  }

  #finish(to: ClientRequest): void {
    this.#writer?.flush();
    const trailers = trailerFields(this.#from.rawTrailers);
    if (trailers.length > 0) to.addTrailers(trailers);
    to.end();
    this.#sink?.sent();
  }
}

/** Reads and drops the rest of a body within limits; beyond them the connection is cut. `drained` is called in either case. */
export function drainBody(from: IncomingMessage, drained: () => void): void {
  if (from.complete || from.destroyed) {
    // What came and was not taken would hold up the next request of its connection.
    from.resume();
    drained();
    return;
  }
  let bytes = 0;
  const finish = (): void => {
    clearTimeout(timer);
    from.off('data', count).off('end', finish).off('close', finish);
    drained();
  };
  const cut = (): void => {
    finish();
    from.destroy();
  };
  const count = (piece: Buffer): void => {
    bytes += piece.length;
    if (bytes > DRAIN_BYTES) cut();
  };
  const timer = setTimeout(cut, DRAIN_MS);
  from.on('data', count).on('end', finish).on('close', finish);
  from.resume();
}
