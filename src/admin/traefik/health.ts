import { STATUS_CODES } from 'node:http';
import type { Counts, RecentError } from '../../model/counts.ts';

/** What is known of the traffic. */
export interface TrafficFacts {
  /** Since the start. */
  readonly counts: Pick<Counts, 'statuses' | 'durationMs' | 'recentErrors'>;
  /** Answers by status code within the last second, as far as that is known. */
  readonly lastSecond: Counts['statuses'];
}

/** The answer of `/health`, as Traefik 1.7 had it, its `statistics` switched on (github.com/thoas/stats and `middlewares/stats.go`). */
export interface HealthView {
  readonly pid: number;
  readonly uptime: string;
  readonly uptime_sec: number;
  readonly time: string;
  readonly unixtime: number;
  readonly status_code_count: Counts['statuses'];
  readonly total_status_code_count: Counts['statuses'];
  readonly count: number;
  readonly total_count: number;
  readonly total_response_time: string;
  readonly total_response_time_sec: number;
  readonly average_response_time: string;
  readonly average_response_time_sec: number;
  /** Newest first. */
  readonly recent_errors: readonly RecentErrorView[];
}

interface RecentErrorView {
  readonly status_code: number;
  readonly status: string;
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly time: string;
}

/** `now` in milliseconds since the epoch. */
export function healthView({ counts, lastSecond }: TrafficFacts, uptimeMs: number, now: number): HealthView {
  const { statuses, durationMs, recentErrors } = counts;
  const total = sum(statuses);
  const averageMs = total === 0 ? 0 : durationMs / total;
  return {
    pid: process.pid,
    uptime: goDuration(uptimeMs),
    uptime_sec: uptimeMs / 1_000,
    time: goTime(now),
    unixtime: Math.floor(now / 1_000),
    status_code_count: lastSecond,
    total_status_code_count: statuses,
    count: sum(lastSecond),
    total_count: total,
    total_response_time: goDuration(durationMs),
    total_response_time_sec: durationMs / 1_000,
    average_response_time: goDuration(averageMs),
    average_response_time_sec: averageMs / 1_000,
    recent_errors: recentErrors.map(recentErrorView),
  };
}

function recentErrorView({ at, status, method, host, path }: RecentError): RecentErrorView {
  const time = new Date(at).toISOString();
  return { status_code: status, status: STATUS_CODES[status] ?? '', method, host, path, time };
}

function sum(statuses: Counts['statuses']): number {
  return Object.values(statuses).reduce((all, count) => all + count, 0);
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** As Go's `Duration.String` writes it: `2h0m3.5s`, `15.202713ms`, `0s`; no finer than nanoseconds. */
export function goDuration(ms: number): string {
  const ns = Math.round(ms * 1e6);
  if (ns === 0) return '0s';
  if (ns < 1e3) return `${ns}ns`;
  if (ns < 1e6) return `${ns / 1e3}µs`;
  if (ns < 1e9) return `${ns / 1e6}ms`;
  const hours = Math.floor(ms / HOUR_MS);
  const minutes = Math.floor((ms % HOUR_MS) / MINUTE_MS);
  const seconds = `${Number(((ms % MINUTE_MS) / 1_000).toFixed(9))}s`;
  if (hours > 0) return `${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${minutes}m${seconds}` : seconds;
}

/** As Go's `Time.String` writes it, in UTC: `2016-07-29 12:00:00.25 +0000 UTC`. */
function goTime(at: number): string {
  const [, date, time, fraction = ''] = /^(.*)T(.*?)(\.\d*?)0*Z$/.exec(new Date(at).toISOString()) ?? [];
  return `${date} ${time}${fraction === '.' ? '' : fraction} +0000 UTC`;
}
