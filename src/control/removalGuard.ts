import type { Derivation } from '../model/derivation.ts';
import type { Resolution, Snapshot } from '../model/service.ts';
import type { Hold, HoldEnd, Publication } from './events.ts';
import type { Publisher } from './publisher.ts';
import { countServers, isHeld, type GuardSettings, type ServerCount } from './removal.ts';

export interface GuardListener {
  /** A refresh is held: the first of a hold, or one that takes the place of the one before. */
  held(hold: Hold): void;
  /**
   * The hold is over. What was held last is live with this publication (null where nothing of it is new), or is of no interest any
   * more (null).
   */
  ended(by: HoldEnd, publication: Publication | null): void;
}

/** Time as the guard needs it. Tests have one of their own. */
export interface GuardClock {
  /** Milliseconds since the epoch, to be shown. */
  now(): number;
  /** Calls `act` after so long, whatever becomes of the time of day. Returns what prevents that. */
  after(ms: number, act: () => void): () => void;
}

/** What a guard goes on from when the one before it is gone. */
export interface GuardStart {
  /** Of what is live. */
  readonly live: ServerCount;
  /** Null: nothing was held. */
  readonly hold: { readonly since: number; readonly until: number; readonly remainingMs: number } | null;
}

const SYSTEM_CLOCK: GuardClock = {
  now: () => Date.now(),
  after(ms, act) {
    const timer = setTimeout(act, ms);
    return () => clearTimeout(timer);
  },
};

interface Candidate {
  readonly snapshot: Snapshot;
  readonly derivation: Derivation;
  readonly count: ServerCount;
}

interface Holding {
  readonly since: number;
  readonly until: number;
  readonly cancel: () => void;
  /** The latest; null after a new start, until the source has been read again. */
  candidate: Candidate | null;
  /** What ended the hold while there was nothing to let through; the next refresh goes live. */
  endedBy: 'time' | 'release' | null;
}

/**
 * Publishes what is read, but for what would remove most of the servers at once: that is held until its time is up, an
 * operator releases it, or a refresh has enough servers again.
 */
export class RemovalGuard {
  readonly #publisher: Publisher;
  readonly #settings: GuardSettings;
  readonly #on: GuardListener;
  readonly #clock: GuardClock;
  /** Null before the first publication. */
  #live: ServerCount | null;
  #hold: Holding | null = null;

  constructor(
    publisher: Publisher,
    settings: GuardSettings,
    on: GuardListener,
    start: GuardStart | null = null,
    clock = SYSTEM_CLOCK,
  ) {
    this.#publisher = publisher;
    this.#settings = settings;
    this.#on = on;
    this.#clock = clock;
    this.#live = start?.live ?? null;
    if (start?.hold) this.#begin(start.hold.since, start.hold.until, start.hold.remainingMs);
  }

  /** Null where nothing that follows from the snapshot is new. `held`: what is live stays as it is, in every part. */
  publish(snapshot: Snapshot): Publication | 'held' | null {
    const derivation = this.#publisher.derive(snapshot);
    const candidate = { snapshot, derivation, count: countServers(derivation) };
    const removedFrom = this.#removedFrom(candidate.count);
    const hold = this.#hold;
    if (removedFrom !== null && (hold === null || hold.endedBy === null)) {
      this.#keep(candidate, removedFrom);
      return 'held';
    }
    if (hold !== null) this.#end(removedFrom === null ? 'return' : (hold.endedBy ?? 'time'), null);
    return this.#publish(candidate);
  }

  /** The same for what was read last, live or held, where its names resolve to this by now. Null also before the first one. */
  publishResolved(resolutions: Readonly<Record<string, Resolution>>): Publication | 'held' | null {
    const snapshot = this.#hold?.candidate?.snapshot ?? this.#publisher.snapshot;
    if (snapshot === null || snapshot.resolutions === resolutions) return null;
    return this.publish({ ...snapshot, resolutions });
  }

  /** Whether something is held. */
  get isHolding(): boolean {
    return this.#hold !== null;
  }

  /** Lets through what is held, if anything is. */
  release(): void {
    this.#letThrough('release');
  }

  /** What of the live servers a mass removal would remove from; null where it is none. */
  #removedFrom({ servers }: ServerCount): ServerCount | null {
    return this.#live !== null && isHeld(this.#live.servers, servers, this.#settings) ? this.#live : null;
  }

  #keep(candidate: Candidate, live: ServerCount): void {
    const now = this.#clock.now();
    const { holdMs } = this.#settings;
    const hold = this.#hold ?? this.#begin(now, now + holdMs, holdMs);
    hold.candidate = candidate;
    const left = new Set(candidate.count.services);
    this.#on.held({
      since: hold.since,
      until: hold.until,
      serversBefore: live.servers,
      serversAfter: candidate.count.servers,
      servicesLost: live.services.filter((id) => !left.has(id)),
    });
  }

  #begin(since: number, until: number, remainingMs: number): Holding {
    const cancel = this.#clock.after(remainingMs, () => this.#letThrough('time'));
    return (this.#hold = { since, until, cancel, candidate: null, endedBy: null });
  }

  #letThrough(by: 'time' | 'release'): void {
    const hold = this.#hold;
    if (hold === null) return;
    if (hold.candidate === null) hold.endedBy ??= by;
    else this.#end(by, this.#publish(hold.candidate));
  }

  #end(by: HoldEnd, publication: Publication | null): void {
    this.#hold?.cancel();
    this.#hold = null;
    this.#on.ended(by, publication);
  }

  #publish({ snapshot, derivation, count }: Candidate): Publication | null {
    this.#live = count;
    return this.#publisher.publish(snapshot, derivation);
  }
}
