import type { Case } from './case.ts';
import { differenceOf, type Difference } from './compare.ts';
import { Track, type LaneUnderTest, type Seen } from './track.ts';

/** Which loopback address the servers of each lane have: the same port on both makes all else the same. */
const ADDRESSES = ['127.0.0.2', '127.0.0.3'] as const;

/** How often ports are sought that are free at both addresses. */
const MAX_TRIES = 20;

/** Two lanes that play the same case at the same time. */
export class Pair {
  readonly #one: Track;
  readonly #other: Track;

  private constructor(one: Track, other: Track) {
    this.#one = one;
    this.#other = other;
  }

  static async open([first, second]: readonly [LaneUnderTest, LaneUnderTest]): Promise<Pair> {
    for (let tries = 1; ; tries += 1) {
      const one = await Track.open(first, ADDRESSES[0], [0, 0]);
      try {
        return new Pair(one, await Track.open(second, ADDRESSES[1], one.ports));
      } catch (error) {
        await one.close();
        if (tries === MAX_TRIES) throw error;
      }
    }
  }

  /** Plays a case on both lanes and tells where they differ; null: nowhere. */
  async play(played: Case): Promise<Difference | null> {
    const seen = await this.#both(played, false);
    if (!seen.some(({ received }) => received.mayHaveLost)) return differenceOf(...seen);
    // Who writes to a connection that was just closed may lose what it has not read yet. One that waits does not.
    return differenceOf(...(await this.#both(played, true)));
  }

  async close(): Promise<void> {
    await Promise.all([this.#one.close(), this.#other.close()]);
  }

  #both(played: Case, isPatient: boolean): Promise<readonly [Seen, Seen]> {
    return Promise.all([this.#one.play(played, isPatient), this.#other.play(played, isPatient)]);
  }
}
