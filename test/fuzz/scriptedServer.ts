import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import {
  declaredFraming,
  ProtocolViolation,
  valuesOf,
  type Framing,
  type Head,
  type Message,
} from '../support/httpMessage.ts';
import { MessageReader } from '../support/messageReader.ts';
import { ANSWER_NUMBER, digitOf, piecesOf, PLAIN_ANSWER, type Answer } from './case.ts';
import { HOLD_TURNS, HUNG_MS, HUNG_TURNS, SERVER_TURNS, turn, type Stillness } from './stillness.ts';

const REQUEST_LINE = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+ [\x21-\x7e\x80-\xff]+ HTTP\/1\.1$/;

function requestFraming(head: Head): Framing {
  if (!REQUEST_LINE.test(head.startLine))
    throw new ProtocolViolation(`not a request line: ${JSON.stringify(head.startLine)}`);
  if (valuesOf(head.fields, 'host').length !== 1)
    throw new ProtocolViolation(`not exactly one Host: ${head.text}`);
  return declaredFraming(head) ?? { kind: 'none' };
}

/** A request as a server got it. */
export interface ServedRequest {
  /** Which of the servers, from 0. */
  readonly server: number;
  /** Whether its connection had one before. */
  readonly isReused: boolean;
  readonly message: Message;
}

/** The servers behind one lane: they read strictly, record what they get, and answer by the script of the case that is on. */
export class ScriptedServers {
  /** Of the case that is on, in the order in which their heads came. */
  requests: ServedRequest[] = [];
  /** What no proxy may ever send. */
  violations: string[] = [];
  /** What came behind a switch of protocols. */
  tunnelled = '';
  /** Connections that the proxy made for this case. */
  connections = 0;
  readonly ports: readonly number[];
  readonly #listeners: readonly Server[];
  readonly #stillness: Stillness;
  readonly #open = new Set<Socket>();
  #answers: readonly Answer[] = [];
  #whenGone: () => void = () => {};

  private constructor(listeners: readonly Server[], stillness: Stillness) {
    this.#listeners = listeners;
    this.#stillness = stillness;
    this.ports = listeners.map((listener) => (listener.address() as AddressInfo).port);
    for (const [nth, listener] of listeners.entries()) {
      listener.on('connection', (socket) => this.#serve(nth, socket));
    }
  }

  /** Listens at this address, at these ports (0: any). Throws where one of them is taken. */
  static async open(
    address: string,
    ports: readonly number[],
    stillness: Stillness,
  ): Promise<ScriptedServers> {
    const listeners: Server[] = [];
    try {
      for (const port of ports) {
        const listener = createServer({ allowHalfOpen: true, noDelay: true });
        listener.listen(port, address);
        await once(listener, 'listening');
        listeners.push(listener);
      }
    } catch (error) {
      for (const listener of listeners) listener.close();
      throw error;
    }
    return new ScriptedServers(listeners, stillness);
  }

  /** Forgets what was, and answers by this script. */
  begin(answers: readonly Answer[]): void {
    this.#answers = answers;
    this.requests = [];
    this.violations = [];
    this.tunnelled = '';
    this.connections = 0;
  }

  /** Whether the proxy closes all connections before nothing happens any more; they are closed in any case. */
  async gone(): Promise<boolean> {
    if (this.#open.size === 0) return true;
    const areGone = new Promise<boolean>((resolve) => (this.#whenGone = () => resolve(true)));
    const late = this.#stillness.lasts(HUNG_TURNS, HUNG_MS).then(() => false);
    const isInTime = await Promise.race([areGone, late]);
    for (const socket of this.#open) socket.destroy();
    return isInTime;
  }

  close(): void {
    for (const listener of this.#listeners) listener.close();
    for (const socket of this.#open) socket.destroy();
  }

  #serve(server: number, socket: Socket): void {
    const stillness = this.#stillness;
    const reader = new MessageReader({ framingOf: requestFraming });
    const whenComplete = new Map<Message, () => void>();
    let begun = 0;
    this.#open.add(socket);
    this.connections += 1;
    stillness.stir();
    socket.on('data', (bytes: Buffer) => {
      stillness.stir();
      try {
        reader.push(bytes);
      } catch (error) {
        this.violations.push(String(error));
        socket.destroy();
      }
      for (; begun < reader.messages.length; begun += 1) {
        const message = reader.messages[begun]!;
        const nth = this.requests.push({ server, isReused: begun > 0, message }) - 1;
        const received = new Promise<void>((resolve) => whenComplete.set(message, resolve));
        void this.#answer(this.#answers[nth] ?? PLAIN_ANSWER, nth, socket, reader, message, received);
      }
      for (const [message, go] of whenComplete) {
        if (!message.complete) continue;
        whenComplete.delete(message);
        go();
      }
    });
    socket.on('end', () => {
      stillness.stir();
      socket.end();
    });
    socket.on('error', () => stillness.stir());
    socket.on('close', () => {
      stillness.stir();
      if (reader.pending.length > 0) this.tunnelled += reader.pending.toString('latin1');
      this.#open.delete(socket);
      if (this.#open.size === 0) this.#whenGone();
    });
  }

  async #answer(
    answer: Answer,
    nth: number,
    socket: Socket,
    reader: MessageReader,
    { startLine }: Message,
    received: Promise<void>,
  ): Promise<void> {
    if (answer.interim !== '') this.#write(socket, answer.interim);
    if (answer.isEarly) await this.#stillness.lasts(SERVER_TURNS);
    else await received;
    if (answer.afterwards === 'hold') {
      await this.#stillness.lasts(HOLD_TURNS);
      socket.end();
      return;
    }
    if (answer.head.startsWith('HTTP/1.1 101')) reader.becomeTunnel();
    const numbered = answer.head.replace(ANSWER_NUMBER, `${ANSWER_NUMBER.slice(0, -1)}${digitOf(nth)}`);
    const text = startLine.startsWith('HEAD ') ? numbered : numbered + answer.body;
    const pieces = piecesOf(text, answer.cuts);
    for (const [i, piece] of pieces.entries()) {
      if (piece.wait === 'quiet') await this.#stillness.lasts(SERVER_TURNS);
      else if (i > 0) await turn();
      this.#write(socket, i === pieces.length - 1 ? piece.text + answer.extra : piece.text);
    }
    if (answer.afterwards === 'keep') return;
    await this.#stillness.lasts(SERVER_TURNS);
    if (answer.afterwards === 'reset') socket.resetAndDestroy();
    else socket.end();
  }

  #write(socket: Socket, text: string): void {
    this.#stillness.stir();
    if (text !== '' && socket.writable) socket.write(text, 'latin1');
  }
}
