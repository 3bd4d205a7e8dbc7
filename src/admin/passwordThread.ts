import { parentPort } from 'node:worker_threads';
import { compareSync } from 'bcryptjs';
import { stepBack } from '../thread.ts';

/** What the password thread is asked: whether `hash` is the bcrypt hash of `password`. */
export interface ToPasswords {
  readonly id: number;
  readonly password: string;
  readonly hash: string;
}

/** Its answer to the question with this id. */
export interface FromPasswords {
  readonly id: number;
  readonly isRight: boolean;
}

/** The password thread: bcrypt costs so much by design that it may be done neither on main nor on a thread that serves requests. */
stepBack();
parentPort?.on('message', ({ id, password, hash }: ToPasswords) => {
  parentPort?.postMessage({ id, isRight: compareSync(password, hash) } satisfies FromPasswords);
});
