/** How long a test waits for an event before it fails; generous, because a passing test never waits it out. */
export const DEADLINE_MS = 5_000;

/** Lets tests await a state that sockets bring about, instead of sleeping: whoever changes the state calls `changed`. */
export class Watch {
  readonly #waiters = new Set<() => void>();

  changed(): void {
    for (const look of this.#waiters) look();
  }

  /** Resolves with what `read` returns once that is not undefined; rejects at the deadline, saying what was seen by then. */
  until<T>(
    what: string,
    read: () => T | undefined,
    seen: () => string,
    deadlineMs: number = DEADLINE_MS,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const finish = (settle: () => void) => {
        clearTimeout(timer);
        this.#waiters.delete(look);
        settle();
      };
      const look = () => {
        try {
          const value = read();
          if (value !== undefined) finish(() => resolve(value));
        } catch (error) {
          finish(() => reject(error));
        }
      };
      const timer = setTimeout(() => {
        finish(() => reject(new Error(`no ${what} within ${deadlineMs} ms; so far: ${seen()}`)));
      }, deadlineMs);
      this.#waiters.add(look);
      look();
    });
  }
}
