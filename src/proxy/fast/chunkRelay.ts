import { trailerFields } from '../fields.ts';
import type { ByteWriter } from './byteWriter.ts';
import { ChunkedBody, type ChunkSink, type TrailerLimits } from './chunkedBody.ts';

/** Writes one chunk (RFC 9112 section 7.1). */
export function writeChunk(to: ByteWriter, bytes: Buffer, start: number, end: number): void {
  if (start === end) return;
  to.text(`${(end - start).toString(16)}\r\n`);
  to.copy(bytes, start, end);
  to.text('\r\n');
}

/** Writes what ends a chunked body; `trailers`: alternating names and values, of which those are left out that may not be sent on. */
export function writeLastChunk(to: ByteWriter, trailers: readonly string[]): void {
  let text = '0\r\n';
  for (const [name, value] of trailerFields(trailers)) text += `${name}: ${value}\r\n`;
  to.text(`${text}\r\n`);
}

/**
 * Passes a chunked body on in chunks of our own, so that no oddity of the sender's framing reaches who reads it next: extensions and
 * leading zeros are gone, trailers are chosen.
 */
export class ChunkRelay implements ChunkSink {
  /** Bytes of the body itself that passed so far. */
  bytes = 0;
  readonly #body: ChunkedBody;
  readonly #also: ChunkSink | null;
  #to: ByteWriter | null = null;

  /** `also`: who gets the body without framing, besides. */
  constructor(limits: TrailerLimits, also: ChunkSink | null = null) {
    this.#body = new ChunkedBody(limits);
    this.#also = also;
  }

  get isDone(): boolean {
    return this.#body.isDone;
  }

  get isBad(): boolean {
    return this.#body.isBad;
  }

  /** Whether its trailers say that the connection ends with it. */
  get closes(): boolean {
    return this.#body.closes;
  }

  /** Whether it is bad because there are too many trailers. */
  get isTooLarge(): boolean {
    return this.#body.isTooLarge;
  }

  /** Takes in what belongs to the body of the bytes from `start` to `end`, and writes it. Returns where the rest begins. */
  pass(bytes: Buffer, start: number, end: number, to: ByteWriter): number {
    this.#to = to;
    const rest = this.#body.feed(bytes, start, end, this);
    if (this.isDone) writeLastChunk(to, this.#body.trailers);
    return rest;
  }

  /** Writes what has passed once more, of which this is the data. */
  repeat(data: Buffer, to: ByteWriter): void {
    writeChunk(to, data, 0, data.length);
    if (this.isDone) writeLastChunk(to, this.#body.trailers);
  }

  data(bytes: Buffer, start: number, end: number): void {
    this.bytes += end - start;
    if (this.#to !== null) writeChunk(this.#to, bytes, start, end);
    this.#also?.data(bytes, start, end);
  }
}
