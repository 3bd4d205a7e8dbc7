/** Numbers that are the same for the same seed and stream, on every machine (splitmix32). */
export class Random {
  #state: number;

  constructor(seed: number, stream: number) {
    this.#state = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(stream + 1, 0x85ebca6b)) >>> 0;
    // Neighbouring streams differ in a few bits only.
    for (let i = 0; i < 4; i += 1) this.#next();
  }

  /** A whole number from 0 to below `limit`. */
  below(limit: number): number {
    return this.#next() % limit;
  }

  /** A whole number from `low` to `high`, both inclusive. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  /** True in so many of a hundred times. */
  percent(chance: number): boolean {
    return this.below(1000) < chance * 10;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!;
  }

  /** One of these, each as often as its weight says in proportion to the others. */
  weighted<T>(choices: readonly (readonly [weight: number, value: T])[]): T {
    let left = this.below(choices.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, value] of choices) {
      if (left < weight) return value;
      left -= weight;
    }
    return choices.at(-1)![1];
  }

  /** Up to `count` sorted places strictly inside a text of that length. */
  places(count: number, length: number): readonly number[] {
    if (length < 2) return [];
    const places = new Set<number>();
    for (let i = 0; i < count; i += 1) places.add(this.between(1, length - 1));
    return [...places].sort((a, b) => a - b);
  }

  #next(): number {
    this.#state = (this.#state + 0x9e3779b9) >>> 0;
    let z = this.#state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  }
}
