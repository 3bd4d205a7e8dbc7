/**
 * `npm run bench` measures everything and writes docs/benchmarks.md; `npm run bench -- tables` (or `patterns`, `refresh`, `throughput`) only
 * prints that part.
 */
import { writeFileSync } from 'node:fs';
import { patternsSection, refreshSection, tablesSection, throughputSection } from './document.ts';
import { describeMachine, describeOtherLoad } from './machine.ts';
import { measurePatterns } from './patterns.ts';
import { measureRefresh } from './refresh.ts';
import { measureTable, type TableFigures } from './tables.ts';
import { measureThroughput, MissingTool, requireWrk } from './throughput.ts';

interface Part {
  readonly title: string;
  /** Throws `MissingTool`. */
  readonly require: () => void;
  readonly measure: () => Promise<string>;
}

const DOCUMENT = new URL('../docs/benchmarks.md', import.meta.url);
const SIZES = [10, 1_000, 10_000, 100_000];
const PATTERNS = [0, 10, 100, 1_000];

const PARTS: Readonly<Record<string, Part>> = {
  tables: { title: 'Tables', require() {}, measure: measureTables },
  patterns: {
    title: 'Patterns',
    require() {},
    measure: async () => patternsSection(PATTERNS.map(measurePatterns)),
  },
  refresh: {
    title: 'Requests during a refresh',
    require() {},
    measure: async () => refreshSection([await measureRefresh(true), await measureRefresh(false)]),
  },
  throughput: {
    title: 'Throughput',
    require: requireWrk,
    measure: async () => throughputSection(await measureThroughput()),
  },
};

await main(process.argv.slice(2)).catch((error: unknown) => {
  if (!(error instanceof MissingTool)) throw error;
  process.stderr.write(`bench: ${error.message}\n`);
  process.exitCode = 1;
});

async function main(names: readonly string[]): Promise<void> {
  const unknown = names.filter((name) => !Object.hasOwn(PARTS, name));
  if (unknown.length > 0) {
    process.stderr.write(
      `bench: no part is named ${unknown.join(', ')}; there are ${Object.keys(PARTS).join(', ')}\n`,
    );
    process.exitCode = 2;
    return;
  }
  const parts = Object.entries(PARTS).filter(([name]) => names.length === 0 || names.includes(name));
  for (const [, part] of parts) part.require();
  const sections = [`Measured on ${describeMachine()}. ${describeOtherLoad()}`.trim() + '\n'];
  process.stdout.write(`${sections[0]}\n`);
  for (const [name, { title, measure }] of parts) {
    const section = `## ${title}\n\n\`npm run bench -- ${name}\`\n\n${await measure()}`;
    process.stdout.write(`${section}\n`);
    sections.push(section);
  }
  if (names.length === 0) writeFileSync(DOCUMENT, document(sections));
}

async function measureTables(): Promise<string> {
  const figures: TableFigures[] = [];
  for (const size of SIZES) figures.push(await measureTable(size));
  return tablesSection(figures);
}

function document(sections: readonly string[]): string {
  const today = new Date().toISOString().slice(0, 10);
  return `# Benchmarks

Written by \`npm run bench\` on ${today}; every run replaces it. The machine's cores may be shared with others, so compare figures of one run, not of two.

${sections.join('\n')}`;
}
