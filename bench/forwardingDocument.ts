import type { ForwardingFigures, ForwardingResult, ForwardingRow } from './forwarding.ts';
import { count, fixed, table, type Cell } from './markdown.ts';
import { PEERS } from './peers/all.ts';
import { readConfiguration } from './peers/peer.ts';
import { judge, limitOf, verdict, type Judgement } from './targets.ts';

/** The peer whose figures stand beside all others. */
const YARDSTICK = 'HAProxy';

const COLUMNS = [
  'workload',
  'proxy',
  'requests/s',
  `× ${YARDSTICK}`,
  'CPU µs per request',
  `× ${YARDSTICK} by CPU`,
  'p50 ms',
  'p99 ms',
  `p99 × ${YARDSTICK}`,
  'its core',
  'load’s core',
  'limit',
];

export function forwardingSection({ figures, backend, effort }: ForwardingResult): string {
  const judgements = judge(figures);
  return `${describePeers()}

${judgements.length === 0 ? 'No target can be judged: the peers that they name are missing.' : targetsTable(judgements)}

The fast lane's figure divided by the peer's. _Requests/s_ is the ratio of requests per second, _CPU_ that of requests per second of CPU time, which other work on the machine changes
least. A target is judged by requests per second where both proxies had their core to the full (_limit_ below), else by CPU; that of p99 by the ratio of latencies.

${table(
  COLUMNS,
  figures.flatMap((each) => each.rows.map((row) => cells(each, row))),
)}

Each run: \`wrk -t1 -c64 -d${effort.seconds}s\` (512 connections where it says so); in ${effort.rounds === 1 ? 'one round' : `${effort.rounds} rounds`} in which all take turns, after a run to warm up. Medians over the rounds; ratios are made within a round, and then their median. wrk and
the backend (${backend}; small answers have 19 bytes) share core 0; the proxy with all its processes and threads has core 1. Ours runs as operators run it, metrics on, with one proxy thread. _CPU µs per request_ is the time that all of a proxy's
processes and threads had (/proc/PID/task/TID/schedstat, in nanoseconds) by requests answered. _Its core_ is the part of core 1 that the proxy had, _load's core_ how busy core 0 was. _Limit_ is what keeps the run from being
faster: the proxy; the load's core, where wrk and the backend had no time left; or other work on the proxy's core.
`;
}

/** How the peers are set up. */
export function peersSection(): string {
  return `${describePeers()}

HAProxy was run with [haproxy.cfg](../bench/peers/haproxy.cfg), the others with [nginx.conf](../bench/peers/nginx.conf), [Caddyfile](../bench/peers/Caddyfile) and [httpProxy.ts](../bench/programs/httpProxy.ts); what stands in double braces is filled in at the start:

\`\`\`
${readConfiguration('haproxy.cfg').trim()}
\`\`\`
`;
}

/** Which peers there were, and how to get those that there were not. */
function describePeers(): string {
  const found = PEERS.flatMap(({ name, version }) => (version === null ? [] : [`${name} ${version}`]));
  const missing = PEERS.filter(({ version }) => version === null);
  const advice = missing.map(({ name, source }) => `${name} (${source})`).join(', ');
  return `Beside ${found.join(', ')}.${missing.length === 0 ? '' : ` **Missing: ${advice}.**`}`;
}

function targetsTable(judgements: readonly Judgement[]): string {
  const rows = judgements.map(({ name, target, byRequests, byCpu, figure, judgedBy, isMet }) => {
    const bound = target.figure === 'p99' ? `≤ ${target.bound} × p99` : `≥ ${target.bound} ×`;
    const ratios = target.figure === 'p99' ? ['–', '–'] : [fixed(byRequests, 2), fixed(byCpu, 2)];
    return [name, `${bound} ${target.peer}`, ...ratios, `${fixed(figure, 2)} (${judgedBy})`, verdict(isMet)];
  });
  return table(['fast lane', 'target', 'requests/s', 'CPU', 'judged', ''], rows);
}

function cells({ workload }: ForwardingFigures, { contender, figures, to }: ForwardingRow): Cell[] {
  const ratios = to.get(YARDSTICK);
  return [
    workload.name,
    contender,
    count(Math.round(figures.requestsPerSecond)),
    ratio(ratios?.byRequests),
    fixed(figures.cpuUs, 1),
    ratio(ratios?.byCpu),
    fixed(figures.p50Ms, 2),
    fixed(figures.p99Ms, 1),
    ratio(ratios?.p99),
    percent(figures.ownShare),
    percent(figures.loadCoreShare),
    limitOf(figures),
  ];
}

function ratio(value: number | undefined): string {
  return value === undefined ? '–' : fixed(value, 2);
}

function percent(share: number): string {
  return `${fixed(share * 100, 0)} %`;
}
