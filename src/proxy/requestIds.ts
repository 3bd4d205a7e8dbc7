import { randomFillSync } from 'node:crypto';

/** Made at a time: one system call and one string for all of them. */
const AT_ONCE = 256;
const RANDOM_BYTES = 16;
const TEXT_LENGTH = 36;
const HEX = Buffer.from('0123456789abcdef');
const DASH = 0x2d;
/** Before which of its bytes a UUID has a dash. */
const DASHED = new Set([4, 6, 8, 10]);

const random = Buffer.alloc(AT_ONCE * RANDOM_BYTES);
const text = Buffer.alloc(AT_ONCE * TEXT_LENGTH);
let ids = '';
let at = 0;

/**
 * A random UUID (version 4, RFC 9562 section 5.4). Node's `randomUUID` puts each together of twenty strings, which have to be made one when it is
 * written: a hundredth of all that a small request costs.
 */
export function nextRequestId(): string {
  if (at === ids.length) makeMore();
  const from = at;
  at += TEXT_LENGTH;
  return ids.slice(from, at);
}

function makeMore(): void {
  randomFillSync(random);
  let to = 0;
  for (let i = 0; i < random.length; i++) {
    const nth = i % RANDOM_BYTES;
    let byte = random[i] as number;
    if (nth === 6) byte = (byte & 0x0f) | 0x40;
    if (nth === 8) byte = (byte & 0x3f) | 0x80;
    if (DASHED.has(nth)) text[to++] = DASH;
    text[to++] = HEX[byte >> 4] as number;
    text[to++] = HEX[byte & 0x0f] as number;
  }
  ids = text.toString('latin1');
  at = 0;
}
