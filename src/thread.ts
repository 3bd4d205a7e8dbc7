import { Worker, type ResourceLimits } from 'node:worker_threads';

/**
 * Starts the worker thread that `module` is, whose path is given relative to `src/` without extension: the sources in
 * development, the compiled files in the image.
 */
export function startThread(
  module: string,
  workerData: unknown,
  resourceLimits: ResourceLimits = {},
): Worker {
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
  return new Worker(new URL(`./${module}${extension}`, import.meta.url), { workerData, resourceLimits });
}
