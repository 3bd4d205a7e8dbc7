/**
 * The differential fuzzer: random connections, valid and broken, go through both lanes; what servers received and what clients got
 * must be the same. Exit 1 where it is not. `--cases N` (100000); `--seed S`; `--only CASE`: that one alone; `--kinds N`: stop
 * after so many kinds of differences (10); `--lanes full,full`: compare these instead of full and fast.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { describeDifference } from './report.ts';
import { fuzz, type Disagreement } from './fuzzer.ts';
import type { LaneUnderTest } from './track.ts';

const LANES: Readonly<Partial<Record<string, LaneUnderTest>>> = {
  full: { name: 'full lane', settings: { fastLane: false } },
  fast: { name: 'fast lane', settings: { fastLane: true } },
};
/** Cases at a time: enough that none waits for another, few enough that a turn of the event loop stays short. */
const WIDTH = 16;
const PROGRESS_MS = 5_000;

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '100000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    only: { type: 'string' },
    kinds: { type: 'string', default: '10' },
    lanes: { type: 'string', default: 'full,fast' },
  },
});

function laneNamed(name: string | undefined): LaneUnderTest {
  const lane = LANES[name ?? ''];
  if (lane === undefined) throw new Error(`--lanes takes two of: ${Object.keys(LANES).join(', ')}`);
  return lane;
}

/** A whole number from the command line. */
function numberFrom(option: string, text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0)
    throw new Error(`--${option} must be a whole number: ${text}`);
  return number;
}

const seed = numberFrom('seed', values.seed);
const only = values.only === undefined ? null : numberFrom('only', values.only);
const [one, other] = values.lanes.split(',');
const lanes = [laneNamed(one), laneNamed(other)] as const;
const [from, to] = only === null ? [0, numberFrom('cases', values.cases)] : [only, only + 1];
const startedAt = performance.now();
let lastAt = startedAt;
let toldAt = startedAt;
let count = 0;
let unsteady = 0;

function progress(): string {
  const seconds = (lastAt - startedAt) / 1000;
  return `${count} cases, ${Math.round(count / seconds)}/s, ${seconds.toFixed(0)} s`;
}

function tell({ nth, found, difference, smallest }: Disagreement): void {
  if (smallest === null) unsteady += 1;
  console.log(`\n═══ Case ${nth} of seed ${seed}: npm run fuzz -- --seed ${seed} --only ${nth}\n`);
  console.log(
    smallest === null
      ? 'It did not differ again when it was played alone: the fuzzer is not steady there. As it was made:\n'
      : 'Made as small as it could be:\n',
  );
  const shown = smallest ?? { played: found, difference };
  console.log(describeDifference(shown.difference, shown.played, [lanes[0].name, lanes[1].name]));
}

console.log(
  `seed ${seed}: ${to - from} cases, ${lanes[0].name} against ${lanes[1].name} (${availableParallelism()} cores)`,
);
const kinds = await fuzz({
  lanes,
  seed,
  from,
  to,
  width: WIDTH,
  maxKinds: numberFrom('kinds', values.kinds),
  shrinkMs: 30_000,
  found: tell,
  played: () => {
    count += 1;
    lastAt = performance.now();
    if (lastAt - toldAt < PROGRESS_MS) return;
    toldAt = lastAt;
    console.log(`  ${progress()}`);
  },
});
console.log(`\n${progress()}`);
for (const [kind, times] of [...kinds].sort(([, a], [, b]) => b - a)) console.log(`  ${times} × ${kind}`);
if (unsteady > 0) console.log(`${unsteady} of the differences did not come again.`);
console.log(kinds.size === 0 ? 'The lanes agree on all of them.' : 'THE LANES DIFFER.');
process.exitCode = kinds.size === 0 ? 0 : 1;
