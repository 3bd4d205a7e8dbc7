import {
  Message,
  parseFields,
  parseHead,
  ProtocolViolation,
  type Framing,
  type Head,
} from './httpMessage.ts';

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
      default:
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
        this.#finish();
        break;
      case 'length':
        this.#remaining = framing.length;
        this.#step = 'length';
        if (framing.length === 0) this.#finish();
        break;
      case 'chunked':
        this.#step = 'chunkSize';
        break;
      case 'close':
        this.#step = 'close';
        break;
      case 'tunnel':
        this.#current.complete = true;
        this.#step = 'tunnel';
        break;
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
