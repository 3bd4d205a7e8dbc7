/** The results as Markdown, which is also readable text. */

import { count, fixed, table, type Cell } from './markdown.ts';
import type { PatternFigures } from './patterns.ts';
import type { Latency, RefreshFigures } from './refresh.ts';
import type { TableFigures } from './tables.ts';

export function tablesSection(figures: readonly TableFigures[]): string {
  const rows = figures.map((each) => [
    count(each.services),
    fixed(each.deriveMs, 1),
    fixed(each.buildMs, 1),
    fixed(each.encodeMs, 1),
    fixed(each.decodeMs, 1),
    fixed(each.longestSliceMs, 1),
    fixed(each.matchNs, 0),
    fixed(each.bytes / 1e6, 2),
  ]);
  return `${table(
    [
      'services × 3, each a host',
      'derive ms',
      'of it build ms',
      'encode ms',
      'decode ms',
      'longest slice ms',
      'match ns',
      'table MB',
    ],
    rows,
  )}

One process, warm, medians. _derive_ makes routes, servers and reports of a snapshot, and builds the table; it runs in the refresher. _decode_ runs in the proxy thread in
slices between which requests are served; the longest slice is the worst of all rounds, here with V8's default heap: the proxy thread has a smaller young generation (see below). Hosts are matched in an order without locality, so that large tables pay for cache misses.
`;
}

export function patternsSection(figures: readonly PatternFigures[]): string {
  const rows = figures.map((each) => [
    count(each.patterns),
    fixed(each.exactNs, 0),
    fixed(each.otherEndsNs, 0),
    fixed(each.sameEndsNs, 0),
    fixed(each.unknownNs, 0),
  ]);
  return `${table(['routes with a pattern', 'exact host', 'tried first, other ends', 'tried first, same ends', 'unknown host'], rows)}

Nanoseconds for one match, warm, medians, in a table of 1,000 exact hosts and so many routes with a host template that does not match. _Exact host_: templates without a priority come after it and are not looked at. _Tried first_: each template
has a priority; where it ends otherwise than the host, that is seen at once (_other ends_), else its pattern is run (_same ends_). _Unknown host_: every pattern is run, and the answer is 404.
`;
}

export function refreshSection(figures: readonly RefreshFigures[]): string {
  const rows = figures.flatMap((each) => [
    latencyRow(`${placement(each)}, while refreshing`, each.busy),
    latencyRow(`${placement(each)}, quiet`, each.quiet),
  ]);
  const refreshes = figures.map(
    (each) =>
      `- ${placement(each)}: ${each.refreshes} refreshes of ${fixed(each.metadataBytes / 1e6, 0)} MB of JSON; read, parsed, checked and derived in ${fixed(each.durationMs.median, 0)} ms (at most ${fixed(each.durationMs.max, 0)}), decoded and swapped in ${fixed(each.decodeMs.median, 0)} ms (at most ${fixed(each.decodeMs.max, 0)})`,
  );
  return `${refreshes.join('\n')}

${table(['', 'requests', 'p50 ms', 'p99 ms', 'p99.9 ms', 'max ms', 'loop late ms', 'of itself ms', 'GC ms'], rows)}

10,000 services × 3 containers; one container falls ill and recovers, so that each refresh ends in a swap. 400 requests per second on 8 kept-alive connections to a service that
exists throughout. _Loop late_ is the longest that the proxy thread's event loop was late for any reason; _of itself_ the longest without the time in which the thread was ready
to run but something else had its core. That still includes waiting for the garbage collector's helper threads, which need cores too. _GC_ is the longest garbage collection in that thread, waiting included.
_Pinned_: proxy thread, load and backends on core 1, all else (metadata, refresher, main, the garbage collector's threads) on core 0. _Unpinned_: the kernel places all of them on the two cores.
`;
}

function placement({ isPinned }: RefreshFigures): string {
  return isPinned ? 'pinned' : 'unpinned';
}

function latencyRow(name: string, each: Latency): Cell[] {
  const ms = [each.p50, each.p99, each.p999, each.max, each.lateMs, each.ownMs, each.gcMs];
  return [name, count(each.requests), ...ms.map((value) => fixed(value, 1))];
}
