import { isIdempotent } from '../attempt.ts';
import { bodyTooLarge, type Failure } from '../failure.ts';
import { MAX_FIELDS, type RequestHead } from '../request.ts';
import type { Limits } from '../settings.ts';
import type { ByteWriter } from './byteWriter.ts';
import { FRAMING } from './chunkedBody.ts';
import { ChunkRelay } from './chunkRelay.ts';

/** As Node's parser has it on the full lane, where it is told to take one field more than allowed. */
const MAX_TRAILERS = MAX_FIELDS + 1;
/** How much of a body is kept to send it to another server, as on the full lane. */
export const KEPT_BYTES = 16_384;
/** The same with the framing of chunks, of which there may be one for each byte. */
const KEPT_FRAMED_BYTES = 2 * KEPT_BYTES;

/** The client's body on its way to a server, as bytes that can be sent as they are. */
export class OutgoingBody {
  readonly #limits: Limits;
  /** Null where the body has a length. */
  readonly #chunks: ChunkRelay | null;
  /** Of one that has a length, what is to come. */
  #remaining: number;
  /** Bytes that came, without framing. */
  bytes = 0;
  /** What was sent behind the opening; null where not all of it is kept (any more). */
  #kept: Buffer[] | null;
  #keptBytes = 0;
  #isBegun = false;

  constructor(head: RequestHead, limits: Limits) {
    this.#limits = limits;
    this.#chunks =
      head.framing === 'chunked'
        ? new ChunkRelay({ count: MAX_TRAILERS, bytes: limits.headerBytes, forbidden: FRAMING })
        : null;
    this.#remaining = head.contentLength;
    this.#kept = isIdempotent(head) ? [] : null;
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
    if (this.#chunks !== null) {
      const rest = this.#chunks.pass(bytes, start, end, to);
      this.bytes = this.#chunks.bytes;
      return rest;
    }
    const rest = this.skip(start, end);
    to.copy(bytes, start, rest);
    return rest;
  }

  /** The same without writing: for one that has a length, whose bytes are sent as they are. */
  skip(start: number, end: number): number {
    const rest = Math.min(end, start + this.#remaining);
    this.#remaining -= rest - start;
    this.bytes += rest - start;
    return rest;
  }

  /** Whether its bytes are sent as they come. */
  get isRaw(): boolean {
    return this.#chunks === null;
  }

  /** This was sent behind the opening, and may have to be sent once more. */
  keep(sent: Buffer): void {
    this.#isBegun = true;
    if (this.#kept === null) return;
    this.#keptBytes += sent.length;
    // Copied: a piece is a part of a larger buffer, and many small ones weigh more than their bytes.
    if (this.bytes > KEPT_BYTES || this.#keptBytes > KEPT_FRAMED_BYTES) this.#kept = null;
    else this.#kept.push(Buffer.from(sent));
  }

  /** It will not be sent to another server, so nothing of it needs to be kept. */
  forget(): void {
    this.#kept = null;
  }

  /** Whether all that came of it can be sent again. */
  get isWhole(): boolean {
    return !this.#isBegun || this.#kept !== null;
  }

  get kept(): readonly Buffer[] {
    return this.#kept ?? [];
  }
}
