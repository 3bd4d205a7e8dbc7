import { isIdempotent } from '../attempt.ts';
import { bodyTooLarge, type Failure } from '../failure.ts';
import { MAX_FIELDS, type RequestHead } from '../request.ts';
import type { Limits } from '../settings.ts';
import type { ByteWriter } from './byteWriter.ts';
import { FRAMING, type ChunkSink } from './chunkedBody.ts';
import { ChunkRelay } from './chunkRelay.ts';

/** As Node's parser has it on the full lane, where it is told to take one field more than allowed. */
const MAX_TRAILERS = MAX_FIELDS + 1;
/** How much of a body is kept to send it to another server, as on the full lane. */
export const KEPT_BYTES = 16_384;
const NOTHING = Buffer.alloc(0);

/** The client's body on its way to a server, as bytes that can be sent as they are. */
export class OutgoingBody implements ChunkSink {
  readonly #limits: Limits;
  /** Null where the body has a length. */
  readonly #chunks: ChunkRelay | null;
  /** Of one that has a length, what is to come. */
  #remaining: number;
  /** Bytes that came, without framing. */
  bytes = 0;
  /** What came behind the opening, without framing; null where not all of it is kept (any more). */
  #kept: Buffer | null;
  #keptBytes = 0;
  /** Whether the opening was sent. */
  #isOpened = false;
  /** Whether something came behind the opening. */
  isBegun = false;

  constructor(head: RequestHead, limits: Limits) {
    this.#limits = limits;
    this.#chunks =
      head.framing === 'chunked'
        ? new ChunkRelay({ count: MAX_TRAILERS, bytes: limits.headerBytes, forbidden: FRAMING }, this)
        : null;
    this.#remaining = head.contentLength;
    this.#kept = isIdempotent(head) ? NOTHING : null;
  }

  get isDone(): boolean {
    return this.#chunks === null ? this.#remaining === 0 : this.#chunks.isDone;
  }

  /** Whether its trailers say that the connection ends with it. */
  get closes(): boolean {
    return this.#chunks?.closes === true;
  }

  get isBad(): boolean {
    return this.#chunks?.isBad === true;
  }

  /** Why it cannot be sent on; null: so far it can. */
  get flaw(): Failure | null {
    const { bodyBytes } = this.#limits;
    if (bodyBytes > 0 && this.bytes > bodyBytes) return bodyTooLarge(bodyBytes);
    if (!this.isBad) return null;
    return this.#chunks?.isTooLarge === true
      ? { kind: 'head-too-large', detail: 'the request head, or the trailer, is too large' }
      : { kind: 'bad-request', detail: 'the request is malformed: it has an invalid chunk' };
  }

  /** Takes in what belongs to it of the bytes from `start` to `end`, and writes it as it is sent. Returns where the rest begins. */
  pass(bytes: Buffer, start: number, end: number, to: ByteWriter): number {
    if (this.#chunks === null) {
      const rest = this.skip(bytes, start, end);
      to.copy(bytes, start, rest);
      return rest;
    }
    this.isBegun = this.#isOpened;
    return this.#chunks.pass(bytes, start, end, to);
  }

  /** The same without writing: for one that has a length, whose bytes are sent as they are. */
  skip(bytes: Buffer, start: number, end: number): number {
    const rest = Math.min(end, start + this.#remaining);
    this.#remaining -= rest - start;
    this.isBegun = this.#isOpened;
    this.data(bytes, start, rest);
    return rest;
  }

  /** Counts what came of it, and keeps it where it came behind the opening and all that came is not too large. */
  data(bytes: Buffer, start: number, end: number): void {
    this.bytes += end - start;
    if (!this.#isOpened || this.#kept === null) return;
    if (this.bytes > KEPT_BYTES) {
      this.forget();
      return;
    }
    // Copied: a piece is a part of a larger buffer, and many small ones weigh more than their bytes.
    if (this.#kept.length === 0) this.#kept = Buffer.allocUnsafeSlow(KEPT_BYTES);
    this.#keptBytes += bytes.copy(this.#kept, this.#keptBytes, start, end);
  }

  /** Whether its bytes are sent as they come. */
  get isRaw(): boolean {
    return this.#chunks === null;
  }

  /** The opening is sent: what comes from now on may have to be sent once more. */
  opened(): void {
    this.#isOpened = true;
  }

  /** It will not be sent to another server, so nothing of it needs to be kept. */
  forget(): void {
    this.#kept = null;
  }

  /** Whether all that came of it can be sent again. */
  get isWhole(): boolean {
    return !this.isBegun || this.#kept !== null;
  }

  /** Writes what came behind the opening once more, where it is kept. */
  repeat(to: ByteWriter): void {
    if (this.#kept === null) return;
    const kept = this.#kept.subarray(0, this.#keptBytes);
    if (this.#chunks === null) to.copy(kept, 0, kept.length);
    else this.#chunks.repeat(kept, to);
  }
}
