import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ListenAt } from '../listen.ts';
import type { Ledger } from './account.ts';
import type { ExchangeContext } from './exchange.ts';
import { FastLane } from './fast/fastLane.ts';
import { FullLane } from './fullLane.ts';
import { Listeners } from './listeners.ts';
import { Places, type Place, type PlacesContext } from './places.ts';
import type { Clock } from '../traffic/clock.ts';
import type { TurnClock } from '../traffic/turnClock.ts';
import type { Router } from './router.ts';
import type { ProxySettings } from './settings.ts';

/** What lanes share. */
export interface LaneContext extends ExchangeContext {
  /** What `clock` reads: it may be held while one thing is done. */
  readonly turn: TurnClock;
  /** What deadlines go by: `performance.now()`, held with `turn`. */
  readonly realTime: Clock;
  /** Whether nothing new is accepted any more, and connections are closed as soon as they are idle. */
  readonly hasStopped: () => boolean;
}

/** One way of forwarding the requests of the connections that it is given. */
export interface Lane {
  /** Has this connection from now on, and is the place's occupant. */
  serve(socket: Socket, place: Place): void;
  /** Closes the connections that have nothing to do. */
  closeUnused(): void;
  /** Closes all connections. Returns how many had a request in flight. */
  cutOff(): number;
  /** The connections that it has. */
  readonly sockets: readonly Duplex[];
}

/** The lanes of an entrypoint: each connection begins on one of them, the fast one may hand it to the full one. */
export class Lanes {
  readonly places: Places;
  readonly #full: FullLane;
  readonly #fast: FastLane | null;
  readonly #router: Router;
  readonly #listeners: Listeners;
  #isClosing = false;
  #hasStopped = false;

  constructor(
    settings: ProxySettings,
    router: Router,
    ledger: Ledger,
    context: Pick<LaneContext, 'clock' | 'turn' | 'realTime' | 'untrustedServer'> &
      Pick<PlacesContext, 'overloaded' | 'shared'>,
  ) {
    this.#router = router;
    const shared: LaneContext = {
      ...context,
      settings,
      serverName: router.serverName,
      isClosing: () => this.#isClosing,
      hasStopped: () => this.#hasStopped,
    };
    const full = new FullLane(settings, router, ledger, shared);
    this.#full = full;
    this.#fast = settings.fastLane
      ? new FastLane(settings, router, ledger, shared, (...handed) => full.serve(...handed))
      : null;
    const first: Lane = this.#fast ?? full;
    this.places = new Places(settings.limits.connections, settings.timeouts.headerMs, {
      clock: context.clock,
      admit: (socket, place) => first.serve(socket, place),
      overloaded: context.overloaded,
      ...(context.shared && { shared: context.shared }),
    });
    // The first is Node's HTTP server, whose time-outs work only while it listens, whichever lane a connection is on.
    this.#listeners = new Listeners(full.server, {
      arrived: (socket) => this.places.arrived(socket),
      missed: () => this.places.missed(),
    });
  }

  /**
   * Accepts connections from now on.
   *
   * @throws ListenError
   */
  open(at: ListenAt): Promise<AddressInfo> {
    return this.#listeners.open(at);
  }

  /** Every answer from now on carries `Connection: close`. */
  announceStop(): void {
    this.#isClosing = true;
  }

  /** Accepts no more and resolves when all connections are gone; what is in flight after `graceMs` is cut off and counted. */
  async stop(graceMs: number): Promise<{ cutOff: number }> {
    this.#isClosing = true;
    this.#hasStopped = true;
    this.#router.retire();
    this.places.close();
    const closed = this.#listeners.close();
    for (const lane of this.#lanes) lane.closeUnused();
    let cutOff = 0;
    const timer = setTimeout(() => {
      for (const lane of this.#lanes) cutOff += lane.cutOff();
    }, graceMs);
    await closed;
    // Node's server forgets upgraded connections; we do not.
    await this.#lastConnectionGone();
    clearTimeout(timer);
    this.#fast?.stop();
    return { cutOff };
  }

  get #lanes(): readonly Lane[] {
    return this.#fast === null ? [this.#full] : [this.#fast, this.#full];
  }

  #lastConnectionGone(): Promise<void> {
    const open = this.#lanes
      .flatMap(({ sockets }) => sockets)
      .map((socket) => new Promise<void>((resolve) => socket.once('close', () => resolve())));
    return Promise.all(open).then(() => {});
  }
}
