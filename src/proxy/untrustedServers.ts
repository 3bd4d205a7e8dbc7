import type { Clock } from '../traffic/clock.ts';

/** How long nothing is said again of a server whose certificate is refused for the same reason with each request. */
const SILENCE_MS = 600_000;
/** Servers may present a new certificate with each connection. */
const MAX_REMEMBERED = 1_000;

/** Tells of servers whose certificate was not accepted, without repeating itself. */
export class UntrustedServers {
  readonly #clock: Clock;
  readonly #tell: (backend: string, url: string, reason: string) => void;
  readonly #silenceMs: number;
  /** When each was told last, the longest ago first. */
  readonly #toldAt = new Map<string, number>();

  constructor(
    clock: Clock,
    tell: (backend: string, url: string, reason: string) => void,
    silenceMs = SILENCE_MS,
  ) {
    this.#silenceMs = silenceMs;
    this.#clock = clock;
    this.#tell = tell;
  }

  /** Tells of it unless that was done in the last ten minutes, or too many others were told of in that time. */
  found(backend: string, url: string, reason: string): void {
    const now = this.#clock();
    for (const [key, toldAt] of this.#toldAt) {
      if (now - toldAt < this.#silenceMs) break;
      this.#toldAt.delete(key);
    }
    const key = [backend, url, reason].join('\n');
    if (this.#toldAt.has(key) || this.#toldAt.size >= MAX_REMEMBERED) return;
    this.#toldAt.set(key, now);
    this.#tell(backend, url, reason);
  }
}
