/** How much the newest value counts: about the last twenty matter. */
const NEWEST = 0.1;

/** An average in which old values fade with each new one. Costs no memory and no time. */
export class MovingAverage {
  #value: number | null = null;

  add(value: number): void {
    this.#value = this.#value === null ? value : this.#value + NEWEST * (value - this.#value);
  }

  /** Null before the first value. */
  get value(): number | null {
    return this.#value;
  }
}
