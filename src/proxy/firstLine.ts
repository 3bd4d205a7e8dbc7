import type { Failure } from './failure.ts';

/** No request line is longer; the head limit refuses it anyway. */
const MAX_LINE = 131_072;
const CR = 0x0d;
const LF = 0x0a;

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
    let start = 0;
    // RFC 9112 §2.2: empty lines before a request line are skipped.
    if (this.#line === '') while (piece[start] === CR || piece[start] === LF) start++;
    const end = piece.indexOf(LF, start);
    this.#line += piece.toString('latin1', start, end === -1 ? piece.length : end);
    this.#isComplete = end !== -1 || this.#line.length > MAX_LINE;
    return end === -1 ? null : judge(this.#line);
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
