/** Wrong credentials that a client may present within the window before it is kept waiting. */
export const MAX_GUESSES = 10;
export const WINDOW_MS = 60_000;
/** Clients remembered; beyond them the one forgotten is whose last guess is the oldest. */
const MAX_CLIENTS = 5_000;

interface Guesser {
  /** When each guess was made, in milliseconds, the oldest first. */
  readonly guesses: Map<string, number>;
  /** The most guesses that were told of. */
  told: number;
}

/**
 * Credentials that clients presented and that were not right, or are not known to be right yet. Counting them before they are
 * verified means that many at once are no way past the limit; counting each only once means that a script with an old password
 * does not lock out its whole network. Times are in milliseconds of a clock that never jumps.
 */
export class Guesses {
  /** In the order of their last guesses. */
  readonly #guessers = new Map<string, Guesser>();

  has(client: string, guess: string, now: number): boolean {
    return this.#recent(client, now)?.guesses.has(guess) ?? false;
  }

  /** How long the client must wait before it may guess again; 0: it may. */
  waitMs(client: string, now: number): number {
    const { guesses } = this.#recent(client, now) ?? { guesses: new Map<string, number>() };
    const [oldest = now] = guesses.values();
    return guesses.size < MAX_GUESSES ? 0 : oldest + WINDOW_MS - now;
  }

  note(client: string, guess: string, now: number): void {
    const guesser = this.#recent(client, now) ?? { guesses: new Map<string, number>(), told: 0 };
    guesser.guesses.set(guess, now);
    this.#guessers.delete(client);
    this.#guessers.set(client, guesser);
    for (const [other, { guesses }] of this.#guessers) {
      const isOld = [...guesses.values()].every((at) => at <= now - WINDOW_MS);
      if (!isOld && this.#guessers.size <= MAX_CLIENTS) break;
      this.#guessers.delete(other);
    }
  }

  /** It was right, or nobody could tell. */
  takeBack(client: string, guess: string): void {
    const guesser = this.#guessers.get(client);
    guesser?.guesses.delete(guess);
    if (guesser?.guesses.size === 0) this.#guessers.delete(client);
  }

  /** Whether the client's guesses are worth a line of the log: with the first of a burst, and when the limit is reached. */
  isNews(client: string): boolean {
    const guesser = this.#guessers.get(client);
    if (guesser === undefined) return false;
    const { told, guesses } = guesser;
    guesser.told = Math.max(told, guesses.size);
    return told === 0 || (told < MAX_GUESSES && guesses.size >= MAX_GUESSES);
  }

  #recent(client: string, now: number): Guesser | undefined {
    const guesser = this.#guessers.get(client);
    if (guesser === undefined) return undefined;
    for (const [guess, at] of guesser.guesses) {
      if (at > now - WINDOW_MS) break;
      guesser.guesses.delete(guess);
    }
    if (guesser.guesses.size > 0) return guesser;
    this.#guessers.delete(client);
    return undefined;
  }
}
