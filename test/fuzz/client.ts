import { connect, type Socket } from 'node:net';
import { MARKER, piecesOf, type Case } from './case.ts';
import { CLIENT_TURNS, HUNG_MS, HUNG_TURNS, turn, type Stillness } from './stillness.ts';

/** What a client got. */
export interface Received {
  readonly bytes: Buffer;
  /** `closed`: by the proxy, of its own accord. `kept`: it had not closed when nothing happened any more. `hung`: nor when its client had ended it. */
  readonly connection: 'closed' | 'kept' | 'hung';
  /** Whether it wrote to a connection that was closed already: the kernel may have dropped what it had not read by then. */
  readonly mayHaveLost: boolean;
}

/** Plays the client of a case on a connection of its own. `isPatient`: nothing is sent before all that came before has had its effect. */
export async function playClient(
  port: number,
  { bytes, cuts, ending }: Case,
  stillness: Stillness,
  isPatient: boolean,
): Promise<Received> {
  const client = new Client(port, stillness);
  await client.connected;
  for (const [i, { text, wait }] of piecesOf(bytes, cuts).entries()) {
    if (i > 0 && (isPatient || wait === 'quiet')) await client.quiet();
    else if (i > 0) await turn();
    if (client.isEnded) break;
    client.send(text);
  }
  await client.quiet();
  if (!client.isEnded && ending === 'marker') {
    client.send(MARKER);
    await client.quiet();
  }
  const isKept = !client.isEnded;
  if (isKept && ending === 'reset') client.reset();
  else client.end();
  const isClosed = await client.closed();
  return {
    bytes: client.received,
    connection: !isClosed ? 'hung' : isKept ? 'kept' : 'closed',
    mayHaveLost: client.mayHaveLost,
  };
}

class Client {
  readonly connected: Promise<void>;
  mayHaveLost = false;
  /** The proxy has closed the connection. */
  isEnded = false;
  readonly #socket: Socket;
  readonly #stillness: Stillness;
  readonly #chunks: Buffer[] = [];
  readonly #closed: Promise<true>;
  #whenEnded: () => void = () => {};

  constructor(port: number, stillness: Stillness) {
    this.#stillness = stillness;
    const socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    this.#socket = socket;
    this.connected = new Promise((resolve) => socket.once('connect', resolve).once('close', () => resolve()));
    this.#closed = new Promise((resolve) => socket.once('close', () => resolve(true)));
    socket.on('connect', () => stillness.stir());
    socket.on('data', (bytes: Buffer) => {
      stillness.stir();
      this.#chunks.push(bytes);
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.syscall === 'write' || error.code === 'EPIPE') this.mayHaveLost = true;
    });
    for (const event of ['end', 'close'] as const) {
      socket.on(event, () => {
        stillness.stir();
        this.isEnded = true;
        this.#whenEnded();
      });
    }
  }

  get received(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  /** Resolves when the proxy has closed, or nothing happens any more. */
  async quiet(): Promise<void> {
    if (this.isEnded) return;
    const ended = new Promise<void>((resolve) => (this.#whenEnded = resolve));
    await Promise.race([ended, this.#stillness.lasts(CLIENT_TURNS)]);
  }

  send(text: string): void {
    this.#stillness.stir();
    if (this.#socket.writable) this.#socket.write(text, 'latin1');
  }

  end(): void {
    this.#socket.end();
  }

  reset(): void {
    this.#socket.resetAndDestroy();
  }

  /** Whether it was closed before nothing happened any more; it is in any case. */
  async closed(): Promise<boolean> {
    const late = this.#stillness.lasts(HUNG_TURNS, HUNG_MS).then(() => false);
    const isClosed = await Promise.race([this.#closed, late]);
    this.#socket.destroy();
    return isClosed;
  }
}
