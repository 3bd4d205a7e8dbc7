/** What the servers of the fault suite answer. Load and servers both know it, so that each answer is checked byte for byte. */

/** What the target of a request asks of a server: `/NONCE?wait=MS&size=BYTES`. */
export interface Wish {
  readonly nonce: string;
  /** Before the answer. */
  readonly waitMs: number;
  /** Bytes that are added to the answer; above `CHUNKED_FROM` it is sent in pieces. */
  readonly size: number;
}

/** Answers of so many bytes have no Content-Length. */
export const CHUNKED_FROM = 10_000;

const PATTERN = Buffer.from('The quick brown fox jumps over the lazy dog. ');

export function targetOf({ nonce, waitMs, size }: Wish): string {
  return `/${nonce}?wait=${waitMs}&size=${size}`;
}

export function readTarget(target: string): Wish {
  const url = new URL(target, 'http://server');
  return {
    nonce: url.pathname.slice(1),
    waitMs: Number(url.searchParams.get('wait')),
    size: Number(url.searchParams.get('size')),
  };
}

/** Who answers, what was asked, and the body as it came. */
export function answerOf(server: string, method: string, target: string, body: Buffer): Buffer {
  const filling = Buffer.alloc(readTarget(target).size, PATTERN);
  return Buffer.concat([Buffer.from(`${server}\n${method} ${target}\n`), body, filling]);
}
