import type { Socket } from 'node:net';
import type { Ledger } from '../account.ts';
import type { Failure } from '../failure.ts';
import type { Lane, LaneContext } from '../lanes.ts';
import type { Place } from '../places.ts';
import type { Router } from '../router.ts';
import type { ProxySettings } from '../settings.ts';
import { ClientConnection, type ClientContext } from './clientConnection.ts';
import { FastTools } from './fastTools.ts';

/** How often deadlines are looked at: they are late by as much at most, and a timer for each would cost more than all of them together. */
const LONGEST_TICK_MS = 250;
const SHORTEST_TICK_MS = 10;
/** A deadline is late by this part of the shortest time-out at most. */
const TICKS_PER_TIMEOUT = 10;

/**
 * The fast lane: HTTP/1.1 on bare sockets, for requests that it can treat with certainty. A connection whose next request it is not certain
 * of goes to the full lane, unread bytes included, and stays there.
 */
export class FastLane implements Lane {
  readonly #context: ClientContext;
  readonly #connections = new Set<ClientConnection>();
  readonly #ticks: NodeJS.Timeout;

  /** `handOver`: the full lane serves this connection from now on. */
  constructor(
    settings: ProxySettings,
    router: Router,
    ledger: Ledger,
    lane: LaneContext,
    handOver: (socket: Socket, place: Place, refused: Failure | null) => void,
  ) {
    this.#context = {
      lane,
      tools: new FastTools(),
      router,
      ledger,
      closed: (connection) => this.#connections.delete(connection),
      handOver: (connection, rest, refused) => {
        this.#connections.delete(connection);
        const { socket, place } = connection;
        socket.pause();
        if (rest.length > 0) socket.unshift(rest);
        handOver(socket, place, refused);
      },
    };
    this.#ticks = setInterval(() => this.#tick(), tickMs(settings)).unref();
  }

  serve(socket: Socket, place: Place): void {
    this.#connections.add(new ClientConnection(socket, place, this.#context));
  }

  closeUnused(): void {
    for (const connection of this.#connections) if (connection.isIdle) connection.closeSoon();
  }

  cutOff(): number {
    let inFlight = 0;
    for (const connection of this.#connections) {
      if (connection.isInFlight) inFlight += 1;
      connection.close();
    }
    return inFlight;
  }

  get sockets(): readonly Socket[] {
    return [...this.#connections].map(({ socket }) => socket);
  }

  /** No deadline passes any more. */
  stop(): void {
    clearInterval(this.#ticks);
  }

  #tick(): void {
    const now = performance.now();
    for (const connection of this.#connections) if (connection.deadlineAt <= now) connection.expired();
  }
}

function tickMs({ timeouts }: ProxySettings): number {
  const shortest = Math.min(...Object.values(timeouts).filter((ms) => ms > 0));
  return Math.max(SHORTEST_TICK_MS, Math.min(LONGEST_TICK_MS, Math.floor(shortest / TICKS_PER_TIMEOUT)));
}
