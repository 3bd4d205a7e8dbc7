/** Bytes that HTTP/1 is made of (RFC 9110 section 5.5 and 5.6.2, RFC 9112 section 3), as tables that a scanner looks them up in. */

export const CR = 0x0d;
export const LF = 0x0a;
export const SP = 0x20;
export const TAB = 0x09;
export const COLON = 0x3a;
const DOT = 0x2e;
export const SEMICOLON = 0x3b;
export const EQUALS = 0x3d;
export const QUOTE = 0x22;
export const BACKSLASH = 0x5c;

/** 1 for each byte of a token: names of fields, methods. */
export const TOKEN = tableOf("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

/** 1 for each byte that a field's value may have: no control but tab. */
export const VALUE = rangeOf(0x20, 0xff);
VALUE[TAB] = 1;
VALUE[0x7f] = 0;

/** 1 for each byte of a target in origin form that all parsers take alike: visible ASCII without `#`. */
export const TARGET = rangeOf(0x21, 0x7e);
TARGET[0x23] = 0;

/** The value of a hexadecimal digit, 255 for every other byte. */
export const HEX = new Uint8Array(256).fill(255);
for (let value = 0; value < 16; value++) {
  const digit = value.toString(16);
  HEX[digit.charCodeAt(0)] = value;
  HEX[digit.toUpperCase().charCodeAt(0)] = value;
}

/** 1 for each byte of a label of a host name, in lower case. */
const LABEL = tableOf('-_0123456789abcdefghijklmnopqrstuvwxyz');
const MOST_PORT_DIGITS = 4;

function tableOf(characters: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const character of characters) table[character.charCodeAt(0)] = 1;
  return table;
}

function rangeOf(from: number, to: number): Uint8Array {
  return new Uint8Array(256).fill(1, from, to + 1);
}

/** Whether the bytes from `at` on are this lower-case text, whatever their case. */
export function isText(bytes: Uint8Array, at: number, lowerCase: string): boolean {
  for (let i = 0; i < lowerCase.length; i++) {
    const byte = bytes[at + i] ?? 0;
    const lowered = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
    if (lowered !== lowerCase.charCodeAt(i)) return false;
  }
  return true;
}

/**
 * Where the host of an authority ends, if that is a name in lower case, perhaps with a port that needs no check of its range, as browsers and curl
 * send it; -1: it is something else (`normalizeHost`).
 */
export function plainHostEnd(bytes: Uint8Array, from: number, to: number): number {
  let labelAt = from;
  for (let at = from; at < to; at++) {
    const byte = bytes[at] as number;
    if (LABEL[byte] === 1) continue;
    if (at === labelAt) return -1;
    if (byte === COLON)
      return to - at - 1 <= MOST_PORT_DIGITS && numberIn(bytes, at + 1, to) !== -1 ? at : -1;
    if (byte !== DOT) return -1;
    labelAt = at + 1;
  }
  return labelAt === to ? -1 : to;
}

const MAX_DIGITS = 15;

/** The decimal number that these bytes are; -1 where they are none, or one of more than 15 digits (RFC 9110 section 8.6: digits, nothing else). */
export function numberIn(bytes: Uint8Array, from: number, to: number): number {
  if (from >= to || to - from > MAX_DIGITS) return -1;
  let number = 0;
  for (let at = from; at < to; at++) {
    const digit = (bytes[at] as number) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    number = number * 10 + digit;
  }
  return number;
}

/** These bytes as text: the very string that was `last`, where they are the same, which is cheaper to make, and to look up. */
export function reused(last: string, bytes: Buffer, from: number, to: number): string {
  const isSame = last.length === to - from && isTextAt(bytes, from, last);
  return isSame ? last : bytes.toString('latin1', from, to);
}

function isTextAt(bytes: Uint8Array, at: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
  return true;
}

/** What stands between the colon of a field and the end of its line, without the white space around it (RFC 9110 section 5.5). */
export function valueOf(bytes: Buffer, colonAt: number, lineEnd: number): string {
  let from = colonAt + 1;
  let to = lineEnd;
  while (from < to && isSpace(bytes[from] as number)) from++;
  while (to > from && isSpace(bytes[to - 1] as number)) to--;
  return bytes.toString('latin1', from, to);
}

export function isSpace(byte: number): boolean {
  return byte === SP || byte === TAB;
}
