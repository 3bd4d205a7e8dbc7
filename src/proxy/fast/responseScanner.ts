import { COLON, CR, isText, LF, numberIn, SP, TAB, TOKEN, VALUE } from './bytes.ts';

/** `bad`: it is no response that can be passed on, and `flaw` says why. */
export type ResponseScan = 'incomplete' | 'bad' | 'whole';

/** What ends a response's body by its head alone (RFC 9112 section 6.3); a HEAD request or a 1xx, 204 and 304 have none whatever it says. */
export type ResponseFraming = 'length' | 'chunked' | 'close';

/** Of one that is well-formed. */
const NOT_SENDABLE = 'answered with a head that cannot be sent on';
const MAX_CUTS = 40;
const PREFIX = 'HTTP/';
/** Those that Node's parser takes for versions, too. */
const OTHER_VERSIONS = ['2.0', '0.9'];
const DOT = 0x2e;
const DIGIT_0 = 0x30;
const DIGIT_1 = 0x31;
/** Bytes of a line besides name and value: colon, space and line end. */
export const LINE_EXTRAS = 4;

/** What a field does to the scan. */
type Role = 'keep' | 'cut' | 'bad';

/**
 * Reads a response head in one pass over its bytes and says which lines are not to be sent on. Its properties are about the last `whole`
 * scan and hold until the next: one scanner serves a whole thread.
 */
export class ResponseScanner {
  status = 0;
  /** Whether the server speaks HTTP/1.1; else 1.0. */
  isCurrent = false;
  /** Whether all that has to be done with it is to leave out the lines of `cuts`. */
  isPlain = false;
  framing: ResponseFraming = 'close';
  contentLength = 0;
  /** Whether the server closes the connection after this response. */
  closes = false;
  /** Fields that `Connection` names besides `close` and `keep-alive`, in lower case: they are not sent on either. */
  named: readonly string[] = [];
  /** The value of `Keep-Alive`; empty where there is none. */
  keepAlive = '';
  /** The value of `Upgrade`; empty where there is none. */
  upgrade = '';
  /** What is wrong, to be read after the name of a server: of a bad one, or of one that is well-formed and cannot be sent on; else empty. */
  flaw = '';
  /** Where the reason begins, and where it ends. */
  reasonAt = 0;
  reasonEnd = 0;
  fieldsAt = 0;
  /** Where the empty line begins that ends the head. */
  fieldsEnd = 0;
  /** Where what follows the head begins. */
  end = 0;
  /** Bytes of reason, names and values, as Node counts them. */
  size = 0;
  /** Beginning and end of each line that is not sent on, in order: `cutCount` pairs. */
  readonly cuts = new Int32Array(2 * MAX_CUTS);
  cutCount = 0;
  #announcesTrailers = false;
  #lengths = 0;
  #codings = 0;

  scan(bytes: Buffer, start: number, end: number): ResponseScan {
    const at = this.#readStatus(bytes, start, end);
    if (at <= 0) return at === 0 ? 'incomplete' : 'bad';
    this.fieldsAt = at;
    return this.#readFields(bytes, at, end);
  }

  /** Where the fields begin; 0 where the line is not complete, -1 where it is none. */
  #readStatus(bytes: Buffer, start: number, end: number): number {
    this.flaw = '';
    let at = start;
    for (let i = 0; i < PREFIX.length; i++, at++) {
      if (at >= end) return 0;
      if (bytes[at] !== PREFIX.charCodeAt(i)) return this.#isNoHttp();
    }
    if (at + 7 > end) return 0;
    if (bytes[at + 1] !== DOT || bytes[at + 3] !== SP) return this.#isNoHttp();
    this.isCurrent = bytes[at] === DIGIT_1 && bytes[at + 2] === DIGIT_1;
    if (!this.isCurrent && !(bytes[at] === DIGIT_1 && bytes[at + 2] === DIGIT_0)) {
      if (!OTHER_VERSIONS.includes(bytes.toString('latin1', at, at + 3))) return this.#isNoHttp();
      this.flaw = 'answered in another HTTP version';
    }
    let status = 0;
    for (let i = 4; i < 7; i++) {
      const digit = (bytes[at + i] as number) - DIGIT_0;
      if (digit < 0 || digit > 9) return this.#isNoHttp();
      status = status * 10 + digit;
    }
    if (status < 100) this.flaw = NOT_SENDABLE;
    this.status = status;
    at += 7;
    if (at >= end) return 0;
    // RFC 9112 section 4: a space even before an empty reason; many leave both out.
    this.isPlain = bytes[at] === SP;
    if (this.isPlain) at++;
    else if (bytes[at] !== CR) return this.#isNoHttp();
    this.reasonAt = at;
    for (; at < end && bytes[at] !== CR && bytes[at] !== LF; at++) {
      if (VALUE[bytes[at] as number] !== 1) this.flaw = NOT_SENDABLE;
    }
    this.reasonEnd = at;
    if (at + 1 >= end) return at < end && bytes[at] !== CR ? this.#isNoHttp() : 0;
    if (bytes[at] !== CR || bytes[at + 1] !== LF) return this.#isNoHttp();
    return at + 2;
  }

  #isNoHttp(): -1 {
    this.flaw = 'answered something that is not valid HTTP';
    return -1;
  }

  #readFields(bytes: Buffer, from: number, end: number): ResponseScan {
    this.#forget();
    let at = from;
    for (let lines = 0; ; lines++) {
      if (at >= end) return 'incomplete';
      if (bytes[at] === CR) {
        if (at + 1 >= end) return 'incomplete';
        if (bytes[at + 1] !== LF) break;
        this.fieldsEnd = at;
        this.end = at + 2;
        this.size = at - this.reasonAt - LINE_EXTRAS * lines - 2;
        if (hasNoFraming(this.status) && this.framing !== 'close') this.isPlain = false;
        if (this.#announcesTrailers && this.framing !== 'chunked') this.isPlain = false;
        return 'whole';
      }
      const lineAt = at;
      while (at < end && TOKEN[bytes[at] as number] === 1) at++;
      if (at >= end) return 'incomplete';
      const nameEnd = at;
      if (bytes[at] !== COLON || nameEnd === lineAt) break;
      at++;
      while (at < end && VALUE[bytes[at] as number] === 1) at++;
      if (at + 1 >= end) {
        if (at < end && bytes[at] !== CR) break;
        return 'incomplete';
      }
      if (bytes[at] !== CR || bytes[at + 1] !== LF) break;
      const role = this.#roleOf(bytes, lineAt, nameEnd, at);
      at += 2;
      if (role === 'keep') continue;
      if (role === 'bad') return 'bad';
      if (this.cutCount === MAX_CUTS) break;
      this.cuts[2 * this.cutCount] = lineAt;
      this.cuts[2 * this.cutCount + 1] = at;
      this.cutCount++;
    }
    this.#isNoHttp();
    return 'bad';
  }

  #forget(): void {
    this.framing = 'close';
    this.contentLength = 0;
    this.closes = !this.isCurrent;
    this.named = [];
    this.keepAlive = '';
    this.upgrade = '';
    this.cutCount = 0;
    this.#announcesTrailers = false;
    this.#lengths = 0;
    this.#codings = 0;
  }

  #roleOf(bytes: Buffer, lineAt: number, nameEnd: number, lineEnd: number): Role {
    const length = nameEnd - lineAt;
    switch ((bytes[lineAt] as number) | 0x20) {
      case 0x63: // c
        if (length === 10 && isText(bytes, lineAt, 'connection'))
          return this.#connection(bytes, nameEnd, lineEnd);
        if (length === 14 && isText(bytes, lineAt, 'content-length'))
          return this.#length(bytes, nameEnd, lineEnd);
        return 'keep';
      case 0x6b: // k
        if (length !== 10 || !isText(bytes, lineAt, 'keep-alive')) return 'keep';
        this.keepAlive = valueOf(bytes, nameEnd, lineEnd);
        return 'cut';
      case 0x70: // p
        return length > 5 && isHopByHop(bytes, lineAt, nameEnd) ? 'cut' : 'keep';
      case 0x74: // t
        if (length === 2) return isText(bytes, lineAt, 'te') ? 'cut' : 'keep';
        if (length === 7 && isText(bytes, lineAt, 'trailer')) this.#announcesTrailers = true;
        if (length !== 17 || !isText(bytes, lineAt, 'transfer-encoding')) return 'keep';
        return this.#coding(bytes, nameEnd, lineEnd);
      case 0x75: // u
        if (length !== 7 || !isText(bytes, lineAt, 'upgrade')) return 'keep';
        this.upgrade = valueOf(bytes, nameEnd, lineEnd);
        return 'cut';
      default:
        return 'keep';
    }
  }

  #connection(bytes: Buffer, nameEnd: number, lineEnd: number): Role {
    if (isValue(bytes, nameEnd, lineEnd, 'keep-alive')) this.closes = false;
    else if (isValue(bytes, nameEnd, lineEnd, 'close')) this.closes = true;
    else this.#options(bytes, nameEnd, lineEnd);
    return 'cut';
  }

  #options(bytes: Buffer, nameEnd: number, lineEnd: number): void {
    for (const member of valueOf(bytes, nameEnd, lineEnd).toLowerCase().split(',')) {
      const option = member.trim();
      if (option === 'close') this.closes = true;
      else if (option === 'keep-alive') this.closes = false;
      else if (option !== '') {
        this.named = [...this.named, option];
        this.isPlain = false;
      }
    }
  }

  /** Repeated or beside a Transfer-Encoding it is malformed (RFC 9112 section 6.3): who reads it otherwise is smuggled to. */
  #length(bytes: Buffer, nameEnd: number, lineEnd: number): Role {
    if (++this.#lengths > 1) return this.#isBad('answered with more than one Content-Length');
    if (this.#codings > 0) return this.#isBad('answered with both Content-Length and Transfer-Encoding');
    // Nearly all write it behind one space, with none after.
    const isUsual = bytes[nameEnd + 1] === SP && bytes[lineEnd - 1] !== SP;
    this.contentLength = isUsual ? numberIn(bytes, nameEnd + 2, lineEnd) : -1;
    if (this.contentLength === -1) {
      const value = Buffer.from(valueOf(bytes, nameEnd, lineEnd), 'latin1');
      this.contentLength = numberIn(value, 0, value.length);
    }
    if (this.contentLength === -1) return this.#isBad('answered with a Content-Length that is none');
    this.framing = 'length';
    return 'keep';
  }

  #coding(bytes: Buffer, nameEnd: number, lineEnd: number): Role {
    if (this.#lengths > 0) return this.#isBad('answered with both Content-Length and Transfer-Encoding');
    const value = valueOf(bytes, nameEnd, lineEnd);
    // Well-formed, but nothing that can be sent on.
    if (++this.#codings > 1 || value.toLowerCase() !== 'chunked')
      this.flaw = 'answered with a Transfer-Encoding other than chunked';
    if (value !== 'chunked') this.isPlain = false;
    this.framing = 'chunked';
    return 'keep';
  }

  #isBad(flaw: string): 'bad' {
    this.flaw = flaw;
    return 'bad';
  }
}

/** RFC 9110 section 8.6, RFC 9112 section 6.1: a 1xx or 204 has neither length nor coding. */
function hasNoFraming(status: number): boolean {
  return status < 200 || status === 204;
}

const HOP_BY_HOP = [
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
];

function isHopByHop(bytes: Buffer, lineAt: number, nameEnd: number): boolean {
  return HOP_BY_HOP.some((name) => name.length === nameEnd - lineAt && isText(bytes, lineAt, name));
}

/** Whether a value is this one, in any case, behind one space: as nearly all write it. */
function isValue(bytes: Buffer, colonAt: number, lineEnd: number, lowerCase: string): boolean {
  return (
    lineEnd - colonAt === lowerCase.length + 2 &&
    bytes[colonAt + 1] === SP &&
    isText(bytes, colonAt + 2, lowerCase)
  );
}

/** What stands between colon and line end, without the white space around it (RFC 9110 section 5.5). */
function valueOf(bytes: Buffer, colonAt: number, lineEnd: number): string {
  let from = colonAt + 1;
  let to = lineEnd;
  while (from < to && isSpace(bytes[from] as number)) from++;
  while (to > from && isSpace(bytes[to - 1] as number)) to--;
  return bytes.toString('latin1', from, to);
}

function isSpace(byte: number): boolean {
  return byte === SP || byte === TAB;
}
