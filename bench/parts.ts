import type { Lane } from './daemon.ts';
import { patternsSection, refreshSection, tablesSection } from './document.ts';
import { measureForwarding } from './forwarding.ts';
import { forwardingSection, peersSection } from './forwardingDocument.ts';
import type { Effort } from './measure.ts';
import { measurePatterns } from './patterns.ts';
import { describeProfile, measureProfile } from './profile.ts';
import { measureRefresh } from './refresh.ts';
import { measureTable, type TableFigures } from './tables.ts';
import { WORKLOADS, type Workload } from './workloads.ts';
import { requireWrk } from './wrk.ts';

/** What was asked for on the command line, besides parts. */
export interface Request {
  /** Not empty. */
  readonly workloads: readonly Workload[];
  readonly lane: Lane;
  /** Whether a rough figure soon will do. */
  readonly isQuick: boolean;
}

/** Something that can be measured by itself. */
export interface Part {
  readonly title: string;
  /** Whether it is a figure for the document; else it is only measured when asked for. */
  readonly isDocumented: boolean;
  /** Throws `MissingTool`. */
  readonly require: () => void;
  /** Returns a section of Markdown. */
  readonly measure: (request: Request) => Promise<string>;
}

const SIZES = { full: [10, 1_000, 10_000, 100_000], quick: [10, 1_000] } as const;
const PATTERNS = { full: [0, 10, 100, 1_000], quick: [0, 10] } as const;
const EFFORT: Effort = { rounds: 3, seconds: 3, warmUpSeconds: 2 };
const QUICK_EFFORT: Effort = { rounds: 1, seconds: 1, warmUpSeconds: 1 };

/** All parts by the names that they are asked for by. */
export const PARTS: Readonly<Record<string, Part>> = {
  tables: {
    title: 'Tables',
    isDocumented: true,
    require() {},
    measure: ({ isQuick }) => measureTables(SIZES[isQuick ? 'quick' : 'full']),
  },
  patterns: {
    title: 'Patterns',
    isDocumented: true,
    require() {},
    measure: async ({ isQuick }) =>
      patternsSection(PATTERNS[isQuick ? 'quick' : 'full'].map((each) => measurePatterns(each))),
  },
  refresh: {
    title: 'Requests during a refresh',
    isDocumented: true,
    require() {},
    measure: async ({ isQuick }) =>
      refreshSection([await measureRefresh(true), ...(isQuick ? [] : [await measureRefresh(false)])]),
  },
  forwarding: {
    title: 'Forwarding, beside other proxies',
    isDocumented: true,
    require: requireWrk,
    measure: async ({ workloads, isQuick }) =>
      forwardingSection(await measureForwarding(workloads, effortOf(isQuick))),
  },
  peers: {
    title: 'The other proxies',
    isDocumented: true,
    require() {},
    measure: async () => peersSection(),
  },
  profile: {
    title: 'Profile',
    isDocumented: false,
    require: requireWrk,
    measure: async ({ workloads, lane }) => {
      const sections: string[] = [];
      const [first] = workloads;
      const profiled = workloads.length < WORKLOADS.length || first === undefined ? workloads : [first];
      for (const workload of profiled) sections.push(describeProfile(await measureProfile(workload, lane)));
      return sections.join('\n');
    },
  },
};

/** Names of several parts. */
export const GROUPS: Readonly<Record<string, readonly string[]>> = {
  throughput: ['forwarding'],
};

function effortOf(isQuick: boolean): Effort {
  return isQuick ? QUICK_EFFORT : EFFORT;
}

async function measureTables(sizes: readonly number[]): Promise<string> {
  const figures: TableFigures[] = [];
  for (const size of sizes) figures.push(await measureTable(size));
  return tablesSection(figures);
}
