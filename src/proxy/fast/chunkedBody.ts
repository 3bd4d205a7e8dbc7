import { BACKSLASH, COLON, CR, EQUALS, HEX, isSpace, LF, QUOTE, SEMICOLON, TOKEN, VALUE } from './bytes.ts';

/** Digits of a chunk's size: 2^52 bytes are enough for anybody, and a number holds them exactly. */
const MAX_SIZE_DIGITS = 13;
/** Bytes of one chunk's extensions: nobody uses them, only attackers send long ones. */
const MAX_EXTENSION_BYTES = 256;
/** Empty, it would be no coding at all: Node's parser refuses that. */
const CODING = /^transfer-encoding$/i;
/** What a request's trailers may not have (RFC 9110 section 6.5.1): who believes it looks for the next request elsewhere. */
export const FRAMING = /^(?:content-length|transfer-encoding)$/i;
const CONNECTION = /^connection$/i;
const CLOSE = /(?:^|,)[\t ]*close[\t ]*(?:,|$)/i;

/** How many trailers there may be, and how many bytes their names and values must not reach, counted as Node's parser does. */
export interface TrailerLimits {
  readonly count: number;
  readonly bytes: number;
  /** Names that none may have, since they would change where the message ends: those that Node's parser does not let pass either. */
  readonly forbidden: RegExp;
}

export interface ChunkSink {
  /** Bytes of the body itself, without framing: `bytes` from `from` to `to`. */
  data(bytes: Buffer, from: number, to: number): void;
}

type State =
  | 'size'
  | 'extensionName'
  | 'extensionValue'
  | 'quoted'
  | 'quotedPair'
  | 'quotedEnd'
  | 'sizeEnd'
  | 'data'
  | 'dataCr'
  | 'dataLf'
  | 'trailerStart'
  | 'trailerName'
  | 'trailerValue'
  | 'trailerLf'
  | 'lastLf'
  | 'done'
  | 'bad';

/**
 * Reads a chunked body (RFC 9112 section 7.1) as it comes, in pieces cut anywhere, and as strictly as the section is written: no bare LF, no
 * white space in sizes, no signs. Extensions are checked and dropped; trailers are collected.
 */
export class ChunkedBody {
  /** Alternating names and values of the trailers, complete when it `isDone`. */
  readonly trailers: string[] = [];
  /** Whether its trailers say that the connection ends with it, which Node's parser takes from them, too. */
  closes = false;
  /** Whether it is bad because there are too many trailers. */
  isTooLarge = false;
  readonly #limits: TrailerLimits;
  #state: State = 'size';
  #size = 0;
  #digits = 0;
  #extension = 0;
  #hasName = false;
  /** Of the trailer that is coming: its name, once it has ended, and what there is of the part that goes on. */
  #name = '';
  #text = '';
  #trailerBytes = 0;

  constructor(limits: TrailerLimits) {
    this.#limits = limits;
  }

  get isDone(): boolean {
    return this.#state === 'done';
  }

  get isBad(): boolean {
    return this.#state === 'bad';
  }

  /** Takes bytes in; returns where what follows the body begins: `to`, unless it `isDone` or `isBad` before. */
  feed(bytes: Buffer, from: number, to: number, sink: ChunkSink): number {
    let at = from;
    while (at < to && this.#state !== 'done' && this.#state !== 'bad') {
      if (this.#state === 'data') {
        const end = Math.min(to, at + this.#size);
        sink.data(bytes, at, end);
        this.#size -= end - at;
        at = end;
        if (this.#size === 0) this.#state = 'dataCr';
      } else {
        this.#state = this.#step(bytes[at] as number);
        at++;
      }
    }
    return at;
  }

  /** What comes after a byte that is no part of a chunk's data. */
  #step(byte: number): State {
    switch (this.#state) {
      case 'size':
        return this.#sizeByte(byte);
      case 'extensionName':
      case 'extensionValue':
      case 'quoted':
      case 'quotedPair':
      case 'quotedEnd':
        return ++this.#extension > MAX_EXTENSION_BYTES ? 'bad' : this.#extensionByte(byte);
      case 'sizeEnd':
        if (byte !== LF) return 'bad';
        this.#digits = 0;
        this.#extension = 0;
        return this.#size === 0 ? 'trailerStart' : 'data';
      case 'dataCr':
        return byte === CR ? 'dataLf' : 'bad';
      case 'dataLf':
        return byte === LF ? 'size' : 'bad';
      case 'trailerStart':
        return byte === CR ? 'lastLf' : this.#trailerNameByte(byte);
      case 'trailerName':
        return this.#trailerNameByte(byte);
      case 'trailerValue':
        return this.#trailerValueByte(byte);
      case 'trailerLf':
        return byte === LF && this.#takeTrailer() ? 'trailerStart' : 'bad';
      case 'lastLf':
        return byte === LF ? 'done' : 'bad';
      case 'data':
      case 'done':
      case 'bad':
    }
    return 'bad';
  }

  #sizeByte(byte: number): State {
    const digit = HEX[byte] as number;
    if (digit !== 255) {
      this.#size = this.#size * 16 + digit;
      return ++this.#digits > MAX_SIZE_DIGITS ? 'bad' : 'size';
    }
    if (this.#digits === 0) return 'bad';
    return byte === CR ? 'sizeEnd' : byte === SEMICOLON ? this.#extensionName() : 'bad';
  }

  #extensionName(): State {
    this.#hasName = false;
    return 'extensionName';
  }

  /** RFC 9112 section 7.1.1, without the white space that nobody should send. */
  #extensionByte(byte: number): State {
    const state = this.#state;
    if (state === 'quotedPair') return VALUE[byte] === 1 ? 'quoted' : 'bad';
    if (state === 'quoted') {
      if (byte === QUOTE) return 'quotedEnd';
      if (byte === BACKSLASH) return 'quotedPair';
      return VALUE[byte] === 1 ? 'quoted' : 'bad';
    }
    if (state === 'extensionName') {
      // Node's parser wants no more of a name than that it does not end the line.
      if (byte === CR && !this.#hasName) return 'bad';
      this.#hasName = true;
      if (TOKEN[byte] === 1) return 'extensionName';
      if (byte === EQUALS) return 'extensionValue';
    }
    if (state === 'extensionValue') {
      if (byte === QUOTE) return 'quoted';
      if (TOKEN[byte] === 1) return 'extensionValue';
    }
    if (byte === CR) return 'sizeEnd';
    return byte === SEMICOLON ? this.#extensionName() : 'bad';
  }

  /** A name that may not be there is bad as soon as it ends: Node's parser does not wait for the rest of the line either. */
  #trailerNameByte(byte: number): State {
    if (byte === COLON) {
      this.#name = this.#text;
      this.#text = '';
      return this.#name === '' || this.#limits.forbidden.test(this.#name) ? 'bad' : 'trailerValue';
    }
    return TOKEN[byte] === 1 && this.#hasRoomFor(byte) ? 'trailerName' : 'bad';
  }

  #trailerValueByte(byte: number): State {
    if (byte === CR) return 'trailerLf';
    if (this.#text === '' && isSpace(byte)) return 'trailerValue';
    return VALUE[byte] === 1 && this.#hasRoomFor(byte) ? 'trailerValue' : 'bad';
  }

  #hasRoomFor(byte: number): boolean {
    this.isTooLarge = ++this.#trailerBytes >= this.#limits.bytes;
    if (!this.isTooLarge) this.#text += String.fromCharCode(byte);
    return !this.isTooLarge;
  }

  #takeTrailer(): boolean {
    const name = this.#name;
    const value = withoutSpaceBehind(this.#text);
    this.#text = '';
    this.isTooLarge = this.trailers.length >= 2 * this.#limits.count;
    if (this.isTooLarge) return false;
    if (value === '' && CODING.test(name)) return false;
    if (CONNECTION.test(name) && CLOSE.test(value)) this.closes = true;
    this.trailers.push(name, value);
    return true;
  }
}

function withoutSpaceBehind(value: string): string {
  let end = value.length;
  while (end > 0 && isSpace(value.charCodeAt(end - 1))) end--;
  return value.slice(0, end);
}
