import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { canSharePort, listenOn, type ListenAt } from '../listen.ts';

/**
 * In a turn of its event loop Node accepts one connection for each listener, whatever else has come, and a turn costs more than the accepting. So a
 * thread has several on its port, between which Linux spreads the connections (decision 15).
 */
const LISTENERS = 8;

export interface Arrivals {
  /** A connection was accepted, which is not being read. */
  readonly arrived: (socket: Socket) => void;
  /** One could not be accepted. */
  readonly missed: () => void;
}

/** What a thread listens with on one port. */
export class Listeners {
  readonly #first: Server;
  readonly #others: readonly Server[];
  readonly #missed: () => void;

  /** `first` listens in any case; it pauses what it accepts, and lets clients end their side alone. */
  constructor(first: Server, { arrived, missed }: Arrivals) {
    this.#first = first;
    this.#others = Array.from({ length: canSharePort() ? LISTENERS - 1 : 0 }, () =>
      createServer({ pauseOnConnect: true, allowHalfOpen: true }),
    );
    this.#missed = missed;
    for (const server of this.#all) server.on('connection', arrived);
  }

  /**
   * Listens, all on the same port, or none.
   *
   * @throws ListenError
   */
  async open(at: ListenAt): Promise<AddressInfo> {
    const bound = await listenOn(this.#first, { ...at, sharesPort: this.#others.length > 0 });
    try {
      const there = { ...at, bind: bound.address, port: bound.port, sharesPort: true };
      for (const server of this.#others) await listenOn(server, there);
    } catch (error) {
      void this.close();
      throw error;
    }
    // An accept that fails concerns that connection alone; unheard, it would end the thread. Where there are too many open files we do
    // not even hear of it: libuv accepts with a descriptor that it keeps for that, and closes.
    for (const server of this.#all) server.on('error', this.#missed);
    return bound;
  }

  /** Accepts no more, and resolves when all that was accepted is closed. */
  async close(): Promise<void> {
    const closed = this.#all.map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
    await Promise.all(closed);
  }

  get #all(): readonly Server[] {
    return [this.#first, ...this.#others];
  }
}
