import type { Socket } from 'node:net';

/** How many requests at most begin behind a body in the part that is handed to the parser at once. */
const HEADS_IN_A_BODY = 16;
/** Of what nobody takes yet, so much is parsed at once: each chunk of a body becomes an object, too. */
const UNTAKEN_BYTES = 4_096;
/** How an empty line ends, and so a head. */
const END_OF_HEAD = Buffer.from('\n\r\n');
const NOTHING = Buffer.alloc(0);

export interface IntakeSink {
  /** Whether nothing more is to be taken in, until `goOn`. */
  isFull(): boolean;
  /** Whether somebody takes what is coming, so that it may be parsed in large parts. */
  isTaken(): boolean;
  /** Node's parser is about to read this. */
  before(part: Buffer): void;
  /** Node's parser has read it. */
  after(): void;
}

/**
 * What a client connection receives, on its way to Node's parser. The parser makes an object of every request that has come,
 * however many wait for their turn, and a packet of a few kilobytes has hundreds: they would weigh a hundred times what they
 * weigh on the wire. So it gets them one by one, and the rest stays bytes, here and in the kernel.
 */
export class Intake {
  readonly #socket: Socket;
  readonly #sink: IntakeSink;
  readonly #parse: (part: Buffer) => void;
  #rest: Buffer = NOTHING;
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
      // Head by head, so that it is known where each begins; in a body that is taken, empty lines are many.
      const end = this.#sink.isTaken()
        ? endOfPart(this.#rest, HEADS_IN_A_BODY)
        : endOfPart(this.#rest.subarray(0, UNTAKEN_BYTES), 1);
      const part = this.#rest.subarray(0, end);
      this.#rest = this.#rest.subarray(end);
      this.#sink.before(part);
      this.#parse(part);
      this.#sink.after();
    }
  };
}

/** Behind how many empty lines, each of which may end a head, a part ends. */
function endOfPart(bytes: Buffer, count: number): number {
  let end = 0;
  for (let heads = 0; heads < count; heads++) {
    const at = bytes.indexOf(END_OF_HEAD, end);
    if (at === -1) return bytes.length;
    end = at + END_OF_HEAD.length;
  }
  return end;
}
