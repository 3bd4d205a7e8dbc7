import type { SomeProxySettings } from '../support/settings.ts';
import type { Clock } from '../../src/traffic/clock.ts';

const HOUR_MS = 3_600_000;

/** What balancers, ejections and retry budgets go by: for them a case takes no time at all. */
export const STANDING: Clock = () => 0;

/** Of the deadlines that Node keeps for the lanes, which nobody can keep from passing: none is ever near. */
export const FAR: NonNullable<SomeProxySettings['timeouts']> = {
  connectMs: HOUR_MS,
  responseMs: HOUR_MS,
  idleMs: HOUR_MS,
  serverIdleMs: HOUR_MS,
  streamMs: HOUR_MS,
  headerMs: HOUR_MS,
};

/**
 * Timers that are set from now on do nothing when they are due: a machine that stands still for some seconds must not make one lane's
 * deadline pass and not the other's. Returns what makes them work again.
 */
export function stopDeadlines(): () => void {
  const { setTimeout, setInterval } = globalThis;
  globalThis.setTimeout = ((_: () => void, ms: number) => setTimeout(nothing, ms)) as typeof setTimeout;
  globalThis.setInterval = ((_: () => void, ms: number) => setInterval(nothing, ms)) as typeof setInterval;
  return () => Object.assign(globalThis, { setTimeout, setInterval });
}

function nothing(): void {
  // Its time has come, and nobody is told.
}
