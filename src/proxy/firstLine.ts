import type { Failure } from './failure.ts';

/** No request line is longer; the head limit refuses it anyway. */
const MAX_LINE = 131_072;

/**
 * Reads the first line of a request beside Node's parser, which takes `RTSP/1.0` for HTTP/1.0 and waits for more after a
 * line without a version (RFC 9112 §3). `feed` gets each piece of a connection until the line is complete.
 */
export class FirstLine {
  #line = '';
  #isComplete = false;

  /** The failure that the line is; null while it is incomplete, or right. */
  feed(piece: Buffer): Failure | null {
    if (this.#isComplete) return null;
    const end = piece.indexOf(0x0a);
    this.#line += piece.toString('latin1', 0, end === -1 ? piece.length : end + 1);
    if (end === -1) {
      if (this.#line.length > MAX_LINE) this.#isComplete = true;
      return null;
    }
    // RFC 9112 §2.2: empty lines before a request line are skipped.
    if (/^[\r\n]*$/.test(this.#line)) {
      this.#line = '';
      return end + 1 < piece.length ? this.feed(piece.subarray(end + 1)) : null;
    }
    this.#isComplete = true;
    return judge(this.#line);
  }
}

function judge(line: string): Failure | null {
  if (/ HTTP\/[0-9]/.test(line)) {
    return /^[^ ]+ [^ ]+ HTTP/.test(line)
      ? null
      : { kind: 'bad-request', detail: 'the request line has spaces too many' };
  }
  return / [A-Za-z]+\/[0-9]/.test(line)
    ? { kind: 'unsupported-version', detail: 'this proxy speaks HTTP/1.1 and HTTP/1.0' }
    : { kind: 'bad-request', detail: 'the request line has no HTTP version' };
}
