import { dashboardsSection, hostsSection, idleSection, workersSection } from './costDocument.ts';
import type { Lane } from './daemon.ts';
import { measureDashboards } from './dashboards.ts';
import { patternsSection, refreshSection, tablesSection } from './document.ts';
import { measureForwarding } from './forwarding.ts';
import { forwardingSection, peersSection } from './forwardingDocument.ts';
import { measureHosts } from './hosts.ts';
import { measureIdle } from './idle.ts';
import type { Effort } from './measure.ts';
import { measurePatterns } from './patterns.ts';
import { describeProfile, measureProfile } from './profile.ts';
import { measureRefresh } from './refresh.ts';
import { measureTable, type TableFigures } from './tables.ts';
import { measureWorkers } from './workers.ts';
import { WORKLOADS, type Workload } from './workloads.ts';
import { requireWrk } from './wrk.ts';

/** What was asked for on the command line, besides parts. */
export interface Request {
  /** None: those that are usual for the part. */
  readonly workloads: readonly Workload[];
  readonly lane: Lane;
  /** Whether a rough figure soon will do. */
  readonly isQuick: boolean;
  readonly effort: Effort;
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
/** What runs of wrk are, unless otherwise asked for. */
export const EFFORT: Effort = { rounds: 3, seconds: 3, warmUpSeconds: 2 };
export const QUICK_EFFORT: Effort = { rounds: 1, seconds: 1, warmUpSeconds: 1 };

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
    measure: async ({ workloads, effort }) =>
      forwardingSection(await measureForwarding(workloads.length > 0 ? workloads : WORKLOADS, effort)),
  },
  hosts: {
    title: 'Many hosts',
    isDocumented: true,
    require: requireWrk,
    measure: async ({ lane, effort }) => hostsSection(await measureHosts(lane, effort), lane),
  },
  workers: {
    title: 'Several proxy threads',
    isDocumented: true,
    require: requireWrk,
    measure: async ({ lane, effort }) => workersSection(await measureWorkers(lane, effort), lane),
  },
  idle: {
    title: 'Idle connections',
    isDocumented: true,
    require: requireWrk,
    measure: async ({ lane, isQuick }) => idleSection(await measureIdle(isQuick ? lane : null)),
  },
  dashboards: {
    title: 'Open dashboards',
    isDocumented: true,
    require() {},
    measure: async ({ isQuick }) =>
      dashboardsSection(await (isQuick ? measureDashboards(1, 5) : measureDashboards(5, 20))),
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
      for (const workload of workloads.length > 0 ? workloads : [WORKLOADS[0]]) {
        sections.push(describeProfile(await measureProfile(workload, lane)));
      }
      return sections.join('\n');
    },
  },
};

/** Names of several parts. */
export const GROUPS: Readonly<Record<string, readonly string[]>> = {
  throughput: ['forwarding', 'hosts', 'workers', 'idle', 'peers'],
};

async function measureTables(sizes: readonly number[]): Promise<string> {
  const figures: TableFigures[] = [];
  for (const size of sizes) figures.push(await measureTable(size));
  return tablesSection(figures);
}
