import { MAX_RECENT_ERRORS, type RecentError } from '../model/counts.ts';
import { cutText, pathOf } from '../telemetry/shownText.ts';

/** The latest answers with a status of 400 or more. To note one costs next to nothing: what is shown of it is made when somebody asks. */
export class RecentErrors {
  readonly #noted: RecentError[] = [];
  /** Where the next one goes: over the oldest. */
  #next = 0;

  /** `target` as sent. */
  note(at: number, status: number, method: string, host: string, target: string): void {
    this.#noted[this.#next] = { at, status, method, host, path: target };
    this.#next = (this.#next + 1) % MAX_RECENT_ERRORS;
  }

  /** Newest first. */
  latest(): readonly RecentError[] {
    const oldestFirst = [...this.#noted.slice(this.#next), ...this.#noted.slice(0, this.#next)];
    return oldestFirst.reverse().map(({ at, status, method, host, path }) => ({
      at,
      status,
      method: cutText(method),
      host: cutText(host),
      path: cutText(pathOf(path)),
    }));
  }
}
