import { LastingThread, startThread } from '../thread.ts';
import type { FromPasswords, ToPasswords } from './passwordThread.ts';

/** `busy`: too many wait already. `broken`: the thread crashed or was stopped. */
export type Verdict = 'right' | 'wrong' | 'busy' | 'broken';

interface Waiting {
  readonly question: ToPasswords;
  readonly settle: (verdict: Verdict) => void;
}

/** Passwords that may wait to be verified: with a hash of cost 10 the last of them is told in about three seconds. */
export const MAX_WAITING = 24;

/** Verifies passwords on a thread of its own, one after another; it is started by the first of them. */
export class Passwords {
  readonly #crashed: (error: Error) => void;
  readonly #waiting = new Map<number, Waiting>();
  #thread: LastingThread | null = null;
  #nextId = 0;
  #isStopped = false;

  constructor(crashed: (error: Error) => void) {
    this.#crashed = crashed;
  }

  verify(password: string, hash: string): Promise<Verdict> {
    if (this.#isStopped) return Promise.resolve('broken');
    if (this.#waiting.size >= MAX_WAITING) return Promise.resolve('busy');
    return new Promise((settle) => {
      const question: ToPasswords = { id: this.#nextId++, password, hash };
      this.#waiting.set(question.id, { question, settle });
      if (this.#thread === null) this.#thread = this.#start();
      else this.#thread.post(question);
    });
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#settleAll('broken');
    await this.#thread?.stop();
  }

  #start(): LastingThread {
    return new LastingThread(
      () => {
        const worker = startThread('admin/passwordThread', null).on('message', (answer: FromPasswords) =>
          this.#hear(answer),
        );
        // After a crash: what was asked while there was no thread.
        for (const { question } of this.#waiting.values()) worker.postMessage(question);
        return worker;
      },
      (error) => {
        this.#settleAll('broken');
        this.#crashed(error);
      },
    );
  }

  #hear({ id, isRight }: FromPasswords): void {
    this.#waiting.get(id)?.settle(isRight ? 'right' : 'wrong');
    this.#waiting.delete(id);
  }

  #settleAll(verdict: Verdict): void {
    for (const { settle } of this.#waiting.values()) settle(verdict);
    this.#waiting.clear();
  }
}
