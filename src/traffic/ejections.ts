import type { Clock } from './clock.ts';
import type { ServerTraffic } from './serverTraffic.ts';

/** Timers may be early by a little. */
const TIMER_MARGIN_MS = 20;

/**
 * Sees to it that ejection never costs a backend more than half of its servers, nor the last one that new clients can be sent
 * to, and that ejections end in time. Servers that fail their active check are out already, and count nowhere.
 */
export class Ejections {
  readonly #clock: Clock;
  #servers: readonly ServerTraffic[] = [];
  /** When time brings the next change; Infinity: never. */
  #dueAt = Infinity;
  #timer: NodeJS.Timeout | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** These are the backend's servers from now on; others are left alone. */
  attach(servers: readonly ServerTraffic[]): void {
    this.#servers = servers;
    this.review();
  }

  /** Whether the backend can do without this server. */
  mayEject(server: ServerTraffic): boolean {
    const candidates = this.#candidates();
    if (!candidates.includes(server)) return false;
    const others = candidates.filter((other) => other !== server);
    const out = others.filter(({ isEjected }) => isEjected).length;
    return out < limitOf(candidates) && (server.server.weight === 0 || others.some(isMainstay));
  }

  /** After servers, weights or checks changed: lets those come back that cannot be spared any more, who was ejected first first. */
  review(): void {
    const candidates = this.#candidates();
    const ejected = candidates.filter(({ standing }) => standing.state === 'ejected').sort(byTime);
    const excess = Math.max(0, ejected.length - limitOf(candidates));
    for (const { standing } of ejected.slice(0, excess)) standing.parole();
    if (!candidates.some(isMainstay)) {
      candidates
        .filter(({ server }) => server.weight > 0)
        .sort(byNearness)[0]
        ?.standing.readmit();
    }
    this.plan();
  }

  /** Takes the steps that are due. Costs next to nothing where nobody is ejected. */
  follow(): void {
    if (this.#dueAt === Infinity || this.#clock() < this.#dueAt) return;
    const now = this.#clock();
    for (const { standing } of this.#servers) standing.follow(now);
    this.plan();
  }

  /** Looks when the next step is due, and sees to it that it is taken then, requests or not. */
  plan(): void {
    const dueAt = this.#servers.reduce((first, { standing }) => Math.min(first, standing.dueAt), Infinity);
    if (dueAt === this.#dueAt) return;
    this.#dueAt = dueAt;
    clearTimeout(this.#timer);
    if (dueAt !== Infinity) this.#wait();
  }

  #wait(): void {
    clearTimeout(this.#timer);
    const ms = Math.max(0, this.#dueAt - this.#clock()) + TIMER_MARGIN_MS;
    this.#timer = setTimeout(() => {
      this.follow();
      // A clock that has not come so far.
      if (this.#dueAt !== Infinity) this.#wait();
    }, ms).unref();
  }

  #candidates(): readonly ServerTraffic[] {
    return this.#servers.filter(({ isFailing }) => !isFailing);
  }
}

/** How many of them may be ejected at once: half. */
function limitOf({ length }: readonly ServerTraffic[]): number {
  return Math.floor(length / 2);
}

/** Whether it takes as many new clients as come. */
function isMainstay({ server, isEjected }: ServerTraffic): boolean {
  return server.weight > 0 && !isEjected;
}

function isOnProbation({ standing }: ServerTraffic): boolean {
  return standing.state === 'probation';
}

/** Who is on probation is nearest to being readmitted. */
function byNearness(a: ServerTraffic, b: ServerTraffic): number {
  return Number(isOnProbation(b)) - Number(isOnProbation(a)) || byTime(a, b);
}

function byTime(a: ServerTraffic, b: ServerTraffic): number {
  return a.standing.since - b.standing.since;
}
