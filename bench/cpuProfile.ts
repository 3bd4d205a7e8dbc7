import { readFileSync } from 'node:fs';

/** One of Node's `.cpuprofile` files, as the DevTools protocol describes `Profiler.Profile`. */
export interface CpuProfile {
  /** Microseconds of the monotonic clock, which is `process.hrtime`'s in every process. */
  readonly startTime: number;
  readonly nodes: readonly { readonly id: number; readonly callFrame: CallFrame }[];
  /** Ids of nodes, and the microseconds from the sample before to each. */
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  /** From 0. */
  readonly lineNumber: number;
}

/** A stretch of the monotonic clock, in microseconds. */
export interface Span {
  readonly fromUs: number;
  readonly toUs: number;
}

/** Microseconds by who had them. */
export type SelfTimes = ReadonlyMap<string, number>;

const ROOT = new URL('..', import.meta.url).href;

export function readProfile(path: string): CpuProfile {
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** Whether code of that file ran in the thread. `file` as in `src/proxy/thread.ts`. */
export function hasRun(profile: CpuProfile, file: string): boolean {
  return profile.nodes.some(({ callFrame }) => callFrame.url === ROOT + file);
}

/** The time that each function itself took in a span, without those that it called; `(idle)` and the like are V8's own. */
export function selfTimes(profile: CpuProfile, span: Span, nameOf: (frame: CallFrame) => string): SelfTimes {
  const names = new Map(profile.nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const times = new Map<string, number>();
  let at = profile.startTime;
  // A sample stands for the time until the next one.
  let running = '';
  profile.samples.forEach((id, i) => {
    const until = at + (profile.timeDeltas[i] ?? 0);
    const within = Math.min(until, span.toUs) - Math.max(at, span.fromUs);
    if (within > 0 && running !== '') times.set(running, (times.get(running) ?? 0) + within);
    running = names.get(id) ?? '';
    at = until;
  });
  return times;
}

/** `name file:line`, files of ours from the root of the project; what is built into Node has no file. */
export function functionOf({ functionName, url, lineNumber }: CallFrame): string {
  const name = functionName === '' ? '(anonymous)' : functionName;
  return url === '' ? name : `${name}  ${shorten(url)}:${lineNumber + 1}`;
}

/** Where a function is from: a file of ours, a package, a module of Node's. */
export function originOf({ functionName, url }: CallFrame): string {
  if (url === '') return functionName.startsWith('(') ? functionName : 'native functions';
  const [, module] = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url) ?? [];
  return module ?? shorten(url);
}

function shorten(url: string): string {
  return url.startsWith(ROOT) ? url.slice(ROOT.length) : url;
}
