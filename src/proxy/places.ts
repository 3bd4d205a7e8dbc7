import type { Socket } from 'node:net';
import type { ConnectionNumbers, Overload } from '../model/connections.ts';
import type { Clock } from '../traffic/clock.ts';
import type { SharedLimits } from '../traffic/sharedLimits.ts';
import { Line, Stand } from './line.ts';
import { countPlaces, type PlaceCounts } from './placeCounts.ts';

/** A connection is closed for another one when it was idle for so long: a client that pauses for a moment is not disturbed. */
const IDLE_MS = 1_000;
/** Connections that wait for a place; beyond them a connection is reset. As many as servers usually let wait in their backlog. */
const MAX_WAITING = 512;
/** How often places are looked for while connections wait. */
const LOOK_MS = 100;
/**
 * So much later than its time is up a connection is gone at the latest: Node looks for late heads twice a second, and who was
 * answered lingers for two. Who came just after those that hold all places would else be reset just before they go.
 */
const GOING_MS = 3_000;
/** Up to this part of the limit, an overload is over. */
const OVER_BELOW = 0.9;

/** A connection that has a place. */
export interface Occupant {
  /** Ends it for another one; false where it is not its client who lets it wait. */
  giveWay(): boolean;
}

/** The place of one connection, which is told what the connection does. Costs next to nothing, as it is told with each request. */
export interface Place {
  /** Whoever serves the connection; null until then. */
  occupant: Occupant | null;
  /** It waits for a request. */
  idle(): void;
  /** It waits for more of a request's body; called again with each piece. */
  receiving(): void;
  /** It has something to do. */
  busy(): void;
}

export interface PlacesContext {
  readonly clock: Clock;
  /** It has a place: it may be read. */
  readonly admit: (socket: Socket, place: Place) => void;
  readonly overloaded: (overload: Overload) => void;
  /** What makes the limit that of several threads; absent where there is one. */
  readonly shared?: SharedLimits;
}

/**
 * The client connections that are served, at most `limit` of them. Since Node accepts whatever comes, those beyond the limit
 * wait without being read until there is a place for them: one that becomes free, that of the connection that has been idle
 * for longest, or that of one whose client lets us wait for a request's body for longer than `patienceMs`. They wait until whoever
 * was there before them and sends nothing is gone: a little longer than that.
 */
export class Places {
  readonly #limit: number;
  readonly #patienceMs: number;
  readonly #context: PlacesContext;
  readonly #counts: PlaceCounts;
  readonly #waiting = new Line<Socket>();
  /** Nothing of a request has come, or all of it is over. */
  readonly #idle = new Line<Place>();
  /** More of a request's body is to come. */
  readonly #receiving = new Line<Place>();
  /** Those that are giving way and are not gone yet. */
  readonly #leaving = new Set<Place>();
  #open = 0;
  #accepted = 0;
  #shed = 0;
  #refused = 0;
  #timer: NodeJS.Timeout | null = null;
  /** The numbers when it began; null where there is none. */
  #overload: { readonly at: number; readonly shed: number; readonly refused: number } | null = null;

  constructor(limit: number, patienceMs: number, context: PlacesContext) {
    this.#limit = limit;
    this.#patienceMs = patienceMs;
    this.#context = context;
    this.#counts = countPlaces(limit, context.shared, () => this.#fill());
    // Those of this thread are to give way where others' clients wait, too.
    if (context.shared !== undefined) this.#timer = setInterval(() => this.#look(), LOOK_MS).unref();
  }

  get numbers(): ConnectionNumbers {
    return {
      open: this.#open,
      waiting: this.#waiting.size,
      accepted: this.#accepted,
      shed: this.#shed,
      refused: this.#refused,
    };
  }

  /** A connection was accepted, which is not being read. */
  arrived(socket: Socket): void {
    this.#accepted += 1;
    if (this.#counts.room.take()) {
      this.#admit(socket);
      return;
    }
    if (this.#overload === null) {
      this.#overload = { at: this.#context.clock(), shed: this.#shed, refused: this.#refused };
      this.#tell('begun');
    }
    if (!this.#counts.waiting.take(MAX_WAITING)) {
      this.#refuse(socket);
      return;
    }
    const stand = new Stand(socket);
    this.#waiting.join(stand, this.#context.clock());
    socket.once('close', () => this.#leaveWaiting(stand));
    this.#timer ??= setInterval(() => this.#look(), LOOK_MS);
    this.#makeRoom();
  }

  /** A connection could not even be accepted. */
  missed(): void {
    this.#accepted += 1;
    this.#refused += 1;
  }

  /** Nobody is let in from the waiting room any more. */
  close(): void {
    for (let next = this.#waiting.first; next !== null; next = this.#waiting.first) this.#turnAway(next);
    this.#stopLooking();
  }

  #admit(socket: Socket): void {
    this.#open += 1;
    const place = new TakenPlace(this.#idle, this.#receiving, this.#context.clock);
    place.idle();
    socket.once('close', () => {
      place.busy();
      if (this.#leaving.delete(place)) this.#counts.leaving.giveBack();
      this.#open -= 1;
      this.#counts.room.giveBack();
    });
    this.#context.admit(socket, place);
  }

  /** It has waited in vain. */
  #turnAway(stand: Stand<Socket>): void {
    this.#leaveWaiting(stand);
    this.#refuse(stand.item);
  }

  #refuse(socket: Socket): void {
    this.#refused += 1;
    socket.resetAndDestroy();
  }

  /** Another thread has passed a place to this one. */
  gotPassed(): void {
    this.#counts.shared?.passed();
  }

  #leaveWaiting(stand: Stand<Socket>): void {
    if (stand.line === null) return;
    stand.leave();
    this.#counts.waiting.giveBack();
  }

  /** Lets in those that waited longest, as far as there are places. */
  #fill(): void {
    while (this.#waiting.first !== null && this.#counts.room.take()) {
      const { first } = this.#waiting;
      this.#leaveWaiting(first);
      this.#admit(first.item);
    }
    if (this.#waiting.size > 0) return;
    if (this.#counts.shared === null) this.#stopLooking();
    if (this.#overload === null || this.#counts.taken.total > this.#limit * OVER_BELOW) return;
    this.#tell('over');
    this.#overload = null;
  }

  #look(): void {
    const tooLate = this.#context.clock() - this.#patienceMs - GOING_MS;
    for (let next = this.#waiting.first; next !== null && next.since <= tooLate; next = this.#waiting.first) {
      this.#turnAway(next);
    }
    if (this.#counts.shared !== null) this.#fill();
    this.#makeRoom();
  }

  #stopLooking(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  /** Has as many connections give way as wait, as far as there are any that may. */
  #makeRoom(): void {
    const { waiting, leaving } = this.#counts;
    while (leaving.take(waiting.total)) {
      const place = this.#dispensable();
      if (place?.occupant?.giveWay() === true) {
        this.#shed += 1;
        this.#leaving.add(place);
        continue;
      }
      leaving.giveBack();
      if (place === null) return;
      // Its client is let wait: it has all the time again when that is over.
      place.receiving();
    }
  }

  /** The place of the connection that needs it least, which is asked now; null where each has something to do. */
  #dispensable(): Place | null {
    const now = this.#context.clock();
    for (const [line, ms] of [
      [this.#idle, IDLE_MS],
      [this.#receiving, this.#patienceMs],
    ] as const) {
      if (line.first === null || now - line.first.since < ms) continue;
      const { first } = line;
      first.leave();
      return first.item;
    }
    return null;
  }

  #tell(state: Overload['state']): void {
    if (this.#overload === null) return;
    this.#context.overloaded({
      state,
      limit: this.#limit,
      durationMs: this.#context.clock() - this.#overload.at,
      shed: this.#shed - this.#overload.shed,
      refused: this.#refused - this.#overload.refused,
    });
  }
}

class TakenPlace implements Place {
  occupant: Occupant | null = null;
  readonly #stand = new Stand<Place>(this);
  readonly #idle: Line<Place>;
  readonly #receiving: Line<Place>;
  readonly #clock: Clock;

  constructor(idle: Line<Place>, receiving: Line<Place>, clock: Clock) {
    this.#idle = idle;
    this.#receiving = receiving;
    this.#clock = clock;
  }

  idle(): void {
    this.#idle.join(this.#stand, this.#clock());
  }

  receiving(): void {
    this.#receiving.join(this.#stand, this.#clock());
  }

  busy(): void {
    this.#stand.leave();
  }
}
