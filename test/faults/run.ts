/**
 * The fault suite: a daemon under load, and all that goes wrong around it. Prints a line for each scenario and a table at the end;
 * exit 1 where a promise is broken. `--quick`: shorter; `--only TEXT`: scenarios whose name has it; `--lanes N`: so many at a time.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { Turns } from '../../src/turns.ts';
import { SCENARIOS } from './scenarios.ts';
import { Score, type Scenario } from './scenario.ts';

/** Broken promises that are told of one scenario; more of them say the same. */
const MAX_TOLD = 10;

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    lanes: { type: 'string' },
  },
});

interface Row {
  readonly name: string;
  readonly score: Score;
  readonly seconds: number;
}

async function play({ name, run }: Scenario): Promise<Row> {
  const startedAt = performance.now();
  const score = new Score();
  const steps: (() => unknown)[] = [];
  try {
    await run({ isQuick: values.quick, score, after: (step) => void steps.push(step as () => unknown) });
  } catch (error) {
    score.broken.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
  for (const step of steps.reverse()) await step();
  const row = { name, score, seconds: (performance.now() - startedAt) / 1000 };
  tell(row);
  return row;
}

function tell({ name, score, seconds }: Row): void {
  const { requests, perSecond, faults, lost, allowed, broken } = score;
  const reasons = [...allowed].map(([reason, count]) => `${count}: ${reason}`).join('; ');
  const losses = lost === 0 ? '0 lost' : `${lost} lost${reasons === '' ? '' : ` (allowed: ${reasons})`}`;
  const verdict = broken.length === 0 ? 'kept  ' : 'BROKEN';
  console.log(
    `${verdict} ${name}: ${requests} requests (${Math.round(perSecond)}/s), ${faults} faults, ${losses}; ${seconds.toFixed(1)} s`,
  );
  for (const text of broken.slice(0, MAX_TOLD)) console.log(`       ${text}`);
  if (broken.length > MAX_TOLD) console.log(`       … and ${broken.length - MAX_TOLD} more`);
}

function table(rows: readonly Row[]): string {
  const head = [
    'scenario',
    'requests',
    'per second',
    'faults',
    'lost',
    'of these allowed',
    'promises',
    'time',
  ];
  const lines = rows.map(({ name, score, seconds }) => [
    name,
    String(score.requests),
    String(Math.round(score.perSecond)),
    String(score.faults),
    String(score.lost),
    String([...score.allowed.values()].reduce((sum, count) => sum + count, 0)),
    score.broken.length === 0 ? 'kept' : 'broken',
    `${seconds.toFixed(1)} s`,
  ]);
  const widths = head.map((text, k) => Math.max(text.length, ...lines.map((line) => line[k]!.length)));
  const row = (cells: readonly string[]) =>
    `| ${cells.map((cell, k) => (k === 0 ? cell.padEnd(widths[k]!) : cell.padStart(widths[k]!))).join(' | ')} |`;
  const rule = `| ${widths.map((width, k) => (k === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [row(head), rule, ...lines.map(row)].join('\n');
}

const startedAt = performance.now();
const lateness = monitorEventLoopDelay({ resolution: 20 });
lateness.enable();
const chosen = SCENARIOS.filter(({ name }) => name.includes(values.only));
const turns = new Turns(Number(values.lanes ?? (values.quick ? 3 : 2)));
const rows = await Promise.all(chosen.map((scenario) => turns.take(() => play(scenario))));
console.log(`\n${table(rows)}\n`);
// Where this is a second or more, the machine was too busy for what is told above.
console.log(`the suite itself was late by ${Math.round(lateness.max / 1e6)} ms at most`);
const isKept = rows.length > 0 && rows.every(({ score }) => score.broken.length === 0);
console.log(
  `${isKept ? 'every promise was kept' : 'promises were broken'}, in ${Math.round((performance.now() - startedAt) / 1000)} s`,
);
process.exit(isKept ? 0 : 1);
