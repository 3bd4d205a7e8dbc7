/**
 * `npm run bench` measures everything and writes docs/benchmarks.md. With names of parts it only prints those, and with names of
 * workloads only these of them: `npm run bench -- forwarding small-get --quick`. docs/testing.md has all that can be asked for.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { describeMachine, describeOtherLoad } from './machine.ts';
import { EFFORT, GROUPS, PARTS, QUICK_EFFORT, type Request } from './parts.ts';
import { WORKLOADS } from './workloads.ts';
import { MissingTool } from './wrk.ts';

const DOCUMENT = new URL('../docs/benchmarks.md', import.meta.url);

/** What was asked for is not there, or makes no sense. */
class UsageError extends Error {}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof MissingTool) && !(error instanceof UsageError)) throw error;
  process.stderr.write(`bench: ${error.message}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

async function main(args: readonly string[]): Promise<void> {
  const { names, request } = readCommand(args);
  const parts = Object.entries(PARTS).filter(([name, { isDocumented }]) =>
    names.length === 0 ? isDocumented : names.includes(name),
  );
  for (const [, part] of parts) part.require();
  const sections = [`Measured on ${describeMachine()}. ${describeOtherLoad()}`.trim() + '\n'];
  process.stdout.write(`${sections[0]}\n`);
  for (const [name, { title, measure }] of parts) {
    const section = `## ${title}\n\n\`npm run bench -- ${name}\`\n\n${await measure(request)}`;
    process.stdout.write(`${section}\n`);
    sections.push(section);
  }
  if (args.length === 0) writeFileSync(DOCUMENT, document(sections));
}

function readCommand(args: readonly string[]): {
  readonly names: readonly string[];
  readonly request: Request;
} {
  const { positionals, values } = readArguments(args);
  const workloads = WORKLOADS.filter(({ id }) => positionals.includes(id));
  const names = positionals.filter((name) => !WORKLOADS.some(({ id }) => id === name));
  const known = [...Object.keys(PARTS), ...Object.keys(GROUPS)];
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new UsageError(
      `nothing is named ${unknown.join(', ')}; there are the parts ${known.join(', ')} and the workloads ${WORKLOADS.map(({ id }) => id).join(', ')}`,
    );
  }
  const [rounds, seconds] = [values.rounds, values.seconds].map((text) => readNumber(text));
  if (values.lane !== 'fast' && values.lane !== 'full') throw new UsageError('--lane is fast or full');
  return {
    // A workload alone is one to forward.
    names:
      names.length === 0 && workloads.length > 0
        ? ['forwarding']
        : names.flatMap((name) => GROUPS[name] ?? [name]),
    request: {
      workloads,
      lane: values.lane,
      isQuick: values.quick,
      effort: {
        ...(values.quick ? QUICK_EFFORT : EFFORT),
        ...(rounds !== undefined && { rounds }),
        ...(seconds !== undefined && { seconds }),
      },
    },
  };
}

function readNumber(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d*$/.test(text)) throw new UsageError('--rounds and --seconds are whole numbers from 1 on');
  return Number(text);
}

function readArguments(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        quick: { type: 'boolean', default: false },
        lane: { type: 'string', default: 'fast' },
        rounds: { type: 'string' },
        seconds: { type: 'string' },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function document(sections: readonly string[]): string {
  const today = new Date().toISOString().slice(0, 10);
  return `# Benchmarks

Written by \`npm run bench\` on ${today}; every run replaces it. The machine's cores may be shared with others, so compare figures of one run, not of two.

${sections.join('\n')}`;
}
