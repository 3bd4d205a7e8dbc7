/** One line of a head or of trailers, spelled as it was received. */
export type Field = readonly [name: string, value: string];

/** How the end of a body is told (RFC 9112 section 6.3). */
export type Framing =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly length: number }
  | { readonly kind: 'chunked' }
  | { readonly kind: 'close' }
  /** What follows the head is not HTTP any more (101). */
  | { readonly kind: 'tunnel' };

export interface Head {
  readonly startLine: string;
  readonly fields: readonly Field[];
  /** The bytes as they came, as Latin-1. */
  readonly text: string;
}

/** The peer sent something that a strict reader of RFC 9112 must not accept. */
export class ProtocolViolation extends Error {}

/** A request or response as it arrives: `body`, `trailers` and `complete` grow with what was read. */
export class Message implements Head {
  readonly startLine: string;
  readonly fields: readonly Field[];
  readonly text: string;
  readonly framing: Framing;
  trailers: readonly Field[] = [];
  complete = false;
  bodyLength = 0;
  readonly #chunks: Buffer[] = [];

  constructor(head: Head, framing: Framing) {
    this.startLine = head.startLine;
    this.fields = head.fields;
    this.text = head.text;
    this.framing = framing;
  }

  append(bytes: Buffer, keep: boolean): void {
    this.bodyLength += bytes.length;
    if (keep) this.#chunks.push(bytes);
  }

  get body(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  get bodyText(): string {
    return this.body.toString('latin1');
  }

  /** Every value of a field, in order; the name without regard to case. */
  all(name: string): readonly string[] {
    return valuesOf(this.fields, name);
  }

  /** The value of a field that occurs at most once. */
  get(name: string): string | undefined {
    const values = this.all(name);
    if (values.length > 1) throw new ProtocolViolation(`${name} occurs ${values.length} times: ${this.text}`);
    return values[0];
  }
}

export function valuesOf(fields: readonly Field[], name: string): readonly string[] {
  return fields.filter(([n]) => n.toLowerCase() === name.toLowerCase()).map(([, value]) => value);
}

/** Joins lines of a head; a body is appended as it is. */
export function headOf(startLine: string, fields: readonly Field[]): string {
  return `${[startLine, ...fields.map(([name, value]) => `${name}: ${value}`)].join('\r\n')}\r\n\r\n`;
}

const FIELD_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*?)[ \t]*$/;

function parseFields(lines: readonly string[]): readonly Field[] {
  return lines.map((line) => {
    const match = FIELD_LINE.exec(line);
    if (match === null) throw new ProtocolViolation(`not a field line: ${JSON.stringify(line)}`);
    return [match[1]!, match[2]!];
  });
}

function parseHead(bytes: Buffer): Head {
  const text = bytes.toString('latin1');
  const [startLine, ...lines] = text.slice(0, -4).split('\r\n');
  if (/[\r\n\0]/.test(startLine!))
    throw new ProtocolViolation(`control byte in ${JSON.stringify(startLine)}`);
  return { startLine: startLine!, fields: parseFields(lines), text };
}

/** The framing that Content-Length and Transfer-Encoding declare; null where there is neither. Anything ambiguous throws. */
export function declaredFraming(head: Head): Framing | null {
  const lengths = valuesOf(head.fields, 'content-length');
  const codings = valuesOf(head.fields, 'transfer-encoding');
  if (lengths.length + codings.length > 1) throw new ProtocolViolation(`framed twice: ${head.text}`);
  const [length] = lengths;
  const [coding] = codings;
  if (coding !== undefined) {
    if (coding !== 'chunked') throw new ProtocolViolation(`Transfer-Encoding: ${coding}`);
    return { kind: 'chunked' };
  }
  if (length === undefined) return null;
  if (!/^\d{1,15}$/.test(length)) throw new ProtocolViolation(`Content-Length: ${length}`);
  return { kind: 'length', length: Number(length) };
}

type Step = 'head' | 'length' | 'chunkSize' | 'chunkData' | 'chunkEnd' | 'trailers' | 'close' | 'tunnel';

export interface ReaderOptions {
  /** May throw a `ProtocolViolation`. */
  readonly framingOf: (head: Head) => Framing;
  /** False: bodies are counted, not kept, for tests that move many megabytes. */
  readonly keepBodies?: boolean;
}

/** Reads a stream of messages strictly and incrementally, by itself, so that no library's leniency hides what was sent. */
export class MessageReader {
  /** All messages so far; the last one may be incomplete. */
  readonly messages: Message[] = [];
  readonly #options: ReaderOptions;
  #pending: Buffer = Buffer.alloc(0);
  #step: Step = 'head';
  #remaining = 0;

  constructor(options: ReaderOptions) {
    this.#options = options;
  }

  /** Bytes that belong to no complete head yet, or to a tunnel. */
  get pending(): Buffer {
    return this.#pending;
  }

  /** Whether the stream may end here without cutting a message short. */
  get atBoundary(): boolean {
    return this.#pending.length === 0 && (this.#step === 'head' || this.#step === 'close');
  }

  push(bytes: Buffer): void {
    this.#pending = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    while (this.#pending.length > 0 && this.#advance());
  }

  /** The peer said that nothing follows: completes a body that is delimited by the close. */
  end(): void {
    if (this.#step === 'close') this.#finish();
  }

  /** What follows is opaque: stays in `pending`. */
  becomeTunnel(): void {
    this.#step = 'tunnel';
  }

  get #current(): Message {
    return this.messages.at(-1)!;
  }

  #advance(): boolean {
    switch (this.#step) {
      case 'head':
        return this.#readHead();
      case 'length':
      case 'chunkData':
        return this.#readCounted();
      case 'close':
        this.#current.append(this.#take(this.#pending.length), this.#options.keepBodies !== false);
        return true;
      case 'chunkSize':
        return this.#readChunkSize();
      case 'chunkEnd':
        return this.#readChunkEnd();
      case 'trailers':
        return this.#readTrailers();
      case 'tunnel':
        return false;
    }
  }

  #take(length: number): Buffer {
    const taken = this.#pending.subarray(0, length);
    this.#pending = this.#pending.subarray(length);
    return taken;
  }

  #takeLine(): string | null {
    const end = this.#pending.indexOf('\r\n');
    return end === -1 ? null : this.#take(end + 2).toString('latin1', 0, end);
  }

  #readHead(): boolean {
    const end = this.#pending.indexOf('\r\n\r\n');
    if (end === -1) return false;
    const head = parseHead(this.#take(end + 4));
    const message = new Message(head, this.#options.framingOf(head));
    this.messages.push(message);
    this.#begin(message.framing);
    return true;
  }

  #begin(framing: Framing): void {
    switch (framing.kind) {
      case 'none':
        return this.#finish();
      case 'length':
        this.#remaining = framing.length;
        this.#step = 'length';
        return framing.length === 0 ? this.#finish() : undefined;
      case 'chunked':
        this.#step = 'chunkSize';
        return undefined;
      case 'close':
        this.#step = 'close';
        return undefined;
      case 'tunnel':
        this.#current.complete = true;
        this.#step = 'tunnel';
        return undefined;
    }
  }

  #finish(): void {
    this.#current.complete = true;
    this.#step = 'head';
  }

  #readCounted(): boolean {
    const bytes = this.#take(Math.min(this.#remaining, this.#pending.length));
    this.#remaining -= bytes.length;
    this.#current.append(bytes, this.#options.keepBodies !== false);
    if (this.#remaining > 0) return true;
    if (this.#step === 'length') this.#finish();
    else this.#step = 'chunkEnd';
    return true;
  }

  #readChunkSize(): boolean {
    const line = this.#takeLine();
    if (line === null) return false;
    if (!/^[0-9a-fA-F]{1,8}$/.test(line)) throw new ProtocolViolation(`chunk size ${JSON.stringify(line)}`);
    this.#remaining = Number.parseInt(line, 16);
    this.#step = this.#remaining === 0 ? 'trailers' : 'chunkData';
    return true;
  }

  #readChunkEnd(): boolean {
    if (this.#pending.length < 2) return false;
    const end = this.#take(2).toString('latin1');
    if (end !== '\r\n') throw new ProtocolViolation(`chunk ends with ${JSON.stringify(end)}`);
    this.#step = 'chunkSize';
    return true;
  }

  #readTrailers(): boolean {
    const line = this.#takeLine();
    if (line === null) return false;
    if (line === '') this.#finish();
    else this.#current.trailers = [...this.#current.trailers, ...parseFields([line])];
    return true;
  }
}
