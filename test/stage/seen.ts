/** RFC 9110 section 9.2.2. */
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

/** What arrived at any of the servers, by the nonce of the request. */
export class Seen {
  readonly #times = new Map<string, number>();
  /** Requests that must not be sent twice, and were. */
  readonly repeated: string[] = [];

  /** A request has arrived, at least its head. One without a nonce is not looked for. */
  note(nonce: string, method: string): void {
    if (nonce === '') return;
    const times = (this.#times.get(nonce) ?? 0) + 1;
    this.#times.set(nonce, times);
    if (times > 1 && !IDEMPOTENT.has(method)) this.repeated.push(nonce);
  }

  has(nonce: string): boolean {
    return this.#times.has(nonce);
  }

  /** Forgets all: a long run would fill the memory. */
  clear(): void {
    this.#times.clear();
  }
}
