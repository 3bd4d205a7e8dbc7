import type { Outlet } from '../../traffic/outlet.ts';
import { OWN_BYTES, type RawConnection } from '../../traffic/rawConnection.ts';
import { ChunkRelay, writeChunk, writeLastChunk } from './chunkRelay.ts';
import type { FastTools } from './fastTools.ts';
import { CR, LF } from './bytes.ts';
import { LINE_EXTRAS } from './responseScanner.ts';
import { editHead, isEditable, writeHead, type Additions } from './responseHead.ts';

/** Bytes that a server's response head may have, as on the full lane. */
const MAX_HEAD_BYTES = 65_536;
/** A body's piece up to this size is copied behind a head, so that both go out in one write. */
const COPIED_BYTES = 16_384;
const TRAILERS = { count: Infinity, bytes: MAX_HEAD_BYTES, forbidden: /^content-length$/i };
const TOO_LARGE = 'answered with a head that is too large';
/** Of a head that comes in more pieces, not every one is a reason to scan it from its beginning: that would be quadratic work. */
const MAX_SCANS = 8;
const END_OF_HEAD = '\r\n\r\n';

/** What a server sent is no HTTP; its code is one as Node's parser gives them. */
export class InvalidResponse extends Error {
  readonly code = 'HPE_INVALID_RESPONSE';
}

/** How the rest of a body is told from what follows (RFC 9112 section 6.3). */
type Framing = 'none' | 'length' | 'chunked' | 'close';

const NOTHING: Additions = { setCookie: null, chunked: false, closes: false };

/** The response of one attempt on its way to the client: its head, which is checked and edited, then its body, piece by piece. */
export class IncomingResponse {
  /** Bytes of the body that passed. */
  bytes = 0;
  /** Whether the body ends with the server's connection. */
  endsWithConnection = false;
  /** Whether the head was accepted: its status is what the client gets. */
  hasBegun = false;
  isDone = false;
  readonly #tools: FastTools;
  readonly #isOfHead: boolean;
  /** A head of which more is to come. */
  #pending: Buffer | null = null;
  #scans = 0;
  /** How much of it was there when it was last scanned. */
  #scannedBytes = 0;
  /** Set from the head's scan to the first relay: what was scanned, where the head begins in it, and where what came ends. */
  #scanned: Buffer | null = null;
  #headAt = 0;
  #end = 0;
  #additions = NOTHING;
  #framing: Framing = 'none';
  #remaining = 0;
  #chunks: ChunkRelay | null = null;
  #leavesConnection = true;

  /** `isOfHead`: of a HEAD request. */
  constructor(tools: FastTools, isOfHead: boolean) {
    this.#tools = tools;
    this.#isOfHead = isOfHead;
  }

  /** Whether the server's connection can be used again, once it `isDone`. */
  get leavesConnection(): boolean {
    return this.#leavesConnection;
  }

  /**
   * Reads the head, and 1xx before it, which `interim` gets. Returns the status, or null where more is to come; what was read is in the tools'
   * scanner until the next one.
   *
   * @throws InvalidResponse
   */
  readHead(
    bytes: Buffer,
    count: number,
    interim: { interim(bytes: Buffer, start: number): void },
  ): number | null {
    let scanned = bytes;
    let end = count;
    if (this.#pending !== null) {
      const cameAt = this.#pending.length;
      scanned = Buffer.concat([this.#pending, bytes.subarray(0, count)]);
      end = scanned.length;
      this.#pending = scanned;
      if (!this.#isWorthScanning(scanned, cameAt)) return null;
      this.#pending = null;
    }
    const scanner = this.#tools.responseScanner;
    for (let start = lineFrom(scanned, 0, end); ; start = lineFrom(scanned, scanner.end, end)) {
      const scan = scanner.scan(scanned, start, end);
      if (scan === 'incomplete') return this.#wait(scanned, start, end);
      if (scan === 'bad') throw new InvalidResponse(scanner.flaw);
      if (scanner.size > MAX_HEAD_BYTES) throw new InvalidResponse(TOO_LARGE);
      if (scanner.status >= 200 || scanner.status < 100 || scanner.status === 101) {
        this.#scanned = scanned;
        this.#headAt = start;
        this.#end = end;
        return scanner.status;
      }
      interim.interim(scanned, start);
    }
  }

  /** Tells the connection for how long its server keeps it. To be called right after `readHead`. */
  learn(connection: RawConnection): void {
    const { keepAlive } = this.#tools.responseScanner;
    if (keepAlive === '') return;
    const seconds = /timeout=(\d{1,6})/i.exec(keepAlive)?.[1];
    if (seconds !== undefined) connection.promisedMs = Number(seconds) * 1000;
  }

  /** The head goes to the client, with the first of the body (`relay`). To be called right after `readHead`. */
  begin(additions: Pick<Additions, 'setCookie' | 'closes'>): void {
    const { status, framing, contentLength, closes } = this.#tools.responseScanner;
    this.hasBegun = true;
    const hasBody = !this.#isOfHead && status !== 204 && status !== 304;
    this.#framing = hasBody ? framing : 'none';
    this.#leavesConnection = !closes && this.#framing !== 'close';
    this.endsWithConnection = this.#framing === 'close';
    this.#remaining = contentLength;
    if (this.#framing === 'chunked') this.#chunks = new ChunkRelay(TRAILERS);
    this.#additions =
      additions.setCookie === null && !additions.closes && this.#framing !== 'close'
        ? NOTHING
        : { ...additions, chunked: this.#framing === 'close' };
  }

  /**
   * Writes what came to the client: `count` bytes. False: nothing more should be written until it drains.
   *
   * @throws InvalidResponse
   */
  relay(bytes: Buffer, count: number, to: Outlet): boolean {
    const scanned = this.#scanned;
    if (scanned === null) return this.#relayBody(bytes, 0, count, to);
    this.#scanned = null;
    const { responseScanner: scanner, writer } = this.#tools;
    const bodyAt = scanner.end;
    if (this.#framing === 'length' || this.#framing === 'none') {
      const bodyEnd = this.#take(bodyAt, this.#end);
      if (isEditable(scanner, this.#additions)) {
        const from = editHead(scanner, scanned, this.#headAt);
        const piece = scanned.subarray(from, bodyEnd);
        // What is whole and small may wait for others.
        if (!this.isDone || scanned !== bytes || count > OWN_BYTES) return to.write(piece);
        to.hold(piece);
        return true;
      }
      writeHead(writer, scanner, scanned, this.#headAt, this.#additions);
      if (bodyEnd - bodyAt <= COPIED_BYTES) {
        writer.copy(scanned, bodyAt, bodyEnd);
        return writer.writeTo(to);
      }
      writer.writeTo(to);
      return to.write(scanned.subarray(bodyAt, bodyEnd));
    }
    writeHead(writer, scanner, scanned, this.#headAt, this.#additions);
    this.#passInChunks(scanned, bodyAt, this.#end);
    return writer.writeTo(to);
  }

  /** The server's connection has ended, and with it the body. */
  end(to: Outlet): void {
    writeLastChunk(this.#tools.writer, []);
    this.#tools.writer.writeTo(to);
    this.isDone = true;
  }

  #wait(scanned: Buffer, start: number, end: number): null {
    const length = end - start;
    // A line has one byte at least that counts, and few that do not.
    const isTooLong = length > (1 + LINE_EXTRAS) * MAX_HEAD_BYTES;
    if (isTooLong || (length > MAX_HEAD_BYTES && sizeOf(scanned, start, end) > MAX_HEAD_BYTES))
      throw new InvalidResponse(TOO_LARGE);
    this.#pending = Buffer.from(scanned.subarray(start, end));
    this.#scans += 1;
    this.#scannedBytes = length;
    return null;
  }

  /** Whether what came from `cameAt` on may end the head, or there is so much of it that it may be too large. */
  #isWorthScanning(head: Buffer, cameAt: number): boolean {
    const isLarge = head.length > MAX_HEAD_BYTES;
    if (isLarge && (this.#scannedBytes <= MAX_HEAD_BYTES || head.length >= 2 * this.#scannedBytes))
      return true;
    return this.#scans < MAX_SCANS
      ? head.includes(LF, cameAt)
      : head.includes(END_OF_HEAD, Math.max(0, cameAt + 1 - END_OF_HEAD.length));
  }

  #relayBody(bytes: Buffer, start: number, end: number, to: Outlet): boolean {
    if (this.#framing === 'length' || this.#framing === 'none') {
      return to.write(bytes.subarray(start, this.#take(start, end)));
    }
    this.#passInChunks(bytes, start, end);
    return this.#tools.writer.writeTo(to);
  }

  /** Where the body ends in these bytes. */
  #take(start: number, end: number): number {
    const length = this.#framing === 'none' ? 0 : this.#remaining;
    const bodyEnd = Math.min(end, start + length);
    this.bytes += bodyEnd - start;
    this.#remaining = length - (bodyEnd - start);
    if (this.#remaining === 0) this.#done(bodyEnd, end);
    return bodyEnd;
  }

  #passInChunks(bytes: Buffer, start: number, end: number): void {
    const { writer } = this.#tools;
    if (this.#chunks === null) {
      this.bytes += end - start;
      writeChunk(writer, bytes, start, end);
      return;
    }
    const rest = this.#chunks.pass(bytes, start, end, writer);
    this.bytes = this.#chunks.bytes;
    if (this.#chunks.isBad) {
      writer.discard();
      throw new InvalidResponse('sent invalid chunks');
    }
    if (this.#chunks.isDone) this.#done(rest, end);
    if (this.#chunks.closes) this.#leavesConnection = false;
  }

  #done(bodyEnd: number, end: number): void {
    this.isDone = true;
    // What nobody asked for would become the answer of the next request.
    if (bodyEnd < end) this.#leavesConnection = false;
  }
}

/** Bytes of an incomplete head without what stands between and behind names and values, which Node does not count either. */
function sizeOf(bytes: Buffer, start: number, end: number): number {
  let lines = 0;
  for (let at = start; at < end; at++) if (bytes[at] === LF) lines++;
  return end - start - LINE_EXTRAS * lines;
}

/** Where the first line begins that is not empty. Some servers send one more behind a response; Node's parser skips them, too. */
function lineFrom(bytes: Buffer, start: number, end: number): number {
  let at = start;
  while (at < end && (bytes[at] === CR || bytes[at] === LF)) at++;
  return at;
}
