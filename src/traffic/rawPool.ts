import { RawConnection, type ConnectionUser } from './rawConnection.ts';

/** Idle connections to one server; what is more is closed. */
const MAX_IDLE = 1024;

/**
 * The fast lane's connections to one server. The one that became idle last is used first; each is closed after `idleMs`, or a second
 * before its server said that it would close it, or as soon as the server sends something that nobody asked for.
 */
export class RawPool {
  readonly #hostname: string;
  readonly #port: number;
  readonly #idleMs: number;
  readonly #idle: RawConnection[] = [];
  #isRetired = false;
  #timer: NodeJS.Timeout | undefined;

  /** `hostname`: an IP address. */
  constructor(hostname: string, port: number, idleMs: number) {
    this.#hostname = hostname;
    this.#port = port;
    this.#idleMs = idleMs;
  }

  /** An idle connection, which is `user`'s from now on; null where there is none. `now`: by `performance.now()`. */
  take(user: ConnectionUser, now: number): RawConnection | null {
    for (let last = this.#idle.pop(); last !== undefined; last = this.#idle.pop()) {
      if (last.keptUntil > now && last.isOpen) {
        last.use(user);
        return last;
      }
      last.close();
    }
    return null;
  }

  /** A new connection, which tells `user` when it is made. */
  connect(user: ConnectionUser): RawConnection {
    return new RawConnection(this.#hostname, this.#port, this, user);
  }

  /** A connection is not needed any more, and nothing is left to be sent or received over it: it is kept, or closed. */
  give(connection: RawConnection, now: number): void {
    // A second early, so that we are not about to send when the server closes.
    const idleMs = Math.min(this.#idleMs, connection.promisedMs - 1000);
    if (this.#isRetired || idleMs <= 0 || this.#idle.length >= MAX_IDLE || !connection.isOpen) {
      connection.close();
      return;
    }
    connection.rest(now + idleMs);
    this.#idle.push(connection);
    this.#timer ??= setTimeout(this.#expire, idleMs).unref();
  }

  /** An idle connection has closed. */
  forget(connection: RawConnection): void {
    const at = this.#idle.indexOf(connection);
    if (at !== -1) this.#idle.splice(at, 1);
  }

  /** Closes what is idle now; what is in use goes on. */
  closeIdle(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const connection of this.#idle.splice(0)) connection.close();
  }

  /** The server left: closes what is idle, and what is in use as soon as it is given back. */
  retire(): void {
    this.#isRetired = true;
    this.closeIdle();
  }

  readonly #expire = (): void => {
    this.#timer = undefined;
    const now = performance.now();
    let nextAt = Infinity;
    const due = this.#idle.filter(({ keptUntil }) => keptUntil <= now);
    for (const connection of due) connection.close();
    for (const { keptUntil } of this.#idle) nextAt = Math.min(nextAt, keptUntil);
    if (nextAt !== Infinity) this.#timer = setTimeout(this.#expire, Math.ceil(nextAt - now)).unref();
  };
}
