import { readdirSync, readFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { DaemonProcess } from '../stage/daemonProcess.ts';
import type { ThreadSample } from './sampler.ts';
import type { Sample } from './trend.ts';

/** Samples by what was measured. */
export type Series = Map<string, Sample[]>;

/** How much a measure may seem to grow without being taken for growth. */
export function toleranceOf(measure: string, isShort: boolean): number {
  // A minute is too short for caches, compiled code and pools to be full.
  const factor = isShort ? 2 : 1;
  if (measure === 'RSS, MB') return 20 * factor;
  if (measure.endsWith('MB')) return factor;
  if (measure === 'threads') return 0;
  return 10 * factor;
}

export function add(series: Series, measure: string, at: number, value: number): void {
  const known = series.get(measure);
  if (known === undefined) series.set(measure, [{ at, value }]);
  else known.push({ at, value });
}

/** What is seen of the process from outside. */
export async function sampleProcess(daemon: DaemonProcess, series: Series, at: number): Promise<void> {
  const { files, connections, threads, rssMb } = daemon.open;
  add(series, 'open files', at, files);
  add(series, 'connections', at, connections);
  add(series, 'threads', at, threads);
  add(series, 'RSS, MB', at, rssMb);
  const metrics = await metricsOf(daemon.adminPort);
  if (metrics !== null) add(series, 'series of /metrics', at, metrics);
}

/** How many series there are; null where there is no /metrics. */
async function metricsOf(port: number): Promise<number | null> {
  const body = await new Promise<string | null>((resolve, reject) => {
    get({ host: '127.0.0.1', port, path: '/metrics', agent: false }, (response) => {
      const isThere = response.statusCode === 200;
      text(response).then((read) => resolve(isThere ? read : null), reject);
    }).on('error', reject);
  });
  return body === null
    ? null
    : body.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
}

/** What the threads wrote down, since then. */
export function readThreads(directory: string, series: Series, since: number): void {
  for (const file of readdirSync(directory)) {
    for (const line of readFileSync(join(directory, file), 'utf8').trimEnd().split('\n')) {
      const { at, thread, heapMb, externalMb, timers, handles } = JSON.parse(line) as ThreadSample;
      if (at < since) continue;
      add(series, `heap of ${thread}, MB`, at / 1000, heapMb);
      add(series, `buffers of ${thread}, MB`, at / 1000, externalMb);
      add(series, `timers of ${thread}`, at / 1000, timers);
      add(series, `handles of ${thread}`, at / 1000, handles);
    }
  }
}
