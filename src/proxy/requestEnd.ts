import type { IncomingMessage } from 'node:http';
import { ChunkedBody, FRAMING } from './fast/chunkedBody.ts';

/** Node's parser counts them. */
const TRAILERS = { count: Infinity, bytes: Infinity, forbidden: FRAMING };
const NOBODY = { data: (): void => {} };

/**
 * Finds the last byte of a request's body beside Node's parser, which does not tell: what follows can be looked at as what it is, the beginning of another
 * request.
 */
export class RequestEnd {
  readonly #chunks: ChunkedBody | null;
  /** Of a body that has a length, what is to come. */
  #remaining: number;

  /** Of one whose head has been parsed. */
  constructor({ headers }: IncomingMessage) {
    this.#chunks = headers['transfer-encoding'] === undefined ? null : new ChunkedBody(TRAILERS);
    this.#remaining = Number(headers['content-length'] ?? 0);
  }

  /** Whether nobody can tell where it ends, since its chunks are none. */
  get isLost(): boolean {
    return this.#chunks?.isBad === true;
  }

  /** Where in these bytes, which are the next ones, the body ends; their end where it goes on, or is lost. Null: it has ended before. */
  pass(bytes: Buffer): number | null {
    if (this.#chunks !== null) {
      const end = this.#chunks.feed(bytes, 0, bytes.length, NOBODY);
      return this.isLost ? bytes.length : end || null;
    }
    const end = Math.min(bytes.length, this.#remaining);
    this.#remaining -= end;
    return end || null;
  }
}
