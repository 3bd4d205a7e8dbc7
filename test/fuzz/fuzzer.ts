import type { Case } from './case.ts';
import { caseOf } from './cases.ts';
import type { Difference } from './compare.ts';
import { stopDeadlines } from './deadlines.ts';
import { Pair } from './pair.ts';
import { shrink } from './shrink.ts';
import type { LaneUnderTest } from './track.ts';

/** How often a case is played alone until it differs again. */
const TRIES_ALONE = 5;

/** A case that two lanes do not treat alike. */
export interface Disagreement {
  /** Its number; with the seed it can be repeated. */
  readonly nth: number;
  /** As it was made. */
  readonly found: Case;
  readonly difference: Difference;
  /** As small as it could be made, and how the lanes differ there. Null: it did not differ again when it was played alone. */
  readonly smallest: { readonly played: Case; readonly difference: Difference } | null;
}

export interface FuzzOptions {
  readonly lanes: readonly [LaneUnderTest, LaneUnderTest];
  readonly seed: number;
  /** Numbers of the cases to play. */
  readonly from: number;
  readonly to: number;
  /** Cases at a time. */
  readonly width: number;
  /** Distinct disagreements after which no more are looked for. */
  readonly maxKinds: number;
  /** How long one is made smaller at most. */
  readonly shrinkMs: number;
  /** Told of each disagreement. Of those with the same kind of difference only the first is shrunk and told. */
  readonly found: (disagreement: Disagreement) => void;
  /** Told after each case. */
  readonly played?: () => void;
}

/** What a run has shown: how often each kind of difference was met. Empty: the lanes agree on all cases. */
export type Kinds = ReadonlyMap<string, number>;

/** Plays cases on both lanes, many at a time. */
export async function fuzz(options: FuzzOptions): Promise<Kinds> {
  const { lanes, seed, from, to, width, maxKinds, played } = options;
  const goOn = stopDeadlines();
  const pairs = await Promise.all(Array.from({ length: width }, () => Pair.open(lanes)));
  const kinds = new Map<string, number>();
  const first: { readonly nth: number; readonly difference: Difference }[] = [];
  let next = from;
  const work = async (pair: Pair): Promise<void> => {
    while (next < to && kinds.size < maxKinds) {
      const nth = next++;
      const difference = await pair.play(caseOf(seed, nth));
      if (difference !== null) {
        if (!kinds.has(difference.kind)) first.push({ nth, difference });
        kinds.set(difference.kind, (kinds.get(difference.kind) ?? 0) + 1);
      }
      played?.();
    }
  };
  try {
    await Promise.all(pairs.map(work));
    for (const { nth, difference } of first) {
      options.found(await investigate(options, pairs, nth, difference));
    }
  } finally {
    goOn();
    await Promise.all(pairs.map((pair) => pair.close()));
  }
  return kinds;
}

async function investigate(
  { seed, shrinkMs }: FuzzOptions,
  pairs: readonly Pair[],
  nth: number,
  difference: Difference,
): Promise<Disagreement> {
  const found = caseOf(seed, nth);
  const again = await playAlone(pairs[0]!, found);
  if (again === null) return { nth, found, difference, smallest: null };
  const firstToShow = async (candidates: readonly Case[]): Promise<number> => {
    const differences = await Promise.all(candidates.map((candidate, i) => pairs[i]!.play(candidate)));
    return differences.findIndex((other) => other?.kind === again.kind);
  };
  const played = await shrink(found, firstToShow, pairs.length, shrinkMs);
  return {
    nth,
    found,
    difference,
    smallest: { played, difference: (await pairs[0]!.play(played)) ?? again },
  };
}

/** A few times, since a fault may depend on how bytes are put together into packets. */
async function playAlone(pair: Pair, played: Case): Promise<Difference | null> {
  let difference: Difference | null = null;
  for (let tries = 0; tries < TRIES_ALONE && difference === null; tries += 1) {
    difference = await pair.play(played);
  }
  return difference;
}
