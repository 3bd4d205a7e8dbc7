/** What it costs ours to have many hosts, several proxy threads and many connections, as Markdown. */
import type { Lane } from './daemon.ts';
import type { DashboardsFigures } from './dashboards.ts';
import type { HostsFigures } from './hosts.ts';
import type { IdleFigures } from './idle.ts';
import { count, fixed, table } from './markdown.ts';
import { median } from './statistics.ts';
import { verdict } from './targets.ts';
import type { WorkersFigures } from './workers.ts';

/** Throughput with 100,000 hosts, compared with that with 10. */
const HOSTS_TARGET = 0.95;
/** CPU time for a request with two workers, compared with that with one. */
const WORKERS_TARGET = 1.1;
/** Share of a core that ten event streams take. */
const DASHBOARDS_TARGET = 0.02;
/** Bytes for an idle connection. */
const IDLE_TARGET = 8_000;

export function hostsSection(figures: readonly HostsFigures[], lane: Lane): string {
  const rows = figures.map(({ hosts, asked, figures: run, toSmallest }, i) => [
    count(hosts),
    count(asked),
    count(Math.round(run.requestsPerSecond)),
    fixed(toSmallest.byRequests, 2),
    fixed(run.cpuUs, 1),
    fixed(toSmallest.byCpu, 2),
    fixed(run.p99Ms, 1),
    i === 0 ? '' : `≥ ${HOSTS_TARGET} by CPU: ${verdict(toSmallest.byCpu >= HOSTS_TARGET)}`,
  ]);
  return `${table(['hosts in the table', 'asked for', 'requests/s', '× 10 hosts', 'CPU µs per request', '× 10 hosts by CPU', 'p99 ms', 'target'], rows)}

The ${lane} lane; small GETs on 64 connections, each to a random one of the hosts that are asked for, all of ten services. The small table has ten services with a host each, the large one 100 services with 1,000 each; servers and pools are the same in both. What many hosts in the table cost shows where the same
ten are asked for; where it is 10,000 in turn, what is known of a host is in no cache of the processor when its next request comes. As with
forwarding, ratios are made within rounds; a ratio by CPU is one of requests per second of CPU time.
`;
}

export function workersSection(figures: readonly WorkersFigures[], lane: Lane): string {
  const rows = figures.map(({ workers, figures: run, toOne }) => [
    workers,
    count(Math.round(run.requestsPerSecond)),
    fixed(run.cpuUs, 1),
    fixed(1 / toOne.byCpu, 2),
    fixed(run.p99Ms, 1),
    workers === 1 ? '' : `≤ ${WORKERS_TARGET}: ${verdict(1 / toOne.byCpu <= WORKERS_TARGET)}`,
  ]);
  return `${table(['LB_WORKERS', 'requests/s', 'CPU µs per request', '× one', 'p99 ms', 'target'], rows)}

The ${lane} lane, small GETs on 64 connections. All proxy threads share core 1, since load and backend need the other: what more of them cost shows in CPU time, not in requests per second.
`;
}

export function idleSection(figures: readonly IdleFigures[]): string {
  const rows = figures.map(({ contender, connections, beforeBytes, afterBytes }) => {
    const each = (afterBytes - beforeBytes) / connections;
    const isOurs = contender.includes('fast lane');
    return [
      contender,
      count(connections),
      fixed(beforeBytes / 1e6, 1),
      fixed(afterBytes / 1e6, 1),
      fixed(each / 1e3, 2),
      isOurs ? `< ${IDLE_TARGET / 1e3} KB: ${verdict(each < IDLE_TARGET)}` : '',
    ];
  });
  return `${table(['proxy', 'idle connections', 'before MB', 'with them MB', 'KB for each', 'target'], rows)}

Resident memory (VmRSS) of all processes of a proxy, two seconds after a load of three seconds on 64 connections has ended, and two seconds after the last of so many kept-alive connections has had its one answer. KB are 1,000 bytes.
What the kernel holds for them is not in it.
`;
}

export function dashboardsSection(figures: DashboardsFigures): string {
  const { streams, workers, requestsPerSecond, seconds, rounds } = figures;
  const rows = rounds.map((round, i) => [
    `round ${i + 1}`,
    percent(round.without),
    percent(round.with),
    percent(round.with - round.without),
    '',
  ]);
  const middle = median(rounds.map((round) => round.with - round.without));
  const isMet = `< ${percent(DASHBOARDS_TARGET)}: ${verdict(middle < DASHBOARDS_TARGET)}`;
  return `${table(['% of a core', 'no stream', `${streams} streams`, 'difference', 'target'], [...rows, ['median', '', '', percent(middle), isMet]])}

CPU time of all threads of the daemon (${workers} proxy threads, unpinned) in ${seconds} s without and then with ${streams} clients of \`/api/events\`, all of which read what they are told, in the demo's environment and at ${count(requestsPerSecond)} requests per second. What it
costs to read is the clients'.
`;
}

function percent(share: number): string {
  return `${fixed(share * 100, 2)} %`;
}
