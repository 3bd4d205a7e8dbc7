import type { Outcome } from './ask.ts';

/** A connection that was idle when its server died may be taken for a request until the news of it has been read. */
const NEWS_MS = 250;

/** When something happened that requests in flight may be lost to. */
export class Moments {
  readonly #at: number[] = [];

  now(): void {
    this.#at.push(performance.now());
  }

  /** Whether one of them fell into the time of this request. */
  hit({ startedAt, endedAt }: Outcome): boolean {
    return this.#at.some((at) => at > startedAt - NEWS_MS && at < endedAt);
  }

  /** What may be lost to servers that die with requests in them. */
  readonly allow = (loss: Outcome): string | null => {
    if (!this.hit(loss)) return null;
    if (loss.status === 200) return 'its response had begun';
    return loss.isSafe ? null : 'in a server that died, and unsafe to repeat';
  };
}
