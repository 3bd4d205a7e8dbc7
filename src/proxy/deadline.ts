/**
 * The one deadline that an exchange has at a time. `set` replaces it; `touch` starts it anew, which costs next to nothing
 * and so can be done for each piece of a body.
 */
export class Deadline {
  #timer: NodeJS.Timeout | null = null;

  /** Calls `expired` after `ms` without `touch`; 0 means never. */
  set(ms: number, expired: () => void): void {
    this.clear();
    if (ms === 0) return;
    this.#timer = setTimeout(() => {
      // A refresh would start an expired timer anew.
      this.#timer = null;
      expired();
    }, ms);
  }

  touch(): void {
    this.#timer?.refresh();
  }

  clear(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
