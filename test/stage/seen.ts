/** What arrived at any of the servers, by the nonce of the request. */
export class Seen {
  readonly #times = new Map<string, number>();
  /** Requests that must not be sent twice, and were. */
  readonly repeated: string[] = [];

  /** A request has arrived, at least its head. */
  note(nonce: string, isSafe: boolean): void {
    const times = (this.#times.get(nonce) ?? 0) + 1;
    this.#times.set(nonce, times);
    if (times > 1 && !isSafe) this.repeated.push(nonce);
  }

  has(nonce: string): boolean {
    return this.#times.has(nonce);
  }

  /** Forgets all: a long run would fill the memory. */
  clear(): void {
    this.#times.clear();
  }
}
