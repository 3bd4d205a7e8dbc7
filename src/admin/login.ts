import { createHmac, randomBytes } from 'node:crypto';
import type { AdminUser } from '../model/adminUser.ts';
import { errorAnswer, type Answer } from './answers.ts';
import { clientOf } from './client.ts';
import { readCredentials, type Credentials } from './credentials.ts';
import { FailedLogins, type FailedLogin } from './failedLogins.ts';
import { Guesses, MAX_GUESSES } from './guesses.ts';
import { Passwords, type Verdict } from './passwords.ts';

/** Who may go on (null: nobody had to say who they are), or what they are answered instead. */
export type Entry = { readonly user: string | null } | { readonly refusal: Answer };

export interface LoginOptions {
  /** At least one. */
  readonly users: readonly AdminUser[];
  readonly onFailedLogin?: ((failed: FailedLogin) => void) | undefined;
  /** Told of a crash of the password thread. */
  readonly onFault?: ((fault: unknown) => void) | undefined;
  /** Milliseconds of a clock that never jumps. */
  readonly clock?: () => number;
}

/** How long credentials that were right need not be verified again. */
export const REMEMBERED_MS = 5 * 60_000;

/** Asks for a name and a password by HTTP Basic (RFC 7617), and verifies them without holding anybody up. */
export class Login {
  readonly #users: readonly AdminUser[];
  readonly #passwords: Passwords;
  readonly #guesses = new Guesses();
  readonly #failed: FailedLogins;
  readonly #clock: () => number;
  /** Makes what is remembered worthless to whoever reads it, since it is known to this process alone. */
  readonly #key = randomBytes(32);
  /** Credentials that were right, and until when they need no verification. No more than there are users. */
  readonly #known = new Map<string, number>();
  readonly #pending = new Map<string, Promise<Verdict>>();

  constructor({ users, onFailedLogin, onFault, clock = () => performance.now() }: LoginOptions) {
    this.#users = users;
    this.#passwords = new Passwords((error) => onFault?.(error));
    this.#failed = new FailedLogins((failed) => onFailedLogin?.(failed));
    this.#clock = clock;
  }

  /** `authorization` are the values of all such fields, `address` is the peer's. */
  async enter(authorization: readonly string[], address: string): Promise<Entry> {
    const presented = readCredentials(authorization);
    if (presented === null) return challenge('login-needed', 'say who you are: a name and a password');
    if ('mistake' in presented) return challenge('bad-credentials', presented.mistake);
    const client = clientOf(address);
    const guess = this.#digest(`${presented.name}:${presented.password}`);
    const now = this.#clock();
    const isRepeated = this.#guesses.has(client, guess, now);
    if (!isRepeated || !this.#pending.has(guess)) {
      const waitMs = this.#guesses.waitMs(client, now);
      if (waitMs > 0) return tooManyGuesses(client, waitMs);
      if ((this.#known.get(guess) ?? 0) > now) return { user: presented.name };
      if (isRepeated) return wrong();
      this.#guesses.note(client, guess, now);
    }
    return this.#decide(await this.#verify(guess, presented), guess, client, presented.name);
  }

  stop(): Promise<void> {
    return this.#passwords.stop();
  }

  #decide(verdict: Verdict, guess: string, client: string, name: string): Entry {
    const now = this.#clock();
    if (verdict === 'wrong') {
      if (this.#guesses.isNews(client)) {
        this.#failed.note(client, name, this.#guesses.waitMs(client, now) > 0, now);
      }
      return wrong();
    }
    this.#guesses.takeBack(client, guess);
    if (verdict !== 'right') return unverified(verdict);
    this.#remember(guess, now);
    return { user: name };
  }

  /** The same credentials, however many present them at a time, are verified once. */
  #verify(guess: string, credentials: Credentials): Promise<Verdict> {
    const pending = this.#pending.get(guess);
    if (pending !== undefined) return pending;
    const verdict = this.#verdict(credentials).finally(() => this.#pending.delete(guess));
    this.#pending.set(guess, verdict);
    return verdict;
  }

  async #verdict({ name, password }: Credentials): Promise<Verdict> {
    const user = this.#users.find((each) => each.name === name);
    const verdict = await this.#passwords.verify(password, (user ?? this.#standIn(name)).hash);
    return user === undefined && verdict === 'right' ? 'wrong' : verdict;
  }

  /** Somebody whose hash takes as long to verify as that of a user of this name would: nobody learns who there is from the time. */
  #standIn(name: string): AdminUser {
    const at = parseInt(this.#digest(name).slice(0, 8), 16) % this.#users.length;
    return this.#users[at] ?? { name, hash: '' };
  }

  #remember(guess: string, now: number): void {
    for (const [other, until] of this.#known) {
      if (until <= now) this.#known.delete(other);
    }
    this.#known.set(guess, now + REMEMBERED_MS);
  }

  #digest(text: string): string {
    return createHmac('sha256', this.#key).update(text).digest('hex');
  }
}

function challenge(code: string, message: string): Entry {
  const fields = { 'WWW-Authenticate': 'Basic realm="active-lb", charset="UTF-8"' };
  return { refusal: errorAnswer(401, code, message, fields) };
}

function wrong(): Entry {
  return challenge('login-failed', 'this name and this password do not belong together');
}

function tooManyGuesses(client: string, waitMs: number): Entry {
  const seconds = Math.max(1, Math.ceil(waitMs / 1000));
  return {
    refusal: errorAnswer(
      429,
      'too-many-logins',
      `${MAX_GUESSES} logins from ${client} failed within a minute; try again in ${seconds} s`,
      { 'Retry-After': String(seconds) },
    ),
  };
}

function unverified(verdict: 'busy' | 'broken'): Entry {
  const why = verdict === 'busy' ? 'too many logins wait to be verified' : 'the login could not be verified';
  return { refusal: errorAnswer(503, 'login-not-verified', `${why}; try again`, { 'Retry-After': '5' }) };
}
