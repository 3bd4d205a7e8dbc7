import type { Socket } from 'node:net';

/** Of what nobody takes yet, so much is parsed at once: each chunk of a body becomes an object, too. */
const UNTAKEN_BYTES = 4_096;
/** How an empty line ends, and so a head. */
const END_OF_HEAD = Buffer.from('\n\r\n');
const CR = 0x0d;
const LF = 0x0a;
const NOTHING = Buffer.alloc(0);

export interface IntakeSink {
  /** Whether nothing more is to be taken in, until `goOn`. */
  isFull(): boolean;
  /** Whether somebody takes what is coming, so that it may be parsed in large parts. */
  isTaken(): boolean;
  /** Where in this the body ends that is being received, of which it is the next part; its end where the body goes on. Null: none is. */
  endOfBody(part: Buffer): number | null;
  /** Node's parser is about to read this: a part of one request, or empty lines. */
  before(part: Buffer): void;
  /** Node's parser has read it. */
  after(): void;
}

/**
 * What a client connection receives, on its way to Node's parser. The parser makes an object of every request that has come,
 * however many wait for their turn, and a packet of a few kilobytes has hundreds: they would weigh a hundred times what they
 * weigh on the wire. So it gets them one by one, and the rest stays bytes, here and in the kernel. Thus it is also known where each begins, and Node cannot
 * lose what is behind a request whose upgrade it ignores.
 */
export class Intake {
  readonly #socket: Socket;
  readonly #sink: IntakeSink;
  readonly #parse: (part: Buffer) => void;
  #rest: Buffer = NOTHING;
  /** What the parser got last: none is longer than `END_OF_HEAD` without its last byte. */
  #last: readonly [number, number] = [0, 0];
  /** Whether it was us who paused the connection. */
  #hasPaused = false;
  #isHandedOver = false;

  /** Takes the place of the only listener that there is: that of Node's server. */
  constructor(socket: Socket, sink: IntakeSink) {
    this.#socket = socket;
    this.#sink = sink;
    const [parse] = socket.listeners('data') as ((part: Buffer) => void)[];
    this.#parse = parse ?? (() => {});
    socket.removeAllListeners('data');
    socket.on('data', this.#take);
    // Node resumes it, too, when it wants more of a body.
    socket.on('resume', this.#feed);
  }

  /** There may be room again. */
  goOn(): void {
    if (!this.#hasPaused || this.#sink.isFull()) return;
    this.#hasPaused = false;
    this.#socket.resume();
  }

  /** Whether all that came was taken in. */
  get isEmpty(): boolean {
    return this.#rest.length === 0;
  }

  /** Nothing is taken in any more: what comes is read and dropped. */
  drop(): void {
    this.#rest = NOTHING;
    this.handOver();
    this.#socket.resume();
  }

  /** Its bytes are no requests any more; those that were not handed over are the next to be read from the connection. */
  handOver(): void {
    if (this.#isHandedOver) return;
    this.#isHandedOver = true;
    this.#socket.off('data', this.#take).off('resume', this.#feed);
    if (this.#rest.length > 0) this.#socket.unshift(this.#rest);
    this.#rest = NOTHING;
  }

  readonly #take = (piece: Buffer): void => {
    this.#rest = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece]);
    this.#feed();
  };

  readonly #feed = (): void => {
    const socket = this.#socket;
    while (!this.#isHandedOver && !socket.destroyed) {
      // By Node, for which what follows must wait.
      if (socket.isPaused()) return;
      if (this.#sink.isFull()) {
        this.#hasPaused = true;
        socket.pause();
        return;
      }
      if (this.#rest.length === 0) return;
      const next = this.#sink.isTaken() ? this.#rest : this.#rest.subarray(0, UNTAKEN_BYTES);
      const end = this.#sink.endOfBody(next) ?? this.#endOfHead(next);
      const part = this.#rest.subarray(0, end);
      this.#last = [(end > 1 ? part[end - 2] : this.#last[1]) ?? 0, part[end - 1] ?? 0];
      this.#rest = this.#rest.subarray(end);
      this.#sink.before(part);
      this.#parse(part);
      this.#sink.after();
    }
  };

  /** Where the next head ends, whose beginning the parser may have. */
  #endOfHead(bytes: Buffer): number {
    const [before, last] = this.#last;
    if (last === LF && bytes[0] === CR && bytes[1] === LF) return 2;
    if (before === LF && last === CR && bytes[0] === LF) return 1;
    const at = bytes.indexOf(END_OF_HEAD);
    return at === -1 ? bytes.length : at + END_OF_HEAD.length;
  }
}
