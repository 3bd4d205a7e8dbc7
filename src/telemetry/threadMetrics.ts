import type { ThreadVitals } from '../model/counts.ts';
import type { LookedUp } from './exposition.ts';

/** How each thread of the process fares. */
export const THREAD_METRICS: readonly LookedUp<readonly ThreadVitals[]>[] = [
  {
    name: 'active_lb_event_loop_delay_seconds',
    type: 'gauge',
    help: 'Seconds by which the event loop of a thread was late, in the last 30 s at least: quantile 1 is the worst.',
    samples: (threads) =>
      threads.flatMap(({ thread, delay: { p50, p99, max } }) => [
        { value: p50, labels: { thread, quantile: '0.5' } },
        { value: p99, labels: { thread, quantile: '0.99' } },
        { value: max, labels: { thread, quantile: '1' } },
      ]),
  },
  ofThreads(
    'thread_busy_seconds_total',
    'counter',
    'Seconds in which a thread was not waiting for something to do.',
    ({ busySeconds }) => busySeconds,
  ),
  ofThreads(
    'thread_gc_seconds_total',
    'counter',
    'Seconds in which a thread collected garbage.',
    ({ gcSeconds }) => gcSeconds,
  ),
  ofThreads(
    'thread_heap_used_bytes',
    'gauge',
    'Bytes of the JavaScript heap of a thread that are in use.',
    ({ heapUsedBytes }) => heapUsedBytes,
  ),
];

function ofThreads(
  name: string,
  type: LookedUp<unknown>['type'],
  help: string,
  read: (vitals: ThreadVitals) => number,
): LookedUp<readonly ThreadVitals[]> {
  return {
    name: `active_lb_${name}`,
    type,
    help,
    samples: (threads) =>
      threads.map((vitals) => ({ value: read(vitals), labels: { thread: vitals.thread } })),
  };
}
