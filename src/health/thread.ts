import { parentPort, workerData } from 'node:worker_threads';
import { Checker } from './checker.ts';
import type { FromHealth, HealthThreadData, ToHealth } from './messages.ts';
import { httpProbe } from './probe.ts';

/** The health thread: checks in, those that fail out. It goes on until it is terminated. */
const { checks, failing, insecureSkipVerify } = workerData as HealthThreadData;

const checker = new Checker({
  probe: httpProbe(insecureSkipVerify),
  failing,
  changed(now) {
    parentPort?.postMessage({ failing: now } satisfies FromHealth);
  },
});
checker.follow(checks);
parentPort?.on('message', (message: ToHealth) => checker.follow(message.checks));
