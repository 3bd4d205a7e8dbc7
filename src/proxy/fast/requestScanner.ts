import { isForwardedField } from '../../model/forwarded.ts';
import { normalizeHost } from '../../routing/host.ts';
import type { Framing } from '../request.ts';
import {
  COLON,
  CR,
  isSpace,
  isText,
  LF,
  numberIn,
  plainHostEnd,
  reused,
  SP,
  TARGET,
  TOKEN,
  VALUE,
  valueOf,
} from './bytes.ts';

/**
 * What a scan found. `incomplete`: the head goes on, and what there is of it is well-formed. `uncertain`: it is malformed, or has
 * something that the fast lane leaves to the full lane. `whole`: the scanner's properties describe it.
 */
export type Scan = 'incomplete' | 'uncertain' | 'whole';

/** A request may have so many fields; more are answered 431 by the full lane. */
const MAX_FIELDS = 100;
/** Lines that are not sent on; a head with more of them is not usual. */
const MAX_CUTS = 40;
const VERSION = ' HTTP/1.1\r\n';
/** What a length may begin with. */
const LENGTH = /^\d{0,15}$/;

/** What a field does to the scan. */
type Role = 'keep' | 'cut' | 'uncertain';

/**
 * Reads a request head in one pass over its bytes, as strictly as RFC 9112 allows, and says which lines are not to be sent on. Its
 * properties are about the last `whole` scan and hold until the next: one scanner serves a whole thread.
 */
export class RequestScanner {
  method = '';
  target = '';
  /** The value of Host. */
  authority = '';
  /** By which routes are matched; null where the authority is none. */
  host: string | null = null;
  authorityAt = 0;
  authorityEnd = 0;
  framing: Framing = 'none';
  contentLength = 0;
  /** Whether the client wants no other request on this connection. */
  closes = false;
  /** As in `RequestHead`. */
  claimsToForward = false;
  /** Where the first field begins. */
  fieldsAt = 0;
  /** Where the empty line begins that ends the head. */
  fieldsEnd = 0;
  /** Where what follows the head begins. */
  end = 0;
  /** Beginning and end of each line that is not sent on, in order: `cutCount` pairs. */
  readonly cuts = new Int32Array(2 * MAX_CUTS);
  cutCount = 0;
  #announcesTrailers = false;
  #hosts = 0;
  #lengths = 0;
  #codings = 0;

  scan(bytes: Buffer, start: number, end: number): Scan {
    const methodEnd = this.#readMethod(bytes, start);
    if (methodEnd === 0)
      return end - start < 8 && isBeginning(bytes, start, end) ? 'incomplete' : 'uncertain';
    let at = methodEnd + 1;
    if (at < end && bytes[at] !== 0x2f) return 'uncertain';
    while (at < end && TARGET[bytes[at] as number] === 1) at++;
    const targetEnd = at;
    for (let i = 0; i < VERSION.length; i++, at++) {
      if (at >= end) return 'incomplete';
      if (bytes[at] !== VERSION.charCodeAt(i)) return 'uncertain';
    }
    this.fieldsAt = at;
    const scan = this.#readFields(bytes, at, end);
    if (scan === 'whole') this.target = reused(this.target, bytes, methodEnd + 1, targetEnd);
    return scan;
  }

  /** Where the method ends; 0 where it is none that the fast lane knows, or not complete. */
  #readMethod(bytes: Buffer, start: number): number {
    switch (bytes[start] ?? 0) {
      case 0x47:
        return this.#isMethod(bytes, start, 'GET');
      case 0x48:
        return this.#isMethod(bytes, start, 'HEAD');
      case 0x50:
        return (
          this.#isMethod(bytes, start, 'POST') ||
          this.#isMethod(bytes, start, 'PUT') ||
          this.#isMethod(bytes, start, 'PATCH')
        );
      case 0x44:
        return this.#isMethod(bytes, start, 'DELETE');
      case 0x4f:
        return this.#isMethod(bytes, start, 'OPTIONS');
      default:
        return 0;
    }
  }

  #isMethod(bytes: Buffer, start: number, method: string): number {
    for (let i = 0; i < method.length; i++) if (bytes[start + i] !== method.charCodeAt(i)) return 0;
    if (bytes[start + method.length] !== SP) return 0;
    this.method = method;
    return start + method.length;
  }

  #readFields(bytes: Buffer, from: number, end: number): Scan {
    this.#forget();
    let at = from;
    for (let count = 0; ; count++) {
      if (at >= end) return 'incomplete';
      if (bytes[at] === CR) {
        if (at + 1 >= end) return 'incomplete';
        if (bytes[at + 1] !== LF || this.#hosts !== 1) return 'uncertain';
        if (this.#announcesTrailers && this.framing !== 'chunked') return 'uncertain';
        this.fieldsEnd = at;
        this.end = at + 2;
        return 'whole';
      }
      if (count === MAX_FIELDS) return 'uncertain';
      const lineAt = at;
      while (at < end && TOKEN[bytes[at] as number] === 1) at++;
      if (at >= end) return 'incomplete';
      const nameEnd = at;
      if (bytes[at] !== COLON || nameEnd === lineAt) return 'uncertain';
      at++;
      while (at < end && VALUE[bytes[at] as number] === 1) at++;
      if (at + 1 >= end) {
        const goesOn = at === end || bytes[at] === CR;
        return goesOn && !this.#spoilsFraming(bytes, lineAt, nameEnd, at) ? 'incomplete' : 'uncertain';
      }
      if (bytes[at] !== CR || bytes[at + 1] !== LF) return 'uncertain';
      if (!isPlainValue(bytes, nameEnd, at)) return 'uncertain';
      const role = this.#roleOf(bytes, lineAt, nameEnd, at);
      at += 2;
      if (role === 'keep') continue;
      if (role === 'uncertain' || this.cutCount === MAX_CUTS) return 'uncertain';
      this.cuts[2 * this.cutCount] = lineAt;
      this.cuts[2 * this.cutCount + 1] = at;
      this.cutCount++;
    }
  }

  #forget(): void {
    this.framing = 'none';
    this.contentLength = 0;
    this.closes = false;
    this.claimsToForward = false;
    this.cutCount = 0;
    this.#announcesTrailers = false;
    this.#hosts = 0;
    this.#lengths = 0;
    this.#codings = 0;
  }

  /** By the first letter and the length, since nearly all fields are of no concern to us. */
  #roleOf(bytes: Buffer, lineAt: number, nameEnd: number, lineEnd: number): Role {
    const length = nameEnd - lineAt;
    switch ((bytes[lineAt] as number) | 0x20) {
      case 0x63: // c
        // `Connection: close` names it.
        if (length === 5 && isText(bytes, lineAt, 'close')) return 'uncertain';
        if (length === 10 && isText(bytes, lineAt, 'connection'))
          return this.#connection(bytes, nameEnd, lineEnd);
        if (length === 14 && isText(bytes, lineAt, 'content-length'))
          return this.#length(bytes, nameEnd, lineEnd);
        return 'keep';
      case 0x65: // e
        return length === 6 && isText(bytes, lineAt, 'expect') ? 'uncertain' : 'keep';
      case 0x68: // h
        return length === 4 && isText(bytes, lineAt, 'host') ? this.#host(bytes, nameEnd, lineEnd) : 'keep';
      case 0x6b: // k
        return length === 10 && isText(bytes, lineAt, 'keep-alive') ? 'cut' : 'keep';
      case 0x70: // p
        return isText(bytes, lineAt, 'proxy') && (length === 5 || bytes[lineAt + 5] === 0x2d)
          ? 'uncertain'
          : 'keep';
      case 0x74: // t
        if (length === 2) return isText(bytes, lineAt, 'te') ? 'cut' : 'keep';
        if (length === 7 && isText(bytes, lineAt, 'trailer')) this.#announcesTrailers = true;
        if (length !== 17 || !isText(bytes, lineAt, 'transfer-encoding')) return 'keep';
        return this.#coding(bytes, nameEnd, lineEnd);
      case 0x75: // u
        return length === 7 && isText(bytes, lineAt, 'upgrade') ? 'uncertain' : 'keep';
      case 0x66: // f
      case 0x78: // x
        return length < 9 ? 'keep' : this.#forwarded(bytes.toString('latin1', lineAt, nameEnd).toLowerCase());
      default:
        return 'keep';
    }
  }

  #forwarded(key: string): Role {
    if (!isForwardedField(key)) return 'keep';
    if (key === 'x-forwarded-for' || key === 'x-forwarded-proto' || key === 'forwarded')
      this.claimsToForward = true;
    return 'cut';
  }

  #host(bytes: Buffer, nameEnd: number, lineEnd: number): Role {
    this.#hosts++;
    this.authorityAt = valueAt(bytes, nameEnd);
    this.authorityEnd = lineEnd;
    const last = this.authority;
    this.authority = reused(last, bytes, this.authorityAt, lineEnd);
    if (this.authority !== last) this.host = this.#hostOf(bytes);
    return 'keep';
  }

  #hostOf(bytes: Buffer): string | null {
    const { authority, authorityAt, authorityEnd } = this;
    const end = plainHostEnd(bytes, authorityAt, authorityEnd);
    if (end === -1) return normalizeHost(authority);
    return end === authorityEnd ? authority : authority.slice(0, end - authorityAt);
  }

  /** What it may name besides, and what removing that does, is the full lane's to judge. */
  #connection(bytes: Buffer, nameEnd: number, lineEnd: number): Role {
    const value = valueOf(bytes, nameEnd, lineEnd).toLowerCase();
    if (value === 'close') this.closes = true;
    else if (value !== 'keep-alive') return 'uncertain';
    return 'cut';
  }

  #length(bytes: Buffer, nameEnd: number, lineEnd: number): Role {
    if (++this.#lengths > 1 || this.#codings > 0) return 'uncertain';
    this.contentLength = numberIn(bytes, valueAt(bytes, nameEnd), lineEnd);
    this.framing = 'length';
    return this.contentLength === -1 ? 'uncertain' : 'keep';
  }

  /** Whether this beginning of a line, however it goes on, leaves nobody certain where the body ends: the full lane refuses it before it is complete. */
  #spoilsFraming(bytes: Buffer, lineAt: number, nameEnd: number, end: number): boolean {
    const length = nameEnd - lineAt;
    const isLength = length === 14 && isText(bytes, lineAt, 'content-length');
    if (!isLength && !(length === 17 && isText(bytes, lineAt, 'transfer-encoding'))) return false;
    if (this.#lengths + this.#codings > 0) return true;
    const value = valueOf(bytes, nameEnd, end).toLowerCase();
    return isLength ? !LENGTH.test(value) : !'chunked'.startsWith(value);
  }

  #coding(bytes: Buffer, nameEnd: number, lineEnd: number): Role {
    if (++this.#codings > 1 || this.#lengths > 0) return 'uncertain';
    if (valueOf(bytes, nameEnd, lineEnd).toLowerCase() !== 'chunked') return 'uncertain';
    this.framing = 'chunked';
    return 'cut';
  }
}

/**
 * Whether a value has at most one space before it, and none behind (RFC 9110 section 5.5 allows any number): it is sent on as it is,
 * and other white space than usual is nothing that servers agree on.
 */
function isPlainValue(bytes: Buffer, colonAt: number, lineEnd: number): boolean {
  const from = valueAt(bytes, colonAt);
  return from >= lineEnd || !(isSpace(bytes[from] as number) || isSpace(bytes[lineEnd - 1] as number));
}

/** Where a plain value begins. */
function valueAt(bytes: Buffer, colonAt: number): number {
  return bytes[colonAt + 1] === SP ? colonAt + 2 : colonAt + 1;
}

const METHODS = ['GET ', 'HEAD ', 'POST ', 'PUT ', 'PATCH ', 'DELETE ', 'OPTIONS '];

function isBeginning(bytes: Buffer, start: number, end: number): boolean {
  const text = bytes.toString('latin1', start, end);
  return METHODS.some((method) => method.startsWith(text));
}
