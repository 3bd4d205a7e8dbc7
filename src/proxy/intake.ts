import type { Socket } from 'node:net';

/** In a body whose end nobody knows empty lines are many: so many of them are handed to the parser at once. */
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
  /** How many bytes of a body are to come; 0: none, or nobody knows. */
  bodyLeft(): number;
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
      const end = this.#endOfPart();
      const part = this.#rest.subarray(0, end);
      this.#rest = this.#rest.subarray(end);
      this.#sink.before(part);
      this.#parse(part);
      this.#sink.after();
    }
  };

  /**
   * Heads one by one and bodies by themselves, so that it is known where each head begins, and nothing is lost behind the body of a request
   * that asks for an upgrade which is not made: Node drops what was handed over with its end.
   */
  #endOfPart(): number {
    const isTaken = this.#sink.isTaken();
    const most = isTaken ? this.#rest : this.#rest.subarray(0, UNTAKEN_BYTES);
    const bodyLeft = this.#sink.bodyLeft();
    if (bodyLeft > 0) return Math.min(most.length, bodyLeft);
    return endBehind(most, isTaken ? HEADS_IN_A_BODY : 1);
  }
}

/** Behind so many empty lines, each of which may end a head. */
function endBehind(bytes: Buffer, count: number): number {
  let end = 0;
  for (let heads = 0; heads < count; heads++) {
    const at = bytes.indexOf(END_OF_HEAD, end);
    if (at === -1) return bytes.length;
    end = at + END_OF_HEAD.length;
  }
  return end;
}
