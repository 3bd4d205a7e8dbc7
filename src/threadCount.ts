import { usableCores } from './cores.ts';
import { canSharePort } from './listen.ts';
import type { Log } from './telemetry/log.ts';

/** What the machine allows. */
export interface Means {
  readonly cores: number;
  /** Whether several threads can listen on one port. */
  readonly sharesPort: boolean;
}

/** How many proxy threads there are to be for `LB_WORKERS`, which is told: as many as asked for, or one for each core (0). */
export function threadCount(
  workers: number,
  log: Log,
  { cores, sharesPort }: Means = { cores: usableCores(), sharesPort: canSharePort() },
): number {
  const wanted = workers === 0 ? cores : workers;
  const threads = sharesPort ? wanted : 1;
  if (workers > threads) {
    log.warn(
      { event: 'workers-unsupported', workers },
      `LB_WORKERS=${workers}, but one thread forwards requests: that several listen on one port needs Linux and Node 22.12, 23.1 or newer, and this is Node ${process.versions.node} on ${process.platform}`,
    );
  }
  const many = threads === 1 ? 'one thread' : `${threads} threads`;
  const limit = sharesPort
    ? `this process may use ${cores} of the cores`
    : `with Node ${process.versions.node} on ${process.platform} several cannot listen on one port`;
  const why = workers === 0 ? limit : `LB_WORKERS is ${workers}`;
  log.info(
    { event: 'proxy-threads', threads, cores },
    `requests are forwarded by ${many}${workers > threads ? '' : ` (${why})`}`,
  );
  return threads;
}
