/**
 * Loaded into every thread of a daemon (`--import`). The proxy thread tells on file descriptor 3 what its kernel id is, and from
 * then on, each 100 ms, how late its event loop was at worst, and how long garbage collection held it up.
 */
import { openSync, readlinkSync, readSync, writeSync } from 'node:fs';
import { PerformanceObserver } from 'node:perf_hooks';
import { isMainThread, workerData } from 'node:worker_threads';

const NS_PER_MS = 1e6;
const TICK_MS = 1;
const REPORT_MS = 100;

if (!isMainThread && isProxy(workerData)) {
  const threadId = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
  tell({ kind: 'proxyThread', threadId });
  watch();
}

function watch(): void {
  const schedstat = openSync('/proc/thread-self/schedstat', 'r');
  let worst = { lateMs: 0, ownMs: 0, gcMs: 0 };
  let at = performance.now();
  let waitedMs = readWaitedMs(schedstat);
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) worst.gcMs = Math.max(worst.gcMs, duration);
  }).observe({ entryTypes: ['gc'] });
  const tick = () => {
    const now = performance.now();
    const waitedNowMs = readWaitedMs(schedstat);
    const lateMs = now - at - TICK_MS;
    worst.lateMs = Math.max(worst.lateMs, lateMs);
    worst.ownMs = Math.max(worst.ownMs, lateMs - (waitedNowMs - waitedMs));
    [at, waitedMs] = [now, waitedNowMs];
    setTimeout(tick, TICK_MS).unref();
  };
  tick();
  setInterval(() => {
    tell({ kind: 'loop', at: Date.now(), ...worst });
    worst = { lateMs: 0, ownMs: 0, gcMs: 0 };
  }, REPORT_MS).unref();
}

/** How long this thread was ready to run while others had the core (the second figure of schedstat, sched-stats.rst). */
function readWaitedMs(schedstat: number): number {
  const bytes = Buffer.alloc(100);
  const length = readSync(schedstat, bytes, 0, bytes.length, 0);
  return Number(bytes.toString('latin1', 0, length).split(' ')[1]) / NS_PER_MS;
}

function isProxy(data: unknown): boolean {
  return typeof data === 'object' && data !== null && 'settings' in data;
}

function tell(line: object): void {
  writeSync(3, `${JSON.stringify(line)}\n`);
}
