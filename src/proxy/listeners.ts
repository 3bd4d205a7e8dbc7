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
  readonly #servers: readonly Server[];

  /** `first` listens in any case; it pauses what it accepts, and lets clients end their side alone. */
  constructor(first: Server, { arrived, missed }: Arrivals) {
    const others = Array.from({ length: canSharePort() ? LISTENERS - 1 : 0 }, () =>
      createServer({ pauseOnConnect: true, allowHalfOpen: true }),
    );
    this.#servers = [first, ...others];
    for (const server of this.#servers) {
      server.on('connection', arrived);
      // An accept that fails concerns that connection alone; without a listener it would end the thread. Where there are too many
      // open files we do not even hear of it: libuv accepts with a descriptor that it keeps for that, and closes.
      server.on('error', missed);
    }
  }

  /**
   * Listens, all on the same port, or none.
   *
   * @throws ListenError
   */
  async open(at: ListenAt): Promise<AddressInfo> {
    const [first, ...others] = this.#servers;
    if (first === undefined) throw new Error('a thread has one listener at least');
    const sharesPort = others.length > 0 || at.sharesPort === true;
    const bound = await listenOn(first, { ...at, sharesPort });
    try {
      for (const server of others) {
        await listenOn(server, { ...at, bind: bound.address, port: bound.port, sharesPort });
      }
    } catch (error) {
      void this.close();
      throw error;
    }
    return bound;
  }

  /** Accepts no more, and resolves when all that was accepted is closed. */
  async close(): Promise<void> {
    await Promise.all(
      this.#servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))),
    );
  }
}
